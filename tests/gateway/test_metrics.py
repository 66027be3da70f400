from prometheus_client.openmetrics.parser import text_string_to_metric_families

from broker import meters


def test_the_figures_are_open_metrics_and_count_what_was_accepted(house):
    assert house.call("POST", "/v1/inquiries", json=house.inquiry()).status_code == 202
    reply = house.client.get("/metrics")
    assert reply.headers["content-type"].startswith("application/openmetrics-text")
    families = {family.name: family for family in text_string_to_metric_families(reply.text)}
    accepted = {
        tuple(s.labels.items()): s.value
        for s in families["hub_inquiries_accepted"].samples
        if s.name.endswith("_total")
    }
    assert sum(accepted.values()) == 1
    assert "9990000018" not in reply.text


def test_the_outbox_is_counted_no_further_than_the_bound(house, monkeypatch):
    for _ in range(3):
        assert house.call("POST", "/v1/inquiries", json=house.inquiry()).status_code == 202

    def read():
        families = text_string_to_metric_families(house.client.get("/metrics").text)
        return {one.name: [s.value for s in one.samples] for one in families if one.name.startswith("hub_outbox_")}

    assert read() | {"hub_outbox_published": []} == {
        "hub_outbox_rows": [3.0, 0.0], "hub_outbox_counted_whole": [1.0], "hub_outbox_rows_at_most": [3.0],
        "hub_outbox_published": [],
    }  # fmt: skip
    monkeypatch.setattr(meters, "COUNTED", 2)
    bounded = read()
    assert (bounded["hub_outbox_rows"], bounded["hub_outbox_counted_whole"]) == ([2.0, 0.0], [0.0])
    assert bounded["hub_outbox_rows_at_most"][0] >= 3
