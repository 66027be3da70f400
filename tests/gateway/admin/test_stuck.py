"""Stuck work and search: what an operator sees, takes up again and discards, and what nobody is shown."""

from datetime import timedelta

import orjson
import pytest
from sqlalchemy import select

from registry import cases, inquiries, outbox
from registry.schema import journal_leaves
from registry.staff.officers import Role
from registry.states import Arrow

SECRET = "9990000018"  # The national ID in every payload.


@pytest.fixture
def parked(house):
    """Ask and let the far side break its contract, as often as wanted."""

    def make(count=1, code="civil_registry.broken"):
        made = []
        for _ in range(count):
            accepted = house.call("POST", "/v1/inquiries", json=house.inquiry()).json()
            made.append(accepted["inquiry_id"])

            def act(t, inquiry_id=made[-1]):
                inquiries.move(t, inquiry_id, Arrow.SEND, now=house.clock())
                outbox.settle_many(t, [row.id for row in outbox.of_ref(t, inquiry_id)])
                inquiries.record_attempt(
                    t, inquiry_id=inquiry_id, number=1, started_at=house.clock(), ended_at=house.clock(),
                    outcome="broken", code=code, text="?", mapping_hash="ab" * 32,
                )  # fmt: skip
                inquiries.move(t, inquiry_id, Arrow.PARK, now=house.clock(), reason_code=code, reason_text="?")

            house.store.write_now(act)
        return made

    return make


def test_stuck_work_is_grouped_by_cause(house, officer, parked):
    parked(1, "civil_registry.unknown_code")
    house.clock.now += timedelta(minutes=5)
    parked(3)
    found = officer(Role.OPERATOR).call("GET", "/stuck").json()["causes"]
    assert [(one["system"], one["reason_code"], one["count"]) for one in found] == [
        ("civil_registry", "civil_registry.broken", 3),
        ("civil_registry", "civil_registry.unknown_code", 1),
    ]
    assert found[0]["oldest"] > found[1]["oldest"]


def test_the_inquiries_of_a_cause_come_page_by_page(officer, parked):
    wanted, browser = parked(5), officer(Role.OPERATOR)
    parked(1, "other")
    query = {"system": "civil_registry", "reason_code": "civil_registry.broken", "limit": 2}
    seen, before = [], None
    while True:
        page = browser.call("GET", "/stuck/inquiries", params=query | ({"before": before} if before else {})).json()
        seen += [one["inquiry_id"] for one in page["inquiries"]]
        before = page["next"]
        if before is None:
            break
    assert seen == wanted[::-1]


def test_many_are_taken_up_again_each_by_itself(house, officer, parked):
    first, second = parked(2)
    browser = officer(Role.OPERATOR)
    body = {"inquiries": [first, first, "unknown", second], "dry_run": True}
    preview = browser.call("POST", "/stuck/replay", body).json()
    assert (preview["done"], len(preview["results"])) == (0, 3)
    assert house.store.read_now(lambda t: inquiries.get(t, first)).state == "parked"
    done = browser.call("POST", "/stuck/replay", body | {"dry_run": False}).json()
    assert done["done"] == 2
    assert [one.get("state") or one["problem"]["code"] for one in done["results"]] == [
        "waiting", "inquiry.unknown", "waiting",
    ]  # fmt: skip
    owed = house.store.read_now(lambda t: [row.kind for row in outbox.of_ref(t, first)])
    assert owed == ["inquiry"]
    again = browser.call("POST", "/stuck/replay", {"inquiries": [first]}).json()
    assert again["results"][0]["problem"]["code"] == "inquiry.not_parked"


def test_what_is_discarded_is_final_and_written_down(house, officer, parked):
    (one,) = parked()
    browser = officer(Role.OPERATOR)
    assert browser.call("POST", "/stuck/discard", {"inquiries": [one]}).json()["results"][0]["state"] == "cancelled"
    seen = browser.call("GET", f"/inquiries/{one}").json()
    assert (seen["state"], seen["tries"][0]["outcome"]) == ("cancelled", "broken")
    leaves = house.store.read_now(lambda t: t.execute(select(journal_leaves.c.kind, journal_leaves.c.statement)).all())
    by = {kind: orjson.loads(statement)["by"] for kind, statement in leaves if kind.endswith("discarded")}
    assert by == {"inquiry.discarded": browser.officer_id, "admin.stuck.discarded": browser.officer_id}


