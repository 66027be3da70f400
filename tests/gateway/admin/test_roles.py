"""Every route of the admin API × every role, and nobody at all."""

import pytest

from gateway.admin.guard import GuardedRoute
from gateway.admin.roles import MATRIX, NOBODY_YET
from gateway.admin.routers import ROUTERS
from registry.staff.officers import Role

FILLED = dict.fromkeys(("officer_id", "code", "inquiry_id", "change_id", "run_id"), "none")
FILLED |= {"number": "1", "name": "post", "folder": "post", "cause_id": "0" * 16}


def address(path: str) -> str:
    asked = path.removeprefix("/v1/admin").format(**FILLED)
    return f"{asked}?events=1" if asked.endswith("/live") else asked


def test_the_table_and_the_routes_are_the_same(house):
    routes = [route for router in ROUTERS for route in router.routes]
    assert all(isinstance(route, GuardedRoute) for route in routes)
    assert {(method, route.path) for route in routes for method in route.methods} == set(MATRIX)
    described = {
        (method.upper(), path)
        for path, methods in house.client.get("/openapi.json").json()["paths"].items()
        for method in methods
        if path.startswith("/v1/admin")
    }
    assert described == set(MATRIX)


def test_a_route_without_a_row_cannot_be_made():
    with pytest.raises(LookupError, match="no row"):
        GuardedRoute("/v1/admin/forgotten", lambda: None)


@pytest.mark.parametrize("role", Role)
def test_each_role_may_call_what_the_table_says(officer, role):
    who = officer(role)
    ends = ("DELETE", "/v1/admin/session")
    for (method, path), roles in sorted(MATRIX.items(), key=lambda row: row[0] == ends):
        answer = who.call(method, address(path), {} if method == "POST" else None)
        if roles != NOBODY_YET and role not in roles:
            assert (answer.status_code, answer.json()["code"]) == (403, "role.missing"), (method, path)
        elif answer.headers["content-type"].startswith("text/event-stream"):
            assert answer.text.startswith("event: "), (method, path)
        else:
            assert answer.status_code < 500, (method, path)
            wrong = {"role.missing", "session.missing", "session.forged"}
            assert answer.json().get("code") not in wrong, (method, path)


def test_nobody_calls_without_a_session(house):
    for method, path in (row for row, roles in MATRIX.items() if roles != NOBODY_YET):
        answer = house.client.request(method, f"/v1/admin{address(path)}")
        assert (answer.status_code, answer.json()["code"]) == (401, "session.missing"), (method, path)
        as_participant = house.call(method, f"/v1/admin{address(path)}")
        assert (as_participant.status_code, as_participant.json()["code"]) == (401, "session.missing"), (method, path)


def test_a_session_opens_no_route_of_participants(officer):
    browser = officer(*Role)
    refused = browser.client.get("/v1/events")
    assert (refused.status_code, refused.json()["code"]) == (401, "credential.missing")
