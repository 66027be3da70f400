"""Every mapping document against the contract of its system, wherever that is an OpenAPI file."""

from dataclasses import replace

import pytest
import yaml

from connectors.catalogue import discover
from mappings.compiler import Mapping
from mappings.contracts import Contract, check_contract, openapi_contract

SUPPLIED = frozenset({"requestId", "sign"})
"""What connectors add to a request by themselves: the number of a call, a signature."""

CONNECTED = discover()
PAIRS = [
    pytest.param(mapping, contract, id=mapping.id)
    for connected in CONNECTED.values()
    for path in sorted((connected.folder / "contract").glob("*.openapi.yaml"))
    for operation, mapping in connected.mappings.items()
    if (contract := openapi_contract(yaml.safe_load(path.read_bytes()), operation)) is not None
]


def test_there_are_contracts_to_check_against() -> None:
    assert len(PAIRS) >= 5


@pytest.mark.parametrize(("mapping", "contract"), PAIRS)
def test_a_document_fits_its_contract(mapping: Mapping, contract: Contract) -> None:
    findings = check_contract(mapping, replace(contract, supplied=SUPPLIED))
    assert list(map(str, findings)) == []
