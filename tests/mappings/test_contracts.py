"""Documents against the contract of their system: a finding of each kind, with file, line and suggestion."""

from textwrap import dedent
from typing import Any

import pytest

from mappings.compiler import compile_document
from mappings.contracts import Contract, check_contract, openapi_contract
from mappings.document import load_document

DOCUMENT = dedent("""\
    id: system.operation
    version: 1
    title: {fa: آزمایش, en: Test}
    canonical: {request: PermitSearch, answer: StatusUpdate}
    grade: assumed
    tables: {stage: {approved: "1", rejected: "2"}}
    to_native:
      Title: {path: /title}
      Box/Page: [{path: /page}, text]
      Kind: {constant: open}
      Rows/0/Code: {path: /province_code}
    from_native:
      reference: {path: /Data/Ref}
      stage: [{path: /Data/State}, {lookup: {table: stage, reverse: true}}]
      title_fa: {path: /Data/List/0/Name}
      title_en: {path: /$text}
    outcome: {code: [{path: /Code}, text], table: {"1": answered}}
    """)
OPENAPI = {
    "paths": {
        "/ask": {
            "post": {
                "operationId": "operation",
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Ask"}}}},
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Say"}}}}
                },
            }
        }
    },
    "components": {
        "schemas": {
            "Ask": {
                "type": "object",
                "required": ["Title", "Box"],
                "properties": {
                    "Title": {"type": "string"},
                    "Box": {"type": "object", "required": ["Page"], "properties": {"Page": {"type": "string"}}},
                    "Kind": {"enum": ["open", "closed"]},
                    "Rows": {"type": "array", "items": {"properties": {"Code": {"type": "string"}}}},
                },
            },
            "Say": {"allOf": [{"properties": {"Code": {"type": "string"}}}], "properties": {"Data": {"$ref": "#/x/y"}}},
        }
    },
    "x": {
        "y": {
            "properties": {
                "Ref": {"type": "string"},
                "State": {"enum": ["1", "2"]},
                "List": {"type": "array", "items": {"properties": {"Name": {}}}},
            }
        }
    },
}


def found(document: str = DOCUMENT, schemas: Any = None) -> list[tuple[int, str, str]]:
    contract = openapi_contract({**OPENAPI, **(schemas or {})}, "operation")
    assert contract is not None
    mapping = compile_document(load_document(document.encode(), name="x.yaml"))
    findings = check_contract(mapping, contract)
    assert all(finding.file == "x.yaml" for finding in findings)
    return [(finding.line, finding.code.removeprefix("contract."), finding.suggestion) for finding in findings]


def test_a_document_that_fits_its_contract_has_no_findings() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        ("  Title:", "  Titel:", (8, "unknown_target", "Title")),
        ("  Box/Page:", "  Box/Pag:", (9, "unknown_target", "Page")),
        ("Rows/0/Code", "Rows/0/Cod", (11, "unknown_target", "Code")),
        ("{path: /page}, text", "{path: /page}, integer", (9, "type_mismatch", "")),
        ("constant: open", "constant: opn", (10, "unknown_choice", "open")),
        ("  Box/Page: [{path: /page}, text]\n", "", (7, "uncovered_field", "")),
        ("  Box/Page:", "  Rows/1/Code:", (7, "uncovered_field", "")),
        ("/Data/Ref", "/Data/Reff", (13, "unknown_source", "Ref")),
        ("List/0/Name", "List/0/Nam", (15, "unknown_source", "Name")),
        ("path: /Code", "path: /Cod", (17, "unknown_source", "Code")),
        ('rejected: "2"', 'rejected: "3"', (14, "table_gap", "")),
    ],
)
def test_every_kind_of_finding_has_its_line(old: str, new: str, finding: Any) -> None:
    assert old in DOCUMENT
    assert finding in found(DOCUMENT.replace(old, new, 1))


def test_what_a_contract_leaves_open_is_not_judged() -> None:
    renamed = DOCUMENT.replace("/Data/Ref", "/Data/Reff")
    assert found(renamed, {"x": {"y": {"additionalProperties": True, "properties": {"Ref": {}}}}}) == []
    assert found(renamed, {"x": {"y": {"oneOf": [{"properties": {"A": {}}}]}}}) == []
    assert openapi_contract(OPENAPI, "another") is None


def test_what_the_connector_adds_need_not_be_mapped() -> None:
    mapping = compile_document(load_document(DOCUMENT.encode(), name="x.yaml"))
    schema = {"required": ["sign"], "properties": {name: {} for name in ("Title", "Box", "Kind", "Rows", "sign")}}
    assert [finding.code for finding in check_contract(mapping, Contract(schema))] == ["contract.uncovered_field"]
    assert check_contract(mapping, Contract(schema, supplied=frozenset({"sign"}))) == []
