from registry import processes
from registry.staff.officers import Role

SEEN = {
    "breaker": "open", "probe_at": "2027-01-01T00:00:00+00:00", "last_error": "post.timeout",
    "last_error_at": "2026-11-21T08:00:00+00:00", "last_reply_at": None, "enabled": True, "paused": False,
    "opens_at": None, "closed_by": None, "closes_at": None, "closes_by": None, "next_outage": None,
    "next_holiday": None, "calls": 1, "concurrency": 8, "waiting": 0, "begun": 1, "rate_per_second": 10.0,
    "asked_today": 7, "quota": 10, "quota_resets_at": "2026-11-21T20:30:00+00:00", "told_code": "", "told_until": None,
}  # fmt: skip


def test_every_system_is_shown_as_it_fares_in_the_language_asked_for(house, officer):
    by = officer(Role.AUDITOR)
    house.store.write_now(lambda t: processes.beat(t, "w-1", "worker", house.clock(), {"post": SEEN}))
    shown = {one["system"]: one for one in by.call("GET", "/systems").json()["systems"]}["post"]
    assert (shown["standing"], shown["breaker"], shown["quota_left"], shown["processes"]) == ("open", "open", 3, 1)
    assert shown["words"][0] == "The breaker opened after post.timeout; the next call tries at 2027-01-01 00:00 UTC."
    said = by.call("GET", "/systems", headers={"Accept-Language": "fa"}).json()["systems"]
    assert next(one for one in said if one["system"] == "post")["words"][0].startswith("کلید قطع پس از «post.timeout»")
