"""Connectors and their configuration over the admin API."""

import pytest

from registry.staff.officers import Role

A, P, O = Role.ADMINISTRATOR, Role.APPROVER, Role.OPERATOR  # noqa: E741 - roles.
REASON = "the owner's letter"


@pytest.fixture
def admin(officer):
    return officer(A, username="ann")


def state_of(browser, name="post"):
    return next(one for one in browser.call("GET", "/connectors").json()["connectors"] if one["name"] == name)


def test_an_administrator_adds_an_instance_and_it_is_there_at_once(admin, house):
    listed = admin.call("GET", "/connectors").json()
    assert [(one["name"], one["state"], one["configured"]) for one in listed["connectors"]] == [
        ("civil_registry", "enabled", False), ("post", "enabled", False),
    ]  # fmt: skip
    own = {"connector": "post", "title": {"fa": "پست ۴", "en": "Post 4"}, "address": "https://post.example",
           "auth": {"profile": "basic"}, "credentials": {"username": "hub"}}  # fmt: skip
    body = {"settings": own, "secrets": {"password": "open sesame"}, "base": 0, "reason": REASON}
    looked = admin.call("POST", "/connectors/post_4", {**body, "dry_run": True})
    assert looked.status_code == 200
    assert "+ post_4 › Address: https://post.example" in [one["text"]["en"] for one in looked.json()["differences"]]
    done = admin.call("POST", "/connectors/post_4", body)
    assert (done.status_code, done.json()["state"], done.json()["revision"]) == (200, "applied", 1)
    assert done.json()["author"] == "ann"
    shown = admin.call("GET", "/connectors/post_4").json()
    assert (shown["title"]["en"], shown["state"], shown["auth"]) == ("Post 4", "enabled", "basic")
    assert shown["settings"]["credentials"]["password"].startswith("kept:")
    assert house.current.value.services["post_4.address"].system == "post_4"
    assert house.parts.instances.find("post_4").settings.credential("password") == "open sesame"
    for path in ("/configuration", "/configuration/revisions/1", "/configuration/file", "/connectors/post_4"):
        answer = admin.call("GET", path)
        assert answer.status_code == 200
        assert "open sesame" not in answer.text


def test_the_form_names_each_setting_in_both_languages(admin):
    form = admin.call("GET", "/connector-forms/post").json()
    settings = form["schema"]["properties"]
    assert settings["address"]["x-title"] == {"fa": "نشانی", "en": "Address"}
    assert all("x-title" in one and "x-help" in one for one in settings.values())
    assert form["schema"]["$defs"]["Limits"]["properties"]["concurrency"]["x-title"]["en"] == "Calls at once"
    assert form["shipped"]["limits"]["concurrency"] > 0
    assert form["schema"]["additionalProperties"] is False
    assert admin.call("GET", "/connector-forms/nothing").json()["code"] == "connector.not_found"


def test_an_operator_pauses_but_does_not_configure(admin, officer):
    operator = officer(O, username="olga")
    paused = operator.call("POST", "/connectors/post/state", {"state": "paused", "reason": "it is down"})
    assert (paused.status_code, paused.json()["author"]) == (200, "olga")
    assert state_of(admin)["state"] == "paused"
    assert state_of(admin)["status"]["paused"]
    refused = operator.call("POST", "/connectors/post/test", {"settings": {"connector": "post"}})
    assert (refused.status_code, refused.json()["code"]) == (403, "role.missing")
    assert operator.call("POST", "/connectors/nobody/state", {"state": "paused", "reason": "?"}).status_code == 404
    resumed = operator.call("POST", "/connectors/post/state", {"state": "enabled", "reason": "it is up"})
    assert resumed.json()["revision"] == 2
    assert state_of(admin)["state"] == "enabled"


def test_the_test_says_in_words_what_is_wrong(admin):
    body = {"settings": {"connector": "post", "address": "http://127.0.0.1:1", "auth": {"profile": "none"}}}
    tested = admin.call("POST", "/connectors/post/test", body).json()
    assert not tested["good"]
    assert tested["findings"][-1]["code"] == "tcp.refused"
    assert tested["findings"][-1]["do_fa"]


