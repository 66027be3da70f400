"""Each bad input: status, code, where, and that nothing was stored."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from registry import rights
from registry.rights import Right

HUGE = b'{"service": "' + b"x" * (1024 * 1024) + b'"}'
DEEP = b'{"payload":' * 33 + b"1" + b"}" * 33

JSON_RULES: list[tuple[bytes, int, str, str | None, int | None]] = [
    (b"{", 400, "json.malformed", "", 1),
    (b"", 400, "json.malformed", None, None),
    (b'{"a": 1,}', 400, "json.malformed", "", 8),
    (b"[1] [2]", 400, "json.malformed", "", 4),
    (b'{"service": "\xff"}', 400, "json.not_utf8", "", 13),
    (b'{"service": "a", "service": "b"}', 400, "json.duplicate_key", "/service", None),
    (b'{"payload": [{"a/b": {"k": 1, "k": 2}}]}', 400, "json.duplicate_key", "/payload/0/a~1b/k", None),
    (b'{"\\u0061": 1, "a": 2}', 400, "json.duplicate_key", "/a", None),
    (DEEP, 400, "json.too_deep", None, None),
    (b"[" * 100_000, 400, "json.too_deep", None, None),
    (b'"\\"' * 100_000 + b"[" * 33, 400, "json.malformed", "", None),
    (b'{"payload": NaN}', 400, "json.number", None, None),
    (b'{"payload": -Infinity}', 400, "json.number", None, None),
    (b'{"payload": 1e999}', 400, "json.number", None, None),
    (b'{"payload": ' + b"9" * 5000 + b"}", 400, "json.number", None, None),
    (b'{"service": "\\ud800"}', 400, "json.surrogate", None, None),
    (b'{"\\udc00": 1}', 400, "json.surrogate", None, None),
    (HUGE, 413, "body.too_large", None, None),
    (b"[1]", 422, "request.invalid", "", None),
    (b"null", 422, "request.invalid", "", None),
]


def problem(answer: Any, status: int, code: str) -> Any:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["code"] == code
    assert body["status"] == status
    assert answer.headers["traceparent"].split("-")[1] == body["trace_id"]
    return body


@pytest.mark.parametrize(("raw", "status", "code", "pointer", "position"), JSON_RULES)
@pytest.mark.parametrize("path", ["/v1/inquiries", "/v1/cases", "/v1/status", "/v1/subscriptions"])
def test_bodies_that_are_no_good_json(
    house: Any, path: Any, raw: Any, status: Any, code: Any, pointer: Any, position: Any
) -> None:
    before = house.rows()
    answer = house.call("POST", path, content=raw, headers={"Content-Type": "application/json"})
    body = problem(answer, status, code)
    if pointer is not None:
        assert body["errors"][0]["pointer"] == pointer
    if position is not None:
        assert body["errors"][0]["position"] == position
    assert house.rows() == before


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "application/json; charset=latin-1", ""])
def test_another_media_type(house: Any, kind: Any) -> None:
    answer = house.call("POST", "/v1/inquiries", content=b"{}", headers={"Content-Type": kind})
    problem(answer, 415, "body.media_type")


def test_a_compressed_body(house: Any) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    problem(house.call("POST", "/v1/inquiries", content=b"{}", headers=headers), 415, "body.encoding")


def test_a_body_that_grows_past_the_limit_is_refused_before_its_end(house: Any) -> None:
    sent = 0

    def parts() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(100):
            sent += 65_536
            yield b"x" * 65_536

    answer = house.call("POST", "/v1/inquiries", content=parts(), headers={"Content-Type": "application/json"})
    problem(answer, 413, "body.too_large")
    assert answer.headers["connection"] == "close"


def test_a_big_integer_is_good_json(house: Any) -> None:
    body = orjson.dumps(house.inquiry(payload={"n": 1})).replace(b'"n":1', b'"n":' + b"9" * 40)
    answer = house.call("POST", "/v1/inquiries", content=body, headers={"Content-Type": "application/json"})
    assert problem(answer, 422, "payload.invalid")["errors"][0] == {
        "pointer": "/payload/n",
        "code": "field.range",
        "message": "The number is too big.",
    }


INQUIRIES: list[tuple[dict[str, Any], int, str, str | None, str | None, int | None]] = [
    ({"extra": 1}, 422, "request.invalid", "/extra", "field.unknown", None),
    ({"purpose": None}, 422, "request.invalid", "/purpose", "field.missing", None),
    ({"purpose": ""}, 422, "request.invalid", "/purpose", "field.length", None),
    ({"legal_basis": None}, 422, "request.invalid", "/legal_basis", "field.missing", None),
    ({"purpose": True}, 422, "request.invalid", "/purpose", "field.type", None),
    ({"channel": "Z2Z"}, 422, "request.invalid", "/channel", "field.choice", None),
    ({"payload": "x"}, 422, "request.invalid", "/payload", "field.type", None),
    ({"subject": "9990000019"}, 422, "request.invalid", "/subject", "national_id.check_digit", 9),
    ({"subject": "99900000011"}, 422, "request.invalid", "/subject", "legal_id.check_digit", 10),
    ({"subject": "99x0000018"}, 422, "request.invalid", "/subject", "national_id.character", 2),
    ({"service": "nothing.at_all"}, 422, "service.unknown", "/service", "service.unknown", None),
    ({"service": "shadow.identity"}, 403, "service.not_approved", None, None, None),
    ({"service": "building-permit"}, 409, "service.not_callable", None, None, None),
    ({"channel": "E2G"}, 422, "service.channel", "/channel", "service.channel", None),
    ({"purpose": "curiosity"}, 403, "right.purpose", None, None, None),
    ({"legal_basis": "none"}, 403, "right.legal_basis", None, None, None),
    ({"case": "123"}, 422, "code.length", "/case", "code.length", None),
    ({"case": "0500011234567890123A"}, 422, "code.character", "/case", "code.character", 19),
    ({"case": "05000112345678901234"}, 422, "code.check_digits", "/case", "code.check_digits", 18),
    ({"case": "۰۵۰۰ ۰۱۱۲ ۳۴۵۶ ۷۸۹۰ ۱۲۳۴"}, 422, "code.check_digits", "/case", "code.check_digits", 22),
    (
        {"payload": {"national_id": "9990000019", "birth_date": "1990-12-13"}},
        422,
        "payload.invalid",
        "/payload/national_id",
        "national_id.check_digit",
        9,
    ),
    ({"payload": {"national_id": "9990000018"}}, 422, "payload.invalid", "/payload/birth_date", "field.missing", None),
    (
        {"payload": {"national_id": "9990000018", "birth_date": "1990-12-13", "x/y": 1}},
        422,
        "payload.invalid",
        "/payload/x~1y",
        "field.unknown",
        None,
    ),
]


@pytest.mark.parametrize(("changes", "status", "code", "pointer", "field", "position"), INQUIRIES)
def test_inquiries_that_may_not_be_asked(
    house: Any, changes: Any, status: Any, code: Any, pointer: Any, field: Any, position: Any
) -> None:
    before = house.rows()
    body = house.inquiry() | {name: value for name, value in changes.items() if value is not None}
    for name in [name for name, value in changes.items() if value is None]:
        del body[name]
    found = problem(house.call("POST", "/v1/inquiries", json=body, headers={"Idempotency-Key": "k"}), status, code)
    if pointer is not None:
        error = found["errors"][0]
        assert (error["pointer"], error["code"]) == (pointer, field)
        assert error.get("position") == position
    assert house.rows() == before


def test_no_right_and_an_expired_right(house: Any) -> None:
    ended = Right(
        "IR/MUN/shiraz/finance", "civil_registry.identity", ("permit.issue",), ("E-11",), ("*",), None, house.clock()
    )
    house.change(lambda t: rights.put(t, ended))
    before = house.rows()
    problem(house.call("POST", "/v1/inquiries", who="IR/GOV/permits", json=house.inquiry()), 403, "right.missing")
    problem(
        house.call("POST", "/v1/inquiries", who="IR/MUN/shiraz/finance", json=house.inquiry()), 403, "right.expired"
    )
    assert house.rows() == before


@pytest.mark.parametrize("count", [0, 1001])
def test_a_batch_has_one_to_a_thousand(house: Any, count: int) -> None:
    before = house.rows()
    answer = house.call("POST", "/v1/inquiries/batch", json={"inquiries": [house.inquiry()] * count})
    error = problem(answer, 422, "request.invalid")["errors"][0]
    assert (error["pointer"], error["code"]) == ("/inquiries", "field.length")
    assert house.rows() == before


CASES: list[tuple[dict[str, Any], int, str, str, str, int | None]] = [
    ({"applicant": {"national_id": "9990000019"}}, 422, "request.invalid", "/applicant/national_id",
     "national_id.check_digit", 9),
    ({"applicant": {"legal_id": "10380284792"}}, 422, "request.invalid", "/applicant/legal_id",
     "legal_id.check_digit", 10),
    ({"applicant": {}}, 422, "request.invalid", "/applicant", "applicant.one_id", None),
    ({"applicant": {"national_id": "9990000018", "legal_id": "99900000010"}}, 422, "request.invalid", "/applicant",
     "applicant.one_id", None),
    ({"applicant": {"national_id": "9990000018", "mobile": "0812"}}, 422, "request.invalid", "/applicant/mobile",
     "mobile.length", None),
    ({"channel": "G2G"}, 422, "service.channel", "/channel", "service.channel", None),
    ({"lead_agency": "IR/GOV/nobody"}, 422, "participant.unknown", "/lead_agency", "participant.unknown", None),
    ({"aliases": [{"system": "Setad", "value": "1"}]}, 422, "request.invalid", "/aliases/0/system", "field.form", None),
    ({"aliases": [{"system": "setad", "value": 1}]}, 422, "request.invalid", "/aliases/0/value", "field.type", None),
    ({"service": "no-such"}, 422, "service.unknown", "/service", "service.unknown", None),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "status", "code", "pointer", "field", "position"), CASES)
def test_cases_that_may_not_be_opened(
    house: Any, changes: Any, status: Any, code: Any, pointer: Any, field: Any, position: Any
) -> None:
    before = house.rows()
    error = problem(house.call("POST", "/v1/cases", json=house.case(**changes)), status, code)["errors"][0]
    assert (error["pointer"], error["code"], error.get("position")) == (pointer, field, position)
    assert house.rows() == before


def test_an_alias_of_another_case_opens_no_case(house: Any) -> None:
    taken = [{"system": "setad", "value": "1234567890123456"}]
    assert house.call("POST", "/v1/cases", json=house.case(aliases=taken)).status_code == 201
    before = house.rows()
    problem(house.call("POST", "/v1/cases", json=house.case(aliases=taken)), 409, "alias.taken")
    assert house.rows() == before


def test_a_case_of_a_service_without_right(house: Any) -> None:
    before = house.rows()
    answer = house.call("POST", "/v1/cases", who="IR/MUN/shiraz/finance", json=house.case())
    problem(answer, 403, "right.missing")
    assert house.rows() == before


@pytest.mark.parametrize("path", ["/v1/inquiries", "/v1/cases"])
def test_a_used_key_with_another_body(house: Any, path: Any) -> None:
    bodies = {"/v1/inquiries": house.inquiry(), "/v1/cases": house.case()}
    headers = {"Idempotency-Key": "used"}
    assert house.call("POST", path, json=bodies[path], headers=headers).status_code in {201, 202}
    before = house.rows()
    changed = bodies[path] | {"channel": "C2G" if path == "/v1/inquiries" else "B2G"}
    problem(house.call("POST", path, json=changed, headers=headers), 422, "idempotency.clash")
    assert house.rows() == before


@pytest.mark.parametrize("key", ["", "two words", "x" * 201, "\tx"])
def test_a_malformed_key(house: Any, key: Any) -> None:
    before = house.rows()
    answer = house.call("POST", "/v1/inquiries", json=house.inquiry(), headers={"Idempotency-Key": key})
    assert problem(answer, 400, "header.invalid")["errors"][0]["pointer"] == "/header/idempotency-key"
    assert house.rows() == before


@pytest.mark.parametrize(
    ("path", "pointer"), [("/v1/events?limit=0", "/query/limit"), ("/v1/events?cursor=x", "/query/cursor")]
)
def test_bad_query_parameters(house: Any, path: Any, pointer: Any) -> None:
    assert problem(house.call("GET", path), 422, "request.invalid")["errors"][0]["pointer"] == pointer


def test_unknown_address_and_wrong_method(house: Any) -> None:
    problem(house.call("GET", "/v1/nothing"), 404, "route.unknown")
    answer = house.call("PUT", "/v1/cases", json={})
    problem(answer, 405, "method.not_allowed")
    assert answer.headers["allow"] == "POST"
    # The calls that go around FastAPI refuse what the described ones refuse.
    problem(house.call("PUT", "/v1/inquiries", json={}), 405, "method.not_allowed")
    for path in ("/v1/inquiries", "/v1/inquiries/x"):
        assert house.call("HEAD", path).status_code == 405
    problem(house.call("GET", "/v1/inquiries/x/y"), 404, "route.unknown")


def test_a_body_where_none_is_read(house: Any) -> None:
    link = house.call("POST", "/v1/inquiries", json=house.inquiry()).json()["links"]["self"]
    before = house.rows()
    problem(house.call("DELETE", link, json={"really": True}), 400, "body.unexpected")
    assert house.rows() == before
