"""The contract files, the mappings and the simulator say the same."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import graphql
import jsonschema_rs
import pytest
import yaml
from starlette.testclient import TestClient

from connectors.catalogue import PACKAGE, read_folder
from connectors.permit_portal import simulator
from connectors.permit_portal.book import DECISIONS
from connectors.permit_portal.data import STATUSES
from connectors.simulation import SimulationContext
from mappings.tables.shelf import shipped

FOLDER = PACKAGE / "permit_portal"
CONNECTED = read_folder(FOLDER)
SCHEMA = graphql.build_schema((FOLDER / "contract" / "read.graphql").read_text(encoding="utf-8"))
ISSUER = yaml.safe_load((FOLDER / "contract" / "issuer.openapi.yaml").read_text(encoding="utf-8"))
QUERIES = sorted((FOLDER / "contract" / "queries").glob("*.graphql"))
ANSWERED = [example for example in CONNECTED.examples if example.answer]


def complaints(name: str, value: Any) -> list[str]:
    schema = {"$ref": f"#/components/schemas/{name}", "components": ISSUER["components"]}
    return [str(error) for error in jsonschema_rs.Draft202012Validator(schema).iter_errors(value)]


@pytest.fixture
def http() -> Iterator[TestClient]:
    now = datetime(2026, 5, 20, 8, 30, tzinfo=UTC)
    context = SimulationContext.fresh("permit_portal", clock=lambda: now, seed=1)
    with TestClient(simulator.create(context)) as client:
        yield client


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
def test_the_queries_fit_the_schema(path: Any) -> None:
    assert graphql.validate(SCHEMA, graphql.parse(path.read_text(encoding="utf-8"))) == []


def selection(kind: Any) -> str:
    """Everything that can be selected of a type, arguments filled with one number."""
    kind = graphql.get_named_type(kind)
    if not isinstance(kind, graphql.GraphQLObjectType):
        return ""
    parts = []
    for name, field in kind.fields.items():
        given = {"id": '(id: "33100001")', "input": '(input: {page: "1", province_id: "33"})'}
        arguments = "".join(given[argument] for argument in field.args)
        parts.append(f"{name}{arguments}{selection(field.type)}")
    return "{" + " ".join(parts) + "}"


def test_the_simulator_serves_the_whole_schema(http: TestClient) -> None:
    query = selection(SCHEMA.query_type)
    assert graphql.validate(SCHEMA, graphql.parse(query)) == []
    answer = http.post("/graphql", json={"query": query}).json()
    assert "errors" not in answer
    # The reference implementation must find the same data valid and complete.
    judged = graphql.graphql_sync(SCHEMA, query, answer["data"])
    assert judged.errors is None
    assert judged.data == answer["data"]


@pytest.mark.parametrize("example", ANSWERED, ids=lambda example: f"{example.operation}.{example.name}")
def test_golden_requests_and_replies_fit_the_contract(example: Any) -> None:
    sent, reply = dict(example.native_request), example.native_reply
    if example.operation in {"search", "details"}:
        path = FOLDER / "contract" / "queries" / f"{example.operation}.graphql"
        judged = graphql.graphql_sync(SCHEMA, path.read_text("utf-8"), reply["data"], variable_values=sent)
        assert judged.errors is None
        assert judged.data == reply["data"]
        return
    if example.operation == "report_decision":
        sent.pop("requestNumber")  # It travels in the path.
        assert complaints("Decision", sent) == []
    assert complaints("Receipt", reply) == []


def test_golden_refusals_fit_the_contract() -> None:
    refusals = [e.native_reply for e in CONNECTED.examples if not e.answer and "code" in e.native_reply]
    assert len(refusals) >= 3
    assert [complaints("Failure", reply) for reply in refusals if complaints("Failure", reply)] == []


def test_states_and_decisions_are_the_same_everywhere() -> None:
    schemas = ISSUER["components"]["schemas"]
    slugs = set(schemas["Slug"]["enum"])
    assert slugs == set(STATUSES)
    assert set(schemas["Decision"]["properties"]["decision"]["enum"]) == set(DECISIONS)
    assert {row.code for row in shipped()["permit_portal.states"].rows} == slugs


def test_every_refusal_of_the_contract_is_understood() -> None:
    known = {"malformed", "decision_not_found"}  # The first is our own fault, the second belongs to the other question.
    codes = set(ISSUER["components"]["schemas"]["Failure"]["properties"]["code"]["enum"])
    understood = set(CONNECTED.mappings["report_decision"].document.outcome.table) - {"recorded"}
    understood |= {row.code for row in shipped()["permit_portal.errors"].rows}
    assert codes - known == understood


def test_examples_are_json_as_people_write_it() -> None:
    for path in (FOLDER / "examples").glob("*.json"):
        text = path.read_text(encoding="utf-8")
        assert text == json.dumps(json.loads(text), ensure_ascii=False, indent=2) + "\n"
