"""The mapping documents of a connector held against its contract files: OpenAPI, and WSDL with its XSD.

What a contract leaves open is not judged. A GraphQL schema says what may be asked for, and the connector's own queries
what is: those are validated by the tests, with a library that the running hub does without.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import yaml

from connectors.catalogue import Connected
from connectors.from_wsdl import from_wsdl
from mappings.contracts import Contract, check_contract, openapi_contract
from mappings.errors import Finding

SUPPLIED: Final = frozenset({"requestId", "sign"})
"""What connectors add to a request by themselves: the number of a call, a signature."""


def contracts_of(connected: Connected) -> dict[str, Contract]:
    """The contract of each operation that a file of the folder describes. Raises ContractUnusable, OSError."""
    return {**dict(_from_openapi(connected)), **dict(_from_wsdl(connected))}


def check_connector(connected: Connected) -> list[Finding]:
    """Everything in the documents that the contract does not bear out. Raises ContractUnusable, OSError."""
    contracts = contracts_of(connected)
    return [
        finding
        for operation, mapping in connected.mappings.items()
        if operation in contracts
        for finding in check_contract(mapping, contracts[operation])
    ]


def _from_openapi(connected: Connected) -> Iterator[tuple[str, Contract]]:
    for path in sorted((connected.folder / "contract").glob("*.openapi.yaml")):
        described: Any = yaml.safe_load(path.read_bytes())
        for operation in connected.mappings:
            found = openapi_contract(described, operation)
            if found is not None:
                yield operation, replace(found, supplied=SUPPLIED)


def _from_wsdl(connected: Connected) -> Iterator[tuple[str, Contract]]:
    manifest = connected.manifest
    if manifest.soap is None:
        return
    folder, _, wsdl = manifest.soap.wsdl.rpartition("/")
    described = {one.soap: one for one in from_wsdl(connected.folder / folder, wsdl).operations}
    for operation, declared in manifest.operations.items():
        found = described.get(declared.soap)
        if operation in connected.mappings and declared.soap is not None and found is not None:
            yield operation, Contract(found.request, [found.answer], supplied=SUPPLIED)
