"""The golden pairs fit the written contract, and the contract names every operation."""

from typing import Any

import jsonschema_rs
import pytest
import yaml

from connectors.catalogue import PACKAGE, Example, read_folder

CONNECTED = read_folder(PACKAGE / "land_window")
CONTRACT = yaml.safe_load((CONNECTED.folder / "contract" / "window.openapi.yaml").read_text(encoding="utf-8"))
SCHEMAS = {
    "parcel_geometry": ("EstateRequest", "EstateReply"),
    "answer_inquiry": ("OrganAnswer", "AnswerReply"),
    "answer_by_reference": ("OrganAnswerQuery", "OrganAnswerReply"),
    "inquiry_state": ("StateQuery", "StateReply"),
}


def fits(name: str, value: Any) -> bool:
    schema = {"$ref": f"#/components/schemas/{name}", "components": CONTRACT["components"]}
    return jsonschema_rs.validator_for(schema).is_valid(value)


@pytest.mark.parametrize("golden", CONNECTED.examples, ids=lambda golden: f"{golden.operation}.{golden.name}")
def test_the_golden_pair_fits_the_contract(golden: Example) -> None:
    asked, answered = SCHEMAS[golden.operation]
    assert fits(asked, golden.native_request)
    reply = {name: value for name, value in golden.native_reply.items() if not name.startswith("$")}
    assert fits(answered, reply) or "$text" in golden.native_reply


def test_the_contract_names_every_operation_at_its_path() -> None:
    written = {call["operationId"]: path for path, calls in CONTRACT["paths"].items() for call in calls.values()}
    declared = {
        name: operation.http.path for name, operation in CONNECTED.manifest.operations.items() if operation.http
    }
    assert written == declared


def test_a_plaque_as_text_is_outside_the_contract() -> None:
    golden = next(example for example in CONNECTED.examples if example.operation == "parcel_geometry")
    assert not fits("EstateRequest", {**golden.native_request, "PlakOrginal": "84"})