def test_a_case_is_found_by_whatever_is_held_in_hand(house, officer, parked):
    (one,) = parked()
    code = house.store.read_now(lambda t: inquiries.get(t, one)).code
    case = house.store.read_now(lambda t: cases.by_code(t, code))
    house.store.write_now(
        lambda t: cases.add_alias(
            t, case_id=case.id, system="permit_portal", value="7000001", added_by="hub", now=house.clock()
        )
    )
    browser = officer(Role.AUDITOR)
    persian = code.translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"))
    for text in (code, f"{persian[:4]} {persian[4:]}", "۷۰۰۰۰۰۱", one):
        found = browser.call("GET", "/search", params={"q": text}).json()["cases"]
        assert [item["tracking_code"] for item in found] == [code], text
    assert browser.call("GET", "/search", params={"q": "nothing like it"}).json() == {"cases": []}
    assert browser.call("GET", "/search", params={"q": ""}).status_code == 422


def test_nobody_is_shown_a_payload(house, officer, parked):
    (one,) = parked()
    code = house.store.read_now(lambda t: inquiries.get(t, one)).code
    browser = officer(*Role)
    shown = [
        browser.call("GET", path).text
        for path in (f"/cases/{code}", f"/inquiries/{one}", "/stuck", "/stuck/inquiries?system=civil_registry")
    ]
    assert all(one in text or code in text or "civil_registry" in text for text in shown)
    assert not any(SECRET in text or "sealed" in text for text in shown)
    assert browser.call("GET", f"/cases/{code}").json()["timeline"]


def test_unknown_things_are_unknown(officer):
    browser = officer(Role.AUDITOR)
    assert browser.call("GET", "/inquiries/none").json()["code"] == "inquiry.unknown"
    assert browser.call("GET", "/cases/14050001000000000000").status_code in {404, 422}


def test_a_doubt_is_resolved_by_hand_with_a_reason_by_who_may(house, officer):
    one = house.call("POST", "/v1/inquiries", json=house.inquiry()).json()["inquiry_id"]

    def doubt(t):
        inquiries.move(t, one, Arrow.SEND, now=house.clock())
        inquiries.move(t, one, Arrow.DOUBT, now=house.clock(), reason_code="civil_registry.lost", reason_text="?")

    house.store.write_now(doubt)
    path, body = f"/inquiries/{one}/resolution", {"found": "done", "reason": "letter 12"}
    assert officer(Role.AUDITOR).call("POST", path, body).json()["code"] == "role.missing"
    browser = officer(Role.OPERATOR)
    for changed, pointer in (({"reason": ""}, "/reason"), ({"found": "maybe"}, "/found"), ({"x": 1}, "/x")):
        assert browser.call("POST", path, body | changed).json()["errors"][0]["pointer"] == pointer
    unfit = browser.call("POST", path, body | {"answer": {"nonsense": 1}}).json()
    assert unfit["errors"][0]["pointer"].startswith("/answer")
    done = browser.call("POST", path, body)
    assert (done.status_code, done.json()["state"]) == (200, "answered")
    assert browser.call("POST", path, body).json()["code"] == "inquiry.not_in_doubt"
    shown = house.call("GET", f"/v1/inquiries/{one}").json()
    assert (shown["answer"], shown["reason"]["text"]) == (None, "letter 12")


def cause_of(browser, code):
    return next(one for one in browser.call("GET", "/stuck").json()["causes"] if one["reason_code"] == code)


