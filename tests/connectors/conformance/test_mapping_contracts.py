"""Every mapping document against the contract of its system, wherever that is an OpenAPI file or a WSDL."""

from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from connectors.catalogue import discover
from connectors.commands import connectors
from connectors.held import check_connector, contracts_of
from mappings.compiler import compile_document
from mappings.contracts import check_contract
from mappings.document import load_document
from mappings.tables.shelf import shipped

CONNECTED = discover()


def test_there_are_contracts_of_both_kinds_to_check_against() -> None:
    counted = {name: len(contracts_of(connected)) for name, connected in CONNECTED.items()}
    assert sum(counted.values()) >= 10
    assert counted["civil_registry"] >= 1  # Has a WSDL and nothing else.


@pytest.mark.parametrize("name", sorted(CONNECTED))
def test_the_documents_fit_their_contract(name: str) -> None:
    assert list(map(str, check_connector(CONNECTED[name]))) == []


def test_a_name_that_the_wsdl_does_not_have_is_told_with_its_line_and_a_suggestion() -> None:
    connected = CONNECTED["civil_registry"]
    [(operation, contract)] = contracts_of(connected).items()
    text = connected.mappings[operation].document.source.raw.decode()
    assert text.count("  arg4/nin:") == 1
    raw = text.replace("  arg4/nin:", "  arg4/nni:").encode()
    changed = compile_document(load_document(raw, name="changed.yaml"), shipped())
    told = CliRunner().invoke(connectors, ["check", "civil_registry"], obj=SimpleNamespace(catalogue=CONNECTED))
    assert (told.exit_code, told.stdout) == (0, "1 documents held against their contracts, 0 findings\n")
    line = raw[: raw.index(b"arg4/nni")].count(b"\n") + 1
    found = [(one.file, one.line, one.code, one.suggestion) for one in check_contract(changed, contract)]
    assert ("changed.yaml", line, "contract.unknown_target", "nin") in found
