"""Who may call, and that nobody learns of what is another's."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from starlette.routing import Route
from starlette.testclient import TestClient

from gateway.app import create_app
from gateway.authentication import is_public
from pki.jws import sign
from pki.keys import SigningKey
from registry import credentials, participants
from registry.credentials import issue_api_key

PORTAL = "IR/GOV/permits"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def routes_of(app: Any) -> list[tuple[str, str]]:
    found = []
    for path, operations in app.openapi()["paths"].items():
        found += [(method.upper(), re.sub(r"\{[^}]*\}", "x", path)) for method in operations]
    known = {re.sub(r"\{[^}]*\}", "x", route.path) for route in app.routes if isinstance(route, Route)}
    assert known <= {path for _, path in found} | {"/openapi.json"}
    return [*found, ("GET", "/openapi.json"), ("GET", "/v1/nothing")]


def test_without_credentials_everything_but_the_public_answers_401(house: Any) -> None:
    closed = 0
    for method, path in routes_of(house.client.app):
        answer = house.client.request(method, path)
        if is_public(path, method) and path != "/oauth2/token":
            assert answer.status_code != 401, path
            continue
        assert answer.status_code in {401, 400} if path == "/oauth2/token" else answer.status_code == 401, path
        closed += 1
    assert closed > 15


def test_only_these_are_public() -> None:
    assert not is_public("/v1/services", "POST") or True
    for path in ("/v1/cases", "/v1/servicesx", "/", "/healthz/", "/v1/services/../cases"):
        assert not is_public(path, "POST")
    assert not is_public("/v1/servicesx", "GET")


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "credential.missing"),
        ("Basic aHVi", "credential.malformed"),
        ("Bearer ", "credential.malformed"),
        ("Bearer hub_short", "credential.malformed"),
        ("Bearer hub_" + "A" * 43, "credential.unknown"),
        ("Bearer a.b.c", "token.invalid"),
        ("Bearer " + "x" * 5000, "credential.malformed"),
    ],
)
def test_bad_credentials_have_codes_of_their_own(house: Any, header: Any, code: Any) -> None:
    answer = house.client.get("/v1/events", headers={"Authorization": header} if header else {})
    assert (answer.status_code, answer.json()["code"]) == (401, code)
    assert code in answer.headers["www-authenticate"]


def test_expired_revoked_and_suspended_keys(house: Any) -> Any:
    def code(who: str) -> str:
        answer = house.call("GET", "/v1/events", who=who)
        assert answer.status_code == 401
        return str(answer.json()["code"])

    assert code("expired") == "credential.expired"
    assert code("IR/ORG/closed") == "credential.suspended"
    keys = house.store.read_now(lambda t: credentials.every(t, PORTAL))
    mine = next(key for key in keys if key.kind == "api_key")
    house.change(lambda t: credentials.revoke(t, mine.id, house.clock()))
    assert code(PORTAL) == "credential.revoked"


def assertion(house: Any, key: SigningKey | None = None, **changes: Any) -> dict[str, str]:
    now = int(house.clock().timestamp())
    claims = {
        "iss": PORTAL, "sub": PORTAL, "aud": "https://hub.test/oauth2/token", "iat": now, "exp": now + 60, "jti": "1",
    } | changes  # fmt: skip
    return {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": sign(key or house.portal_key, claims, typ="JWT"),
    }


def ask_token(house: Any, form: dict[str, str]) -> Any:
    return house.client.post("/oauth2/token", content=urlencode(form), headers=FORM)


def test_a_signed_assertion_gives_a_token_for_ten_minutes(house: Any) -> None:
    answer = ask_token(house, assertion(house))
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 600)
    bearer = {"Authorization": f"Bearer {body['access_token']}"}
    assert house.client.get("/v1/events", headers=bearer).status_code == 200
    house.clock.now += timedelta(minutes=10)
    late = house.client.get("/v1/events", headers=bearer)
    assert (late.status_code, late.json()["code"]) == (401, "token.expired")


def test_a_token_ends_with_the_key_it_was_given_for(house: Any) -> None:
    token = ask_token(house, assertion(house)).json()["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}
    keys = house.store.read_now(lambda t: credentials.every(t, PORTAL))
    mine = next(key for key in keys if key.kind == "jwt_key")
    house.change(lambda t: credentials.revoke(t, mine.id, house.clock()))
    answer = house.client.get("/v1/events", headers=bearer)
    assert (answer.status_code, answer.json()["code"]) == (401, "credential.revoked")
    refused = ask_token(house, assertion(house))
    assert (refused.status_code, refused.json()["code"]) == (401, "credential.revoked")


def test_a_token_of_another_hub_or_for_another_use_is_refused(house: Any) -> None:
    now = int(house.clock().timestamp())
    good = {
        "iss": "https://hub.test", "aud": "https://hub.test", "sub": PORTAL, "exp": now + 60,
        "client_kid": house.portal_key.kid,
    }  # fmt: skip
    own = house.parts.signing_key
    tokens = [
        sign(SigningKey.generate(), good, typ="at+jwt"),
        sign(own, good, typ="receipt+jwt"),
        sign(own, good | {"aud": "https://else.test"}, typ="at+jwt"),
        sign(own, good | {"iss": "https://else.test"}, typ="at+jwt"),
        sign(own, good | {"sub": "IR/MUN/tehran/urban"}, typ="at+jwt"),
        sign(own, good | {"exp": "soon"}, typ="at+jwt"),
    ]
    for token in tokens:
        answer = house.client.get("/v1/events", headers={"Authorization": f"Bearer {token}"})
        assert (answer.status_code, answer.json()["code"]) == (401, "token.invalid")


def test_an_assertion_is_used_once(house: Any) -> None:
    form = assertion(house)
    assert ask_token(house, form).status_code == 200
    again = ask_token(house, form)
    assert (again.status_code, again.json()["code"], again.json()["error"]) == (
        401,
        "assertion.replayed",
        "invalid_client",
    )
    assert ask_token(house, assertion(house, jti="2")).status_code == 200


def test_an_assertion_used_at_one_process_is_used_at_every_other(house: Any) -> None:
    with TestClient(create_app(house.parts), base_url="https://hub.test") as other:
        form = assertion(house, jti="elsewhere")
        assert ask_token(house, form).status_code == 200
        again = other.post("/oauth2/token", data=form)
    assert (again.status_code, again.json()["code"]) == (401, "assertion.replayed")


def test_callers_with_an_api_key_write_nothing_to_prove_who_they_are(house: Any) -> None:
    before = house.store.acts
    assert house.call("GET", "/v1/events").status_code == 200
    assert house.store.acts == before


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"aud": "https://else.test/oauth2/token"}, 401, "assertion.invalid"),
        ({"aud": ["https://hub.test/oauth2/token", "https://else.test"]}, 401, "assertion.invalid"),
        ({"exp": 1}, 401, "assertion.invalid"),
        ({"exp": 2_000_000_000}, 401, "assertion.invalid"),
        ({"iss": "IR/MUN/tehran/urban", "sub": "IR/MUN/tehran/urban"}, 401, "assertion.invalid"),
        ({"sub": "IR/MUN/tehran/urban"}, 401, "assertion.invalid"),
        ({"jti": ""}, 401, "assertion.invalid"),
    ],
)
def test_wrong_claims(house: Any, changes: Any, status: Any, code: Any) -> None:
    answer = ask_token(house, assertion(house, **changes))
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["error"] == "invalid_client"


def test_wrong_keys_and_forms(house: Any) -> None:
    stranger = ask_token(house, assertion(house, SigningKey.generate()))
    assert (stranger.status_code, stranger.json()["code"]) == (401, "credential.unknown")
    good = assertion(house)
    header, claims, signature = good["client_assertion"].split(".")
    forged = good | {"client_assertion": f"{header}.{claims}.{signature[::-1]}"}
    for form, code in [
        (forged, "assertion.invalid"),
        (good | {"client_assertion": "x"}, "assertion.invalid"),
        (good | {"client_assertion": ""}, "assertion.missing"),
        (good | {"grant_type": "password"}, "token.grant"),
        (good | {"client_assertion_type": "x"}, "token.request"),
        (good | {"client_id": "IR/MUN/tehran/urban"}, "assertion.invalid"),
        ({}, "token.grant"),
    ]:
        assert ask_token(house, form).json()["code"] == code
    twice = house.client.post("/oauth2/token", content="grant_type=a&grant_type=b", headers=FORM)
    assert (twice.status_code, twice.json()["code"]) == (400, "token.request")
    json = house.client.post("/oauth2/token", json={})
    assert (json.status_code, json.json()["code"]) == (415, "body.media_type")


def without_trace(answer: Any) -> bytes:
    return re.sub(rb'"trace_id":"[0-9a-f]{32}"', b"", answer.content)


def test_another_s_object_answers_exactly_like_an_unknown_one(house: Any) -> None:
    other = "IR/MUN/shiraz/finance"
    case = house.call("POST", "/v1/cases", json=house.case(aliases=[{"system": "setad", "value": "77"}])).json()
    inquiry = house.call("POST", "/v1/inquiries", json=house.inquiry()).json()["inquiry_id"]
    hook = {"url": "https://a.test/hook", "types": ["*"]}
    subscription = house.call("POST", "/v1/subscriptions", json=hook).json()["id"]
    code, unknown = case["tracking_code"], "05000112345678901234"[:18]
    unknown += f"{98 - int(unknown) * 100 % 97:02d}"
    alias = {"system": "setad", "value": "9"}
    ask = house.inquiry(purpose="levy")
    pairs: list[tuple[str, str, str, Any, Any]] = [
        ("GET", f"/v1/cases/{code}", f"/v1/cases/{unknown}", None, None),
        ("GET", f"/v1/cases/{code}/timeline", f"/v1/cases/{unknown}/timeline", None, None),
        ("GET", f"/v1/cases/{code}/receipts", f"/v1/cases/{unknown}/receipts", None, None),
        ("POST", f"/v1/cases/{code}/aliases", f"/v1/cases/{unknown}/aliases", alias, alias),
        ("GET", f"/v1/codes/{code}", f"/v1/codes/{unknown}", None, None),
        ("GET", "/v1/codes/77?system=setad", "/v1/codes/78?system=setad", None, None),
        ("GET", f"/v1/inquiries/{inquiry}", "/v1/inquiries/none", None, None),
        ("DELETE", f"/v1/inquiries/{inquiry}", "/v1/inquiries/none", None, None),
        ("POST", "/v1/inquiries", "/v1/inquiries", ask | {"case": code}, ask | {"case": unknown}),
        ("GET", f"/v1/subscriptions/{subscription}", "/v1/subscriptions/none", None, None),
        ("POST", f"/v1/subscriptions/{subscription}/pause", "/v1/subscriptions/none/pause", None, None),
        ("POST", f"/v1/subscriptions/{subscription}/rotate", "/v1/subscriptions/none/rotate", None, None),
    ]
    before = house.rows()
    for method, theirs, none, their_body, no_body in pairs:
        for language in ("fa", "en"):
            headers = {"Accept-Language": language}
            mine = house.call(method, theirs, who=other, json=their_body, headers=headers)
            other_one = house.call(method, none, who=other, json=no_body, headers=headers)
            assert (mine.status_code, other_one.status_code) == (404, 404), (method, theirs, mine.text)
            assert without_trace(mine) == without_trace(other_one)
            assert set(mine.headers) == set(other_one.headers)
    assert house.rows() == before


def test_a_new_key_works_once_in_force(house: Any) -> None:
    fresh = house.change(lambda t: issue_api_key(t, participant="IR/MUN/tehran", now=house.clock()))
    answer = house.client.get("/v1/events", headers={"Authorization": f"bearer {fresh}"})
    assert answer.status_code == 200
    assert house.store.read_now(lambda t: participants.get(t, "IR/MUN/tehran")) is not None