def test_two_persons_over_the_api(admin, officer):
    approver = officer(P, username="ben")
    both = officer(A, P, username="eve")
    document = {"format": "peyvand.site/1", "approval": "second_person"}
    first = admin.call("POST", "/configuration/changes", {"document": document, "base": 0, "reason": REASON})
    assert first.json()["state"] == "applied"
    change = {"document": {**document, "connectors": {"post": {"timeouts": {"total": 9}}}}, "base": 1, "reason": REASON}
    proposed = both.call("POST", "/configuration/changes", change)
    assert (proposed.status_code, proposed.json()["state"]) == (202, "proposed")
    path, seen = f"/configuration/changes/{proposed.json()['change']}", proposed.json()["hash"]
    assert [one["author"] for one in admin.call("GET", "/configuration").json()["proposed"]] == ["eve"]
    shown = approver.call("GET", path).json()
    assert (shown["hash"], [one["text"]["en"] for one in shown["differences"]]) == (
        seen, ["+ post › Connector: post", "+ post › Time-outs › A whole call: 9"],
    )  # fmt: skip
    mine = both.call("POST", f"{path}/approve", {"hash": seen, "reason": "me"})
    assert (mine.status_code, mine.json()["code"]) == (403, "configuration.own_change")
    other = approver.call("POST", f"{path}/approve", {"hash": "0" * 64, "reason": "?"})
    assert (other.status_code, other.json()["code"]) == (409, "configuration.other_hash")
    applied = approver.call("POST", f"{path}/approve", {"hash": seen, "reason": "right"})
    assert (applied.status_code, applied.json()["hash"], applied.json()["approved_by"]) == (200, seen, "ben")
    assert approver.call("GET", path).json()["state"] == "applied"
    back = admin.call("POST", "/configuration/rollback", {"to": 1, "base": 2, "reason": "no"})
    assert back.json()["state"] == "proposed"
    withdrawn = admin.call("POST", f"/configuration/changes/{back.json()['change']}/withdraw", {"reason": "yes"})
    assert withdrawn.json()["state"] == "withdrawn"


def test_what_is_refused_names_the_field(admin):
    good = {"document": {"format": "peyvand.site/1"}, "base": 0, "reason": REASON}
    cases = [
        ({**good, "approved_by": "me"}, 422, "request.invalid", ["/approved_by"]),
        (
            {**good, "document": {"format": "peyvand.site/1", "aproval": "none"}},
            422,
            "configuration.refused",
            ["/aproval"],
        ),
        ({**good, "document": {"format": "peyvand.site/2"}}, 422, "configuration.refused", ["/format"]),
        (good, 409, "configuration.unchanged", []),
    ]
    for body, status, code, pointers in cases:
        answer = admin.call("POST", "/configuration/changes", body)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert [one["pointer"] for one in answer.json().get("errors", [])] == pointers
    twice = admin.client.post(
        "/v1/admin/configuration/plan", content='{"document": {"a": 1, "a": 2}}',
        headers={"X-CSRF-Token": admin.csrf, "Content-Type": "application/json"},
    )  # fmt: skip
    assert (twice.status_code, twice.json()["code"]) == (400, "json.duplicate_key")
    assert twice.json()["errors"][0]["pointer"] == "/document/a"


def test_the_second_of_two_at_once_is_told(admin, officer):
    other = officer(A, username="bob")
    body = {"settings": {"connector": "post", "limits": {"concurrency": 3}}, "base": 0, "reason": "first"}
    assert admin.call("POST", "/connectors/post", body).status_code == 200
    late = other.call(
        "POST", "/connectors/post", {**body, "settings": {"connector": "post", "limits": {"concurrency": 4}}}
    )
    assert (late.status_code, late.json()["code"], late.json()["revision"]) == (409, "configuration.stale", 1)
    assert late.json()["changed"][-1]["text"]["fa"] == "+ post › سقف‌ها › فراخوانی هم‌زمان: 3"
    page = admin.call("GET", "/configuration/revisions?limit=1").json()
    assert (page["revisions"][0]["reason"], page["next"]) == ("first", None)
