"""The register of missing services on its page: what is needed, a step by a form, the letters behind links."""

import pytest

from registry.missing import MissingService, note
from registry.seeding import seed_missing
from registry.staff.officers import Role


@pytest.fixture
def needed(house):
    def act(t):
        for one in seed_missing(house.clock()):
            owner, record = "IR/GOV/permits", one.record | {"needed_by": ["IR/MUN/tehran/urban"]}
            note(t, MissingService(one.id, 1, owner, one.title_fa, one.title_en, record, house.clock(), "seed"))

    house.change(act)


def test_the_page_shows_what_is_needed_and_takes_a_step(needed, reader):
    who = reader(Role.ADMINISTRATOR)
    shown = who.get("/console/missing", language="fa").text
    assert "استعلام پروانهٔ کسب" in shown
    assert "ثبت‌شده" in shown
    page = who.get("/console/missing/guild-licence", language="en").text
    assert "Business licence of a guild member" in page
    assert "/v1/admin/missing-services/guild-licence/letter?language=fa&amp;draft=true" in page
    sent = {
        "csrf": who.csrf, "step": "request", "number": "۱۲/۳", "date": "۱۴۰۵/۰۸/۱۰", "signer_fa": "سارا",
        "signer_en": "Sara", "position_fa": "معاون", "position_en": "Deputy", "text": "", "promised": "", "service": "",
    }  # fmt: skip
    wrong = who.post("/console/missing/guild-licence", sent | {"date": "دیروز"})
    assert wrong.status_code == 422
    assert "دیروز" in wrong.text, "what was typed is still there"
    assert who.post("/console/missing/guild-licence", sent).status_code == 303
    after = who.get("/console/missing/guild-licence", language="fa").text
    assert "letter?language=fa&amp;step=2" in after
    assert "فرستادن نامهٔ پیگیری" in after
    assert "۱۴۰۵/۰۹/۱۰" in who.get("/console/missing", language="fa").text


def test_who_may_not_write_sees_no_form(needed, reader):
    page = reader(Role.AUDITOR).get("/console/missing/guild-licence", language="en")
    assert page.status_code == 200
    assert '<select id="step"' not in page.text
