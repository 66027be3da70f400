from prometheus_client.openmetrics.parser import text_string_to_metric_families


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
