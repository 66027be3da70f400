from dataclasses import replace
from datetime import timedelta
from typing import Any

from registry import rights

URBAN, IDENTITY = "IR/MUN/tehran/urban", "civil_registry.identity"


def test_a_right_is_used_up_for_today_and_whole_again_tomorrow(house: Any) -> None:
    def limit(t: Any) -> None:
        right = rights.get(t, URBAN, IDENTITY)
        assert right is not None
        rights.put(t, replace(right, quota_per_day=2))

    house.change(limit)
    keyed = {"Idempotency-Key": "one"}
    assert house.call("POST", "/v1/inquiries", json=house.inquiry(), headers=keyed).status_code == 202
    assert house.call("POST", "/v1/inquiries", json=house.inquiry(), headers=keyed).status_code in {200, 202}
    batch = house.call("POST", "/v1/inquiries/batch", json={"inquiries": [house.inquiry(), house.inquiry()]})
    assert "quota.exhausted" in batch.text, "the repeated call was not counted, the second of the batch is the third"
    before = house.rows()
    refused = house.call("POST", "/v1/inquiries", json=house.inquiry(), headers={"Accept-Language": "en"})
    assert (refused.status_code, refused.json()["code"]) == (429, "quota.exhausted")
    assert refused.json()["quota"] == 2
    assert refused.json()["resets_at"].endswith("20:30:00+00:00")
    assert 0 < int(refused.headers["Retry-After"]) <= 86_400
    assert house.rows() == before, "nothing is stored of what is refused"
    house.clock.now += timedelta(days=1)
    assert house.call("POST", "/v1/inquiries", json=house.inquiry()).status_code == 202
