"""Letting people in and keeping them out."""

from datetime import timedelta

from registry.staff.officers import Role

ADMIN = Role.ADMINISTRATOR


def invitation(**changes):
    return {"username": "sara", "name": "سارا", "roles": ["operator"]} | changes


def test_an_invited_officer_signs_in_with_the_link(house, officer, invited):
    administrator = officer(ADMIN)
    made = administrator.call("POST", "/officers", invitation())
    assert made.status_code == 201
    assert made.json()["state"] == "invited"
    browser = invited(Role.AUDITOR)  # A browser of her own.
    browser.token = made.json()["link"]["token"]
    assert browser.enrol().json()["officer"]["username"] == "sara"
    listed = administrator.call("GET", "/officers").json()["officers"]
    states = {one["username"]: one["state"] for one in listed}
    assert states == {"administrator": "active", "sara": "active", "auditor": "invited"}
    assert "hash" not in administrator.call("GET", "/officers").text


def test_a_username_is_taken_once(officer):
    administrator = officer(ADMIN)
    administrator.call("POST", "/officers", invitation())
    again = administrator.call("POST", "/officers", invitation(name="دیگری"))
    assert (again.status_code, again.json()["code"]) == (409, "officer.username_taken")


def test_bad_invitations_name_the_field(officer):
    administrator = officer(ADMIN)
    bad = {"username": "Sara Ahmadi", "roles": ["king"], "password_hash": "x"}
    errors = administrator.call("POST", "/officers", invitation(**bad)).json()["errors"]
    assert {error["pointer"] for error in errors} == {"/username", "/roles/0", "/password_hash"}
    assert administrator.call("POST", "/officers", invitation(roles=[])).json()["errors"][0]["pointer"] == "/roles"


def test_new_roles_and_being_kept_out_end_the_sessions(house, officer):
    administrator, other = officer(ADMIN), officer(Role.OPERATOR)
    changed = administrator.call("POST", f"/officers/{other.officer_id}/roles", {"roles": ["auditor", "approver"]})
    assert changed.json()["roles"] == ["approver", "auditor"]
    assert other.call("GET", "/session").json()["code"] == "session.ended"
    house.clock.now += timedelta(minutes=1)
    assert other.sign_in().json()["officer"]["roles"] == ["approver", "auditor"]
    assert administrator.call("POST", f"/officers/{other.officer_id}/disable").json()["state"] == "disabled"
    assert other.call("GET", "/session").json()["code"] == "session.ended"
    house.clock.now += timedelta(minutes=1)
    assert other.sign_in().status_code == 401
    administrator.call("POST", f"/officers/{other.officer_id}/enable")
    house.clock.now += timedelta(minutes=1)
    assert other.sign_in().status_code == 200


def test_the_last_administrator_stays(officer):
    administrator = officer(ADMIN)
    for path, body in (("roles", {"roles": ["auditor"]}), ("disable", None)):
        refused = administrator.call("POST", f"/officers/{administrator.officer_id}/{path}", body)
        assert (refused.status_code, refused.json()["code"]) == (409, "officer.last_administrator")
    assert administrator.call("GET", "/session").json()["officer"]["roles"] == ["administrator"]


def test_an_unknown_officer_is_unknown(officer):
    administrator = officer(ADMIN)
    for path in ("disable", "enable", "link"):
        assert administrator.call("POST", f"/officers/nobody/{path}").json()["code"] == "officer.unknown"
