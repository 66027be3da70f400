from typing import Any

import pytest

HOOK = {"url": "https://office.test/hook", "types": ["ir.peyvand.inquiry.answered", "ir.peyvand.case.status"]}


def subscribe(house: Any, **changes: Any) -> Any:
    answer = house.call("POST", "/v1/subscriptions", json=HOOK | changes)
    assert answer.status_code == 201, answer.text
    return answer.json()


def secrets(house: Any, subscription_id: Any) -> Any:
    sealed = house.current.value.subscriptions[subscription_id].secret_sealed
    return house.parts.secrets.open(subscription_id, sealed)


def test_the_secret_is_shown_once_and_stored_sealed(house: Any) -> None:
    made = subscribe(house)
    assert made["secret"].startswith("whsec_")
    assert made["state"] == "active"
    assert secrets(house, made["id"]) == (made["secret"],)
    assert made["secret"].encode() not in house.current.value.subscriptions[made["id"]].secret_sealed
    shown = house.call("GET", "/v1/subscriptions").json()["subscriptions"]
    assert [one["id"] for one in shown] == [made["id"]]
    assert "secret" not in shown[0]
    assert "secret" not in house.call("GET", f"/v1/subscriptions/{made['id']}").json()
    assert house.call("GET", "/v1/subscriptions", who="IR/GOV/permits").json() == {"subscriptions": []}


def test_pause_and_resume_are_in_force_at_once(house: Any) -> None:
    one = subscribe(house)["id"]
    assert house.call("POST", f"/v1/subscriptions/{one}/pause").json()["state"] == "paused"
    assert house.current.value.subscriptions[one].state == "paused"
    assert house.call("POST", f"/v1/subscriptions/{one}/pause").json()["state"] == "paused"
    assert house.call("POST", f"/v1/subscriptions/{one}/resume").json()["state"] == "active"
    assert house.current.value.subscriptions[one].state == "active"


def test_rotation_keeps_the_secret_before_for_one_turn(house: Any) -> None:
    first = subscribe(house)
    second = house.call("POST", f"/v1/subscriptions/{first['id']}/rotate").json()
    assert secrets(house, first["id"]) == (second["secret"], first["secret"])
    third = house.call("POST", f"/v1/subscriptions/{first['id']}/rotate").json()
    assert secrets(house, first["id"]) == (third["secret"], second["secret"])


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:8000/x", "http://localhost/x", "http://[::1]:9/x", "https://10.1.2.3/x", "https://a.test"],
)
def test_good_addresses(house: Any, url: Any) -> None:
    assert subscribe(house, url=url)["url"] == url


@pytest.mark.parametrize(
    "url",
    [
        "http://office.test/hook", "http://10.0.0.1/", "ftp://a.test/", "https://", "//a.test/", "office.test",
        "https://user:word@a.test/", "https://a.test/#x", "https://169.254.169.254/latest", "https://0.0.0.0/",
        "https://[::ffff:169.254.169.254]/", "https://a.test:99999/", "https://[bad/", "https://a.test/ x",
        "http://127.0.0.1.evil.test/", "https://a\\b.test/", "javascript:alert(1)", "https://نمونه.test/",
        "https://a.test:0/", "https://224.0.0.1/",
    ],
)  # fmt: skip
def test_bad_addresses(house: Any, url: Any) -> None:
    before = house.rows()
    answer = house.call("POST", "/v1/subscriptions", json=HOOK | {"url": url})
    assert (answer.status_code, answer.json()["code"]) == (422, "request.invalid")
    assert answer.json()["errors"][0]["pointer"] == "/url"
    assert answer.json()["errors"][0]["code"] == "subscription.url"
    assert house.rows() == before


@pytest.mark.parametrize(
    ("types", "pointer"), [(["ir.peyvand.nothing"], "/types/0"), (["*", 1], "/types/1"), ([], "/types")]
)
def test_bad_types(house: Any, types: Any, pointer: Any) -> None:
    before = house.rows()
    answer = house.call("POST", "/v1/subscriptions", json=HOOK | {"types": types})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    assert house.rows() == before


def test_there_is_a_most(house: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("gateway.routes.subscriptions.MOST", 1)
    subscribe(house)
    before = house.rows()
    answer = house.call("POST", "/v1/subscriptions", json=HOOK)
    assert (answer.status_code, answer.json()["code"]) == (409, "subscription.too_many")
    assert house.rows() == before
