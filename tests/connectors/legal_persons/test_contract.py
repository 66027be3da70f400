"""The register's two contracts: alphabetical members on the wire, golden pairs that fit."""

from typing import Any

import jsonschema_rs
import pytest
import yaml
from lxml import etree

from connectors.catalogue import PACKAGE, Example, read_folder
from connectors.legal_persons.companies import BODIES, found
from connectors.soap import SoapCodec
from mappings.identifiers import check_legal_id

CONNECTED = read_folder(PACKAGE / "legal_persons")
CONTRACT = yaml.safe_load((CONNECTED.folder / "contract/latest_info.openapi.yaml").read_text(encoding="utf-8"))
CODEC = SoapCodec(CONNECTED.folder / "contract", "inquiry_special.wsdl")
METHOD = "InquirySpecialByNationalCode"


def fits(name: str, value: Any) -> bool:
    schema = {"$ref": f"#/components/schemas/{name}", "components": CONTRACT["components"]}
    return jsonschema_rs.validator_for(schema).is_valid(value)


@pytest.mark.parametrize("golden", CONNECTED.examples, ids=lambda golden: f"{golden.operation}.{golden.name}")
def test_the_golden_pair_fits_its_contract(golden: Example) -> None:
    if golden.operation == "latest":
        assert fits("Question", golden.native_request)
        assert fits("Answer", golden.native_reply)
        return
    asked = CODEC.encode(METHOD, golden.native_request)
    names = [etree.QName(child).localname for child in asked[0][0]]
    assert names == ["Date", "Name", "NationalCode", "PassWord", "UserName"]
    reply = CODEC.decode(METHOD, CODEC.write_reply(METHOD, golden.native_reply))
    kept = {name: text for name, text in golden.native_reply[f"{METHOD}Result"].items() if text}
    assert reply == {f"{METHOD}Result": kept}


def test_the_bodies_are_synthetic_and_found_by_id_or_name() -> None:
    for body in BODIES:
        if body.legal_id:
            assert check_legal_id(body.legal_id).value.startswith("999")
            assert found(body.legal_id, "") is body
        else:
            assert found("", body.name) is body
    assert found("99900000010", "another name") is BODIES[0]
    assert found("", "") is None
