"""An administrator sets connectors up in the pages, and a second person lets it happen."""

import re
from html import unescape

import pytest

from console.settings_form import fields
from registry.staff.officers import Role

from .conftest import text_of

A, P, O = Role.ADMINISTRATOR, Role.APPROVER, Role.OPERATOR  # noqa: E741 - roles.
SETTINGS = "/console/connector-settings"


def hidden(page, name):
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    return unescape(found[1]) if found else None


@pytest.fixture
def admin(reader):
    return reader(A, username="ann")


def look(admin, name, **sent):
    form = admin.get(f"{SETTINGS}?name={name}&connector=post")
    assert form.status_code == 200
    return admin.post(
        SETTINGS, {"name": name, "base": hidden(form, "base"), "before": hidden(form, "before"), "step": "look", **sent}
    )


def save(admin, looked, name):
    sent = {"name": name, "base": hidden(looked, "base"), "settings": hidden(looked, "settings")}
    return admin.post(SETTINGS, {**sent, "reason": "the owner's letter", "step": "save"})


def test_a_connector_is_added_looked_at_and_saved(admin, house):
    looked = look(
        admin, "post_4",
        **{"title.fa": "پست ۴", "title.en": "Post 4", "address": "https://post.example", "profile": "basic",
           "credentials.username": "hub", "credentials.password": "open sesame", "limits.concurrency": "3",
           "hours.open": "08:00", "hours.close": "14:00", "hours.closed_weekdays": ["thursday", "friday"],
           "holidays": "1406-01-01\n2027-04-02",
           "outages": "2026-12-01T00:00:00+03:30 2026-12-02T00:00:00+03:30 works"},
    )  # fmt: skip
    shown = text_of(looked)
    assert looked.status_code == 200
    for line in ("+ post_4 › Address: https://post.example", "Password: a sealed secret", "Calls at once: 3",
                 "Holidays: 2027-03-21, 2027-04-02", "Closed weekdays: thursday, friday"):  # fmt: skip
        assert line in shown
    assert "open sesame" not in shown
    saved = save(admin, looked, "post_4")
    assert (saved.status_code, saved.headers["location"]) == (303, "/console/connectors/post_4")
    assert house.parts.instances.find("post_4").settings.credential("password") == "open sesame"
    listed = text_of(admin.get("/console/connectors"))
    assert "Post 4" in listed
    again = admin.get(f"{SETTINGS}?name=post_4")
    assert "kept; write here to replace it" in again.text
    assert "open sesame" not in again.text
    # Sent again as it is: the secret stays, and so does everything.
    unchanged = look(admin, "post_4", **{"profile": "basic", "address": "https://other.example",
                                         "credentials.username": "hub"})  # fmt: skip
    assert "~ post_4 › Address: https://post.example → https://other.example" in text_of(unchanged)
    assert "Password" not in text_of(unchanged)


def test_what_is_wrong_stands_beside_its_field_and_what_was_written_stays(admin):
    refused = look(admin, "post", **{"address": "nowhere", "limits.concurrency": "many"})
    assert refused.status_code == 422
    assert "This cannot be read" in refused.text
    refused = look(admin, "post", address="nowhere", **{"limits.concurrency": "4"})
    assert refused.status_code == 422
    assert 'value="nowhere"' in refused.text
    assert re.search(r'id="address"[^>]*aria-invalid="true"', refused.text)
    asked = admin.post(SETTINGS, {"name": "post", "base": "0", "before": '{"connector": "post"}', "step": "show",
                                  "profile": "api-key"})  # fmt: skip
    assert 'name="credentials.key"' in asked.text
    assert admin.post(SETTINGS, {"name": "post", "enabled": "1", "before": '{"connector": "post"}'}).status_code == 422


def test_an_operator_pauses_and_tests_in_both_languages(reader, house):
    operator = reader(O, username="olga")
    page = "/console/connectors/post"
    assert operator.post(page, {"act": "paused", "reason": "it is down"}).status_code == 303
    assert house.parts.instances.systems.get("post").status.paused
    shown = operator.get(page, language="fa").text
    assert "از سرگیری" in shown
    assert SETTINGS not in shown
    tested = operator.post(page, {"act": "test"})
    assert "refuses connections" in text_of(tested)
    assert operator.post(page, {"act": "enabled", "reason": "up again"}).status_code == 303


def test_two_persons_and_the_way_back(reader):
    ann, ben = reader(A, username="ann"), reader(P, username="ben")
    page = "/console/configuration"
    demanded = ann.post(page, {"approval": "second_person", "base": "0", "reason": "the council wants it"})
    assert demanded.status_code == 303
    looked = look(ann, "post", **{"timeouts.total": "9"})
    saved = save(ann, looked, "post")
    change = saved.headers["location"]
    assert change.startswith(f"{page}/changes/")
    assert "This is your own change" in text_of(ann.get(change))
    seen = ben.get(change)
    assert "+ post › Time-outs › A whole call: 9" in text_of(seen)
    assert change in ben.get(page).text
    wrong = ben.post(change, {"verdict": "approve", "hash": "0" * 64, "reason": "?"})
    assert "not what was looked at" in text_of(wrong)
    assert ben.post(change, {"verdict": "approve", "hash": hidden(seen, "hash"), "reason": "right"}).status_code == 303
    revision = ann.get(f"{page}/revisions/2")
    assert "format: peyvand.site/1" in revision.text
    back = ann.post(f"{page}/revisions/1", {"base": "2", "reason": "too slow"})
    assert ann.post(back.headers["location"], {"verdict": "withdraw", "hash": "", "reason": "no"}).status_code == 303


def test_the_second_administrator_sees_what_the_first_has_changed(reader):
    ann, bob = reader(A, username="ann"), reader(A, username="bob")
    first, second = look(ann, "post", **{"limits.concurrency": "3"}), look(bob, "post", **{"limits.concurrency": "4"})
    assert save(ann, first, "post").status_code == 303
    late = save(bob, second, "post")
    assert late.status_code == 409
    assert "changed meanwhile" in text_of(late)
    assert "+ post › Limits › Calls at once: 3" in text_of(late)


def test_every_setting_has_a_field_with_words_in_both_languages(house):
    from connectors.instances.forms import settings_form

    form = settings_form(house.parts.desk.ground.catalogue()["post"])
    for language in ("fa", "en"):
        made = fields(form, {"connector": "post"}, language)
        assert {"address", "limits.concurrency", "hours.open", "holidays", "outages"} <= {one.name for one in made}
        assert all(one.label.isascii() is (language == "en") for one in made)
