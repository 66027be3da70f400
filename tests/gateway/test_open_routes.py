"""Health, service cards, events and tracing."""

from typing import Any

from jsonschema_rs import validator_for

from registry.store import StoreUnavailable


def test_alive_and_ready(house: Any) -> None:
    assert house.client.get("/healthz").json() == {"status": "ok"}
    assert house.client.get("/readyz").json() == {"status": "ready", "reasons": {}}
    house.reasons["database"] = "disk full"
    answer = house.client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"status": "not ready", "reasons": {"database": "disk full"}}


def test_the_cards_are_public(house: Any) -> None:
    shown = house.client.get("/v1/services").json()["services"]
    assert [(one["id"], one["callable"]) for one in shown] == [
        ("building-permit", False),
        ("civil_registry.identity", True),
        ("shadow.identity", False),
    ]
    card = house.client.get("/v1/services/civil_registry.identity")
    assert card.json()["card"] == {"legal_basis": ["E-11"]}
    assert "public" in card.headers["cache-control"]
    only = house.client.get("/v1/services?kind=sovereign&electronic=semi").json()["services"]
    assert [one["id"] for one in only] == ["building-permit"]
    missing = house.client.get("/v1/services/none")
    assert (missing.status_code, missing.json()["code"]) == (404, "service.not_found")
    wrong = house.client.get("/v1/services?kind=royal")
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/query/kind")


def test_the_schema_of_a_callable_service_accepts_what_the_hub_accepts(house: Any) -> None:
    body = house.client.get("/v1/services/civil_registry.identity/schema").json()
    assert validator_for(body["payload"]).is_valid({"national_id": "9990000018", "birth_date": "1990-12-13"})
    assert not validator_for(body["payload"]).is_valid({"national_id": 1})
    assert body["answer"]["properties"]["given_name"]
    none = house.client.get("/v1/services/building-permit/schema")
    assert (none.status_code, none.json()["code"]) == (409, "service.not_callable")


def test_events_come_page_by_page(house: Any) -> None:
    for _ in range(2):
        house.call("POST", "/v1/inquiries", json=house.inquiry())
    first = house.call("GET", "/v1/events?limit=3").json()
    assert first["more"]
    assert [event["specversion"] for event in first["events"]] == ["1.0"] * 3
    rest = house.call("GET", f"/v1/events?cursor={first['next']}").json()
    assert (len(rest["events"]), rest["more"]) == (1, False)
    ids = [event["id"] for event in first["events"] + rest["events"]]
    assert len(set(ids)) == 4
    none = house.call("GET", f"/v1/events?cursor={rest['next']}").json()
    assert (none["events"], none["next"]) == ([], rest["next"])
    assert house.call("GET", "/v1/events", who="IR/MUN/shiraz/finance").json()["events"] == []


def test_the_trace_of_the_caller_goes_on(house: Any) -> None:
    parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    answer = house.call("POST", "/v1/inquiries", json=house.inquiry(), headers={"traceparent": parent})
    trace_id, span = answer.headers["traceparent"].split("-")[1:3]
    assert trace_id == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert span != "00f067aa0ba902b7"
    for bad in ("00-" + "0" * 32 + "-00f067aa0ba902b7-01", "rubbish"):
        made = house.client.get("/healthz", headers={"traceparent": bad}).headers["traceparent"]
        assert "0" * 32 not in made


def test_a_store_that_is_gone_is_an_honest_503(house: Any, monkeypatch: Any) -> None:
    async def broken(_act: Any) -> None:
        raise StoreUnavailable("disk full")

    monkeypatch.setattr(house.store, "write", broken)
    answer = house.call("POST", "/v1/inquiries", json=house.inquiry())
    assert (answer.status_code, answer.json()["code"]) == (503, "store.unavailable")
    assert answer.headers["retry-after"] == "5"
    results = house.call("POST", "/v1/inquiries/batch", json={"inquiries": [house.inquiry()]}).json()["results"]
    assert results[0]["problem"]["code"] == "store.unavailable"


def test_a_fault_of_ours_is_a_problem_with_a_trace(house: Any, monkeypatch: Any) -> None:
    def broken() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(house.parts.exchange, "accept", broken)
    house.client._transport.raise_server_exceptions = False
    answer = house.call("POST", "/v1/inquiries", json=house.inquiry())
    body = answer.json()
    assert (answer.status_code, body["code"]) == (500, "internal")
    assert "ZeroDivision" not in answer.text
    assert answer.headers["traceparent"].split("-")[1] == body["trace_id"]


def test_a_fault_in_a_batch_hides_no_other_result(house: Any, monkeypatch: Any) -> None:
    accept_many = house.parts.exchange.accept_many

    async def half(orders: Any) -> Any:
        return [*await accept_many(orders[:1]), ZeroDivisionError()]

    monkeypatch.setattr(house.parts.exchange, "accept_many", half)
    body = {"inquiries": [house.inquiry(), house.inquiry()]}
    results = house.call("POST", "/v1/inquiries/batch", json=body).json()["results"]
    assert [item["status"] for item in results] == [202, 500]
    assert results[1]["problem"]["code"] == "internal"