def test_a_cause_has_an_owner_and_notes_that_stay_with_it(officer, parked):
    parked(2)
    parked(1, "other")
    browser = officer(Role.OPERATOR, username="sara")
    cause = cause_of(browser, "civil_registry.broken")
    assert (cause["owner"], cause["note"]) == (None, None)
    path = f"/stuck/causes/{cause['id']}"
    assert browser.call("POST", f"{path}/notes", {"text": "They renamed a field."}).status_code == 201
    browser.call("POST", f"{path}/notes", {"text": "Letter 7 sent."})
    assert browser.call("POST", f"{path}/owner", {"username": "sara"}).json()["owner"] == "Sara"
    shown = browser.call("GET", path, params={"limit": 1}).json()
    assert [note["text"] for note in shown["notes"]] == ["They renamed a field.", "Letter 7 sent."]
    assert (len(shown["inquiries"]), shown["next"]) == (1, shown["inquiries"][0]["inquiry_id"])
    again = cause_of(browser, "civil_registry.broken")
    assert (again["owner"], again["note"]["text"]) == ("Sara", "Letter 7 sent.")
    assert cause_of(browser, "other")["owner"] is None
    assert browser.call("POST", f"{path}/owner", {"username": None}).json()["owner"] is None
    assert browser.call("POST", f"{path}/owner", {"username": "nobody"}).json()["code"] == "officer.unknown"
    assert browser.call("GET", "/stuck/causes/0000000000000000").json()["code"] == "cause.unknown"


def test_a_run_is_looked_through_first_leaves_out_duplicates_and_keeps_its_pace(house, officer, parked):
    oldest, _, _ = (one[0] for one in (parked(), parked(), parked()))
    case = house.store.read_now(lambda t: inquiries.get(t, oldest)).code
    twin = house.call("POST", "/v1/inquiries", json=house.inquiry(case=case)).json()["inquiry_id"]
    browser = officer(Role.OPERATOR)
    cause = cause_of(browser, "civil_registry.broken")["id"]
    body = {"cause": cause, "per_minute": 60}
    preview = browser.call("POST", "/stuck/runs", body | {"dry_run": True}).json()
    assert (preview["ready"], preview["left_out"]) == (2, 1)
    assert preview["items"][0] == {"inquiry_id": oldest, "verdict": "replay.duplicate"}, twin
    assert browser.call("GET", "/stuck/runs").json() == {"runs": []}
    run = browser.call("POST", "/stuck/runs", body).json()
    assert (run["state"], run["total"], run["left"]) == ("running", 2, 2)
    again = browser.call("POST", "/stuck/runs", body)
    assert again.json()["code"] == "replay.nothing"
    look = house.parts.exchange.replays.look

    def progress():
        house.client.portal.call(look)
        found = browser.call("GET", "/stuck/runs").json()["runs"][0]
        return found["state"], found["taken_up"], found["left"]

    assert progress() == ("running", 1, 1)
    assert progress() == ("running", 1, 1)  # Its pace is one a second.
    house.clock.now += timedelta(seconds=1)
    assert progress() == ("running", 2, 0)
    house.clock.now += timedelta(seconds=1)
    assert progress() == ("done", 2, 0)
    states = house.store.read_now(lambda t: sorted(inquiries.get(t, one).state for one in (oldest, twin)))
    assert states == ["accepted", "parked"]


def test_a_run_is_stopped_where_it_is_and_what_was_taken_up_elsewhere_is_told(house, officer, parked):
    wanted = [parked()[0] for _ in range(3)]
    browser = officer(Role.OPERATOR)
    cause = cause_of(browser, "civil_registry.broken")["id"]
    run = browser.call("POST", "/stuck/runs", {"cause": cause, "inquiries": wanted, "per_minute": 600}).json()
    browser.call("POST", "/stuck/discard", {"inquiries": [wanted[0]]})
    house.client.portal.call(house.parts.exchange.replays.look)
    stopped = browser.call("POST", f"/stuck/runs/{run['id']}/stop").json()
    assert (stopped["state"], stopped["failed"], stopped["left"]) == ("stopped", 1, 2)
    assert stopped["failures"] == [{"inquiry_id": wanted[0], "code": "inquiry.not_parked"}]
    house.clock.now += timedelta(minutes=1)
    house.client.portal.call(house.parts.exchange.replays.look)
    assert browser.call("POST", f"/stuck/runs/{run['id']}/stop").json()["left"] == 2
    assert browser.call("POST", "/stuck/runs/none/stop").json()["code"] == "replay.unknown"
    assert officer(Role.AUDITOR).call("POST", "/stuck/runs", {"cause": cause}).json()["code"] == "role.missing"
