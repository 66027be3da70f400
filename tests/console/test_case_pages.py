"""Search, case and exchange: found in any script, drawn, hidden until a reason is given, inert whatever was stored."""

import json
from itertools import pairwise

import pytest
from sqlalchemy import select, update

from console.picture import TALL, WIDTH, draw
from mappings.text import persian_digits
from registry import cases, events, inquiries
from registry.codes import group
from registry.schema import journal_leaves, subjects
from registry.staff.officers import Role
from registry.states import Arrow
from tests.console.conftest import text_of

SECRET = "9990000018"
HOSTILE = "\u202e<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}"
ANSWER = {"national_id": SECRET, "given_name": "سارا", "family_name": "محمدی"}


@pytest.fixture
def asked(house):
    """An inquiry that was answered, with its case."""
    house.far.answer = ANSWER
    made = house.call("POST", "/v1/inquiries", json=house.inquiry(), headers={"Prefer": "wait=5"}).json()
    assert made["state"] == "answered"
    return made


@pytest.fixture
def parked(house):
    """An inquiry that is stuck for a reason which the far side worded."""
    made = house.call("POST", "/v1/inquiries", json=house.inquiry()).json()

    def act(t):
        inquiries.move(t, made["inquiry_id"], Arrow.SEND, now=house.clock())
        inquiries.record_attempt(
            t, inquiry_id=made["inquiry_id"], number=1, started_at=house.clock(), ended_at=house.clock(),
            outcome="broken", code="civil_registry.broken", text=HOSTILE, mapping_hash="ab" * 32,
        )  # fmt: skip
        inquiries.move(
            t, made["inquiry_id"], Arrow.PARK, now=house.clock(), reason_code="civil_registry.broken",
            reason_text=HOSTILE,
        )  # fmt: skip
        case = cases.by_code(t, made["tracking_code"])
        cases.add_alias(t, case_id=case.id, system="setad", value=HOSTILE, added_by="IR/GOV/permits", now=house.clock())
        events.record(
            t, case_id=case.id, code=case.code, type="ir.peyvand.case.status", system="permit_portal", stage=HOSTILE,
            title_fa=HOSTILE, title_en=HOSTILE, detail={}, occurred_at=house.clock(), now=house.clock(), by="x",
        )  # fmt: skip

    house.store.write_now(act)
    return made


def test_one_box_finds_by_anything_in_any_script(house, reader, asked):
    who, code = reader(Role.AUDITOR), asked["tracking_code"]
    trace = house.store.read_now(lambda t: inquiries.get(t, asked["inquiry_id"])).trace_parent.split("-")[1]
    for q, where in (
        (code, f"/console/cases/{code}"),
        (persian_digits(group(code)), f"/console/cases/{code}"),
        (asked["inquiry_id"], f"/console/inquiries/{asked['inquiry_id']}"),
        (trace.upper(), f"/console/inquiries/{asked['inquiry_id']}"),
    ):
        answer = who.get("/console/search", params={"q": q})
        assert (answer.status_code, answer.headers.get("location")) == (303, where), q
    wrong = who.get("/console/search", params={"q": code[:-1] + ("0" if code[-1] != "0" else "1")})
    assert "It looks like a tracking code, but it is not right" in wrong.text
    hostile = who.get("/console/search", params={"q": HOSTILE})
    assert "Nothing is known by this" in hostile.text
    assert "<script>alert" not in hostile.text


def test_whatever_was_stored_is_inert_on_every_page_that_shows_it(reader, parked):
    who = reader(*Role)
    for path in (
        f"/console/cases/{parked['tracking_code']}",
        f"/console/inquiries/{parked['inquiry_id']}",
        "/console",
    ):
        shown = who.get(path)
        assert shown.status_code == 200
        assert "<script>alert" not in shown.text
        assert "<img" not in shown.text
        assert "\u202e" not in text_of(shown)
        assert "49" not in shown.text.partition("{{7")[0][-5:]
    case = who.get(f"/console/cases/{parked['tracking_code']}").text
    assert "<bdi>[U+202E]&lt;script&gt;" in case


def test_a_case_shows_where_it_waits(house, reader, parked, asked):
    shown = reader(Role.OPERATOR).get(f"/console/cases/{parked['tracking_code']}")
    assert "wire-waits" in shown.text
    assert "parked" in shown.text
    assert group(parked["tracking_code"]) in shown.text
    persian = reader(Role.OPERATOR, username="other").get(f"/console/cases/{parked['tracking_code']}", language="fa")
    assert "گیرکرده" in persian.text
    assert "شهرسازی" in persian.text, "who opened it is named by its title"
    assert SECRET not in shown.text + persian.text


