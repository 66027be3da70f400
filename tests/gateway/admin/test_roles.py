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


@pytest.mark.parametrize(("method", "path"), MATRIX)
def test_each_role_may_call_what_the_table_says(officer, method, path):
    for role in Role:
        answer = officer(role).call(method, address(path), {} if method == "POST" else None)
        if MATRIX[method, path] != NOBODY_YET and role not in MATRIX[method, path]:
            assert (answer.status_code, answer.json()["code"]) == (403, "role.missing")
        elif answer.headers["content-type"].startswith("text/event-stream"):
            assert answer.text.startswith("event: ")
        else:
            assert answer.status_code < 500
            assert answer.json().get("code") not in {"role.missing", "session.missing", "session.forged"}


@pytest.mark.parametrize(("method", "path"), [row for row, roles in MATRIX.items() if roles != NOBODY_YET])
def test_nobody_calls_without_a_session(house, method, path):
    answer = house.client.request(method, f"/v1/admin{address(path)}")
    assert (answer.status_code, answer.json()["code"]) == (401, "session.missing")
    as_participant = house.call(method, f"/v1/admin{address(path)}")
    assert (as_participant.status_code, as_participant.json()["code"]) == (401, "session.missing")


def test_a_session_opens_no_route_of_participants(officer):
    browser = officer(*Role)
    refused = browser.client.get("/v1/events")
    assert (refused.status_code, refused.json()["code"]) == (401, "credential.missing")
