"""The register of missing services over the admin API: entered, asked for, answered, and the letter as PDF."""

from datetime import timedelta

import orjson
import pytest
from sqlalchemy import select

from gateway.missing import fonts as fonts_module
from registry.schema import journal_leaves
from registry.staff.officers import Role

PLAQUE = {"name": "plaque", "direction": "asked", "fa": "پلاک", "en": "Plaque", "required": True}
NEED = {
    "needed_by": ["IR/MUN/tehran/urban"],
    "processes": ["building-permit"],
    "purpose": {"fa": "احراز مالکیت", "en": "Proof of ownership"},
    "legal_bases": [{"fa": "بند 3-2", "en": "article 3-2"}],
    "effect": "read",
    "fields": [PLAQUE | {"form": {"fa": "عدد", "en": "number"}}],
    "answer_days": 20,
}
MISSING = {"id": "deeds", "owner": "IR/GOV/permits", "title": {"fa": "مالکیت", "en": "Ownership"}, "record": NEED}
LETTER = {
    "number": "۱۲/۳",
    "date": "2026-11-21",
    "signatory": {"name": {"fa": "سارا", "en": "Sara"}, "title": {"fa": "معاون", "en": "Deputy"}},
}


@pytest.fixture
def admin(officer):
    return officer(Role.ADMINISTRATOR)


@pytest.fixture
def entered(admin):
    made = admin.call("POST", "/missing-services", MISSING)
    assert made.status_code == 201, made.text
    return made.json()


def test_a_need_goes_from_note_to_a_service(house, admin, entered):
    assert (entered["state"], [one["step"] for one in entered["next"]]) == (
        "noted",
        ["request", "make_available", "withdraw"],
    )
    steps = "/missing-services/deeds/steps"
    asked = admin.call("POST", steps, {"step": "request", "letter": LETTER}).json()
    assert (asked["state"], asked["due_on"], asked["overdue"]) == ("requested", "2026-12-11", False)
    house.clock.now += timedelta(days=21)
    assert admin.sign_in().status_code == 200
    (late,) = admin.call("GET", "/missing-services", params={"overdue": "true"}).json()["missing_services"]
    assert (late["id"], late["overdue"], late["state_title"]["fa"]) == ("deeds", True, "درخواست‌شده")
    reply = {"number": "9", "date": "2026-12-12", "text": "در دست اقدام", "promised_on": "2027-01-10"}
    promised = admin.call("POST", steps, {"step": "answer", "reply": reply}).json()
    assert (promised["due_on"], promised["overdue"]) == ("2027-01-10", False)
    assert admin.call("GET", "/missing-services", params={"overdue": "true"}).json() == {"missing_services": []}
    there = admin.call("POST", steps, {"step": "make_available", "service": "building-permit"}).json()
    assert (there["state"], [one["step"] for one in there["next"]]) == ("available", ["reopen"])
    assert [one["step"] for one in there["steps"]] == ["note", "request", "answer", "make_available"]
    assert there["steps"][2]["reply"]["text"] == "در دست اقدام"
    query = select(journal_leaves.c.statement).where(journal_leaves.c.kind.like("admin.missing.%"))
    leaves = [orjson.loads(row[0]) for row in house.store.read_now(lambda t: list(t.execute(query)))]
    assert [one.get("step") for one in leaves] == [None, "request", "answer", "make_available"]
    assert {one["service"] for one in leaves} == {"deeds"}


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("", MISSING, 409, "missing_service.known"),
        ("", MISSING | {"id": "other", "owner": "IR/GOV/nobody"}, 422, "participant.unknown"),
        ("", MISSING | {"id": "other", "record": NEED | {"processes": ["nothing"]}}, 422, "service.unknown"),
        ("", MISSING | {"id": "other", "record": NEED | {"fields": []}}, 422, "request.invalid"),
        ("/deeds/steps", {"step": "remind", "letter": LETTER}, 409, "missing_service.step"),
        ("/deeds/steps", {"step": "request"}, 422, "request.invalid"),
        ("/deeds/steps", {"step": "withdraw", "letter": LETTER}, 422, "request.invalid"),
        ("/deeds/steps", {"step": "note"}, 422, "request.invalid"),
        ("/deeds/steps", {"step": "make_available", "service": "nothing"}, 422, "service.unknown"),
        ("/nothing/steps", {"step": "withdraw"}, 404, "missing_service.unknown"),
    ],
)
def test_what_cannot_be_is_refused_by_name(admin, entered, path, body, status, code):
    answer = admin.call("POST", f"/missing-services{path}", body)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert admin.call("GET", "/missing-services/deeds").json() == entered


def test_a_letter_stays_as_it_was_sent(admin, entered, monkeypatch, tmp_path):
    monkeypatch.setattr(fonts_module, "ASSETS", tmp_path)
    answer = admin.call("GET", "/missing-services/deeds/letter")
    assert (answer.status_code, answer.json()["code"]) == (503, "letter.font")
    assert "make assets" in answer.json()["detail"]
    monkeypatch.undo()
    nothing = admin.call("GET", "/missing-services/deeds/letter", params={"step": 1})
    assert nothing.json()["code"] == "missing_service.no_letter"
    try:
        fonts_module.find_fonts()
    except fonts_module.FontMissing as missing:
        pytest.skip(str(missing))
    draft = admin.call("GET", "/missing-services/deeds/letter")
    assert draft.headers["content-type"] == "application/pdf"
    assert draft.content.startswith(b"%PDF-")
    admin.call("POST", "/missing-services/deeds/steps", {"step": "request", "letter": LETTER})
    first = admin.call("GET", "/missing-services/deeds/letter").content
    new = {key: value for key, value in MISSING.items() if key != "id"} | {"title": {"fa": "دیگر", "en": "Other"}}
    assert admin.call("POST", "/missing-services/deeds/versions", new).json()["version"] == 2
    assert admin.call("GET", "/missing-services/deeds/letter").content == first
    assert admin.call("GET", "/missing-services/deeds/letter", params={"draft": "true"}).content != first
    assert admin.call("GET", "/missing-services/deeds/letter", params={"language": "en"}).content != first
