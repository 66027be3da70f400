"""The OpenAPI description: it builds, names every problem, and the running gateway keeps to it."""

import re
from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from gateway.problems import PROBLEMS

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
ROOM = Path(__file__).parents[2] / "gateway"


def test_the_description_builds_and_is_public(house: Any) -> None:
    document = house.client.get("/openapi.json").json()
    assert document["openapi"].startswith("3.")
    assert {"/v1/cases", "/v1/inquiries/batch", "/v1/status", "/oauth2/token"} <= document["paths"].keys()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation["summary"], (method, path)
            assert "security" in operation, (method, path)


def test_every_problem_is_documented_where_it_can_happen(house: Any) -> None:
    document = house.client.get("/openapi.json").json()
    shown = {
        code
        for operations in document["paths"].values()
        for operation in operations.values()
        for answer in operation["responses"].values()
        for code in answer.get("x-problem-codes", ())
    }
    faults = {"soap.malformed", "soap.not_understood", "signature.invalid"}  # Only the SOAP face has these.
    results = {"inquiry.not_parked"}  # Only single results of a list have these.
    assert PROBLEMS.keys() - shown == {"route.unknown", "method.not_allowed", *faults, *results}
    assert document["components"]["schemas"]["Problem"]["properties"]["code"]["enum"] == sorted(PROBLEMS)


def test_every_problem_raised_is_in_the_table() -> None:
    sources = [path.read_text() for path in ROOM.rglob("*.py")]
    raised = {code for text in sources for code in re.findall(r'(?:Problem|_refused)\(\s*"([a-z_.0-9]+)"', text)}
    assert raised
    assert raised <= PROBLEMS.keys()


def test_every_problem_of_the_table_can_happen() -> None:
    told = {ROOM / "problems.py", ROOM / "documentation.py"}
    rooms = [ROOM, ROOM.parent / "broker", ROOM.parent / "registry"]
    text = "".join(path.read_text() for room in rooms for path in room.rglob("*.py") if path not in told)
    assert [code for code in PROBLEMS if f'"{code}"' not in text and not code.startswith("right.")] == []


def test_titles_are_in_both_languages() -> None:
    for kind in PROBLEMS.values():
        assert re.search(r"[\u0600-\u06ff]", kind.fa)
        assert kind.en.isascii()


def test_no_request_the_description_allows_breaks_the_gateway(house: Any) -> None:
    """Also: every answer has a status, a media type and a shape that the description names."""
    described = schemathesis.openapi.from_asgi("/openapi.json", house.client.app)
    operations = [found.ok() for found in described.get_all_operations()]
    assert len(operations) > 20
    for operation in operations:
        _exercise(house, operation)


def _exercise(house: Any, operation: Any) -> None:
    @settings(max_examples=12, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy())
    def answers(case: Any) -> None:
        case.headers["Authorization"] = f"Bearer {house.keys['IR/GOV/permits']}"
        case.call_and_validate(checks=CHECKS)

    answers()
