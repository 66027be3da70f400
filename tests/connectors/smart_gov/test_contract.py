"""The contract file, the mappings and the simulator say the same."""

from typing import Any

import jsonschema_rs
import pytest
import yaml

from connectors.catalogue import PACKAGE, read_folder
from connectors.smart_gov.shelf import STAGES
from mappings.canonical.status import Stage
from mappings.tables.shelf import shipped

FOLDER = PACKAGE / "smart_gov"
CONNECTED = read_folder(FOLDER)
PORTAL = yaml.safe_load((FOLDER / "contract" / "portal.openapi.yaml").read_text(encoding="utf-8"))
SCHEMAS = PORTAL["components"]["schemas"]
BODIES = {
    "push_folder": ("Message", "Delivery"),
    "publish_card": ("Card", "Publication"),
    "upload_usage": ("Usage", "Receipt"),
    "pass_feedback": ("Feedback", "Receipt"),
    "announce_outage": ("Outage", "Receipt"),
}


def complaints(name: str, value: Any) -> list[str]:
    schema = {"$ref": f"#/components/schemas/{name}", "components": PORTAL["components"]}
    return [str(error) for error in jsonschema_rs.Draft202012Validator(schema).iter_errors(value)]


OWN = [example for example in CONNECTED.examples if example.operation in BODIES]


@pytest.mark.parametrize("example", OWN, ids=lambda example: f"{example.operation}.{example.name}")
def test_golden_requests_and_replies_fit_the_contract(example: Any) -> None:
    sent = dict(example.native_request)
    request, reply = BODIES[example.operation]
    if example.operation != "push_folder":
        assert sent.pop("cardCode")  # It travels in the path, and so does a version.
    if example.operation == "publish_card":
        assert isinstance(sent.pop("version"), int)
    assert complaints(request, sent) == []
    assert complaints(reply if example.answer else "Failure", example.native_reply) == []


def test_every_stage_of_the_hub_has_its_word_in_the_folder() -> None:
    table = CONNECTED.mappings["push_folder"].document.tables["stage"]
    assert set(table) == {stage.value for stage in Stage}
    assert set(table.values()) == STAGES == set(SCHEMAS["Message"]["properties"]["stage"]["enum"])


def test_every_refusal_of_the_contract_is_understood() -> None:
    identity = yaml.safe_load((FOLDER / "contract" / "identity.openapi.yaml").read_text(encoding="utf-8"))
    failures = (SCHEMAS["Failure"], identity["components"]["schemas"]["Failure"])
    codes = {code for failure in failures for code in failure["properties"]["code"]["enum"]}
    understood = {
        code for mapping in CONNECTED.mappings.values() for code in mapping.document.outcome.table if code.isupper()
    } | {row.code for row in shipped()["smart_gov.errors"].rows}
    # MALFORMED is our own fault, UNAUTHORIZED is renewed on the way and otherwise judged by its HTTP status.
    assert codes - {"MALFORMED", "UNAUTHORIZED"} == understood - {"DELIVERED", "QUEUED", "UNAUTHORIZED"}


def test_states_of_delivery_are_the_same_everywhere() -> None:
    states = set(SCHEMAS["Delivery"]["properties"]["status"]["enum"])
    assert states <= set(CONNECTED.mappings["push_folder"].document.outcome.table)
