"""The golden pairs fit the written contracts of both faces."""

from datetime import date
from typing import Any

import jsonschema_rs
import pytest
import yaml

from connectors.catalogue import PACKAGE, Example, read_folder
from connectors.setad.notices import population
from connectors.soap import MessageInvalid, SoapCodec

CONNECTED = read_folder(PACKAGE / "setad")
CONTRACT = CONNECTED.folder / "contract"
BOARD = yaml.safe_load((CONTRACT / "central_board.openapi.yaml").read_text(encoding="utf-8"))
CODEC = SoapCodec(CONTRACT, "needs.wsdl")
OF_BOARD = [golden for golden in CONNECTED.examples if golden.operation == "list_notices"]
OF_GRID = [golden for golden in CONNECTED.examples if golden.operation == "list_grid"]
SIGNED = [golden for golden in CONNECTED.examples if CONNECTED.manifest.operations[golden.operation].soap]


def fits(name: str, value: Any) -> bool:
    schema = {"$ref": f"#/components/schemas/{name}", "components": BOARD["components"]}
    return jsonschema_rs.validator_for(schema).is_valid(value)


@pytest.mark.parametrize("golden", OF_BOARD, ids=lambda golden: golden.name)
def test_a_page_fits_the_contract(golden: Example) -> None:
    reply = {name: value for name, value in golden.native_reply.items() if not name.startswith("$")}
    assert fits("Page" if golden.answer else "Error", reply)


@pytest.mark.parametrize("golden", OF_BOARD, ids=lambda golden: golden.name)
def test_a_query_uses_the_names_of_the_contract(golden: Example) -> None:
    parameters = BOARD["paths"]["/api/centralboard/cards/"]["get"]["parameters"]
    assert set(golden.native_request) == {parameter["name"] for parameter in parameters}


@pytest.mark.parametrize("golden", OF_GRID, ids=lambda golden: golden.name)
def test_the_second_list_fits_the_contract(golden: Example) -> None:
    reply = {name: value for name, value in golden.native_reply.items() if not name.startswith("$")}
    assert fits("Grid" if golden.answer else "Error", reply)
    parameters = {one["name"] for one in BOARD["paths"]["/centralboard/grid"]["get"]["parameters"]}
    assert set(golden.native_request) | {"csrf_token"} == parameters


def test_every_made_up_card_fits_the_contract() -> None:
    assert all(fits("Card", notice.card) for notice in population(date(2026, 8, 20)))


def test_a_number_as_a_number_is_outside_the_contract() -> None:
    assert not fits("Card", {**population(date(2026, 8, 20))[1].card, "number": 1105990000000002})


@pytest.mark.parametrize("golden", SIGNED, ids=lambda golden: f"{golden.operation}.{golden.name}")
def test_a_signed_question_fits_the_schema(golden: Example) -> None:
    name = CONNECTED.manifest.operations[golden.operation].soap
    assert name is not None
    assert len(CODEC.encode(name, golden.native_request)) == 1


@pytest.mark.parametrize(
    "wrong", [{"orgLegalId": "123"}, {"needType": "1433"}, {"quantity": 0}, {"jalaliSendDeadlineDate": "2030-01-20"}]
)
def test_the_schema_refuses(wrong: dict[str, Any]) -> None:
    golden = next(example for example in SIGNED if example.operation == "publish_need")
    with pytest.raises(MessageInvalid):
        CODEC.encode("PublishNeed", {**golden.native_request, **wrong})