def test_a_payload_opens_with_a_reason_which_is_in_the_journal(house, reader, asked):
    path = f"/console/inquiries/{asked['inquiry_id']}"
    who = reader(Role.AUDITOR)
    hidden = who.get(path)
    assert SECRET not in hidden.text
    short = who.post(path, {"reason": "because"})
    assert short.status_code == 422
    assert SECRET not in short.text
    opened = who.post(path, {"reason": "complaint 123 under review"})
    assert opened.status_code == 200
    assert SECRET in opened.text
    assert "سارا" in opened.text
    assert opened.headers["cache-control"] == "no-store"
    leaves = house.store.read_now(
        lambda t: [json.loads(row[0]) for row in t.execute(select(journal_leaves.c.statement))]
    )
    written = [leaf for leaf in leaves if leaf["kind"] == "admin.payload.opened"]
    assert [(leaf["inquiry"], leaf["reason"]) for leaf in written] == [
        (asked["inquiry_id"], "complaint 123 under review")
    ]
    assert SECRET not in json.dumps(leaves)


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.APPROVER])
def test_an_operator_reads_no_payload(house, reader, asked, role):
    who, path = reader(role), f"/console/inquiries/{asked['inquiry_id']}"
    assert "Your role opens no payloads" in who.get(path).text
    refused = who.post(path, {"reason": "just to have a look at it"})
    assert refused.status_code == 403
    assert SECRET not in refused.text


def test_what_belongs_to_an_erased_person_stays_closed(house, reader, asked):
    subject = house.store.read_now(lambda t: inquiries.get(t, asked["inquiry_id"])).subject_id
    house.store.write_now(
        lambda t: t.execute(update(subjects).where(subjects.c.id == subject).values(wrapped_key=None))
    )
    opened = reader(Role.ADMINISTRATOR).post(
        f"/console/inquiries/{asked['inquiry_id']}", {"reason": "complaint 123 under review"}
    )
    assert opened.status_code == 200
    assert SECRET not in opened.text
    assert opened.text.count("key was erased") == 2


def test_a_long_case_comes_in_pages(house, reader):
    first = house.call("POST", "/v1/inquiries", json=house.inquiry()).json()
    batch = [house.inquiry(case=first["tracking_code"]) for _ in range(60)]
    assert house.call("POST", "/v1/inquiries/batch", json={"inquiries": batch}).is_success
    who = reader(Role.OPERATOR)
    latest = who.get(f"/console/cases/{first['tracking_code']}").text
    assert latest.count("/console/inquiries/") >= 50
    assert first["inquiry_id"] not in latest
    cursor = latest.partition("inquiries_before=")[2].partition('"')[0]
    earlier = who.get(f"/console/cases/{first['tracking_code']}?inquiries_before={cursor}").text
    assert first["inquiry_id"] in earlier


def inquiry(system, state, since="2026-11-21T10:00:00+00:00", owner="IR/MUN/tehran/urban"):
    return {"owner": owner, "system": system, "state": state, "since": since}


def test_a_picture_tells_what_most_wants_to_be_seen():
    told = {"system": "permit_portal", "inquiry_id": None}
    made = draw(
        {
            "owner": "IR/MUN/tehran/urban",
            "inquiries": [
                inquiry("civil_registry", "answered"),
                inquiry("civil_registry", "parked", "2026-11-21T11:00:00+00:00"),
                inquiry("civil_registry", "parked", "2026-11-21T10:30:00+00:00"),
                inquiry("setad", "waiting", owner="IR/MUN/tehran/finance"),
            ],
            "timeline": [told, told, {"system": "hub", "inquiry_id": None}],
        }
    )
    lines = [(one.name, one.state, one.since, one.count, one.told, one.waits) for one in made.lines]
    assert lines == [
        ("civil_registry", "parked", "2026-11-21T10:30:00+00:00", 3, 0, True),
        ("setad", "waiting", "2026-11-21T10:00:00+00:00", 1, 0, True),
        ("permit_portal", "", None, 0, 2, False),
    ]
    assert [one.name for one in made.askers] == ["IR/MUN/tehran/urban", "IR/MUN/tehran/finance"]
    for boxes in (made.askers, made.systems):
        assert all(after.y - before.y >= TALL for before, after in pairwise(boxes))
        assert all(0 <= one.x < WIDTH and 0 <= one.y <= made.height - TALL for one in boxes)
