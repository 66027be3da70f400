"""What is found in pipelines before any message has come: a case of each kind, with its line."""

from textwrap import dedent
from typing import Any

import pytest

from mappings.compiler import compile_document
from mappings.document import load_document
from mappings.errors import DocumentError

DOCUMENT = dedent("""\
    id: smart_gov.publish_card
    version: 1
    title: {fa: انتشار, en: Publish}
    canonical: {request: ServiceCard, answer: ServiceCard}
    grade: assumed
    tables: {kind: {sovereign: 1, supportive: 2, delegable: 3}}
    to_native:
      Kind: [{path: /kind}, {lookup: {table: kind}}]
      Place: {when: {path: /electronic, is: in_person, then: {constant: 1}, else: {constant: 0}}}
      Visit: {when: {path: /attendance, is: true, then: {constant: 1}, else: {constant: 0}}}
      Basis: [{path: /legal_basis}, {join: ","}]
      Steps: [{path: /steps}, {each: {Title: {path: /title_fa}}}]
      Note: [{path: /fee/tariff}, {default: "-"}]
    """)
ANSWER = dedent("""\
    id: smart_gov.card
    version: 1
    title: {fa: شناسنامه, en: Card}
    canonical: {answer: Publication}
    grade: assumed
    from_native:
      card_code: [{path: /code}, text]
      version: [{path: /version}, integer]
      published_at: [{path: /at}, {datetime: {in: "jalali:%Y/%m/%d", out: iso}}]
    """)


def found(text: str) -> list[tuple[int, str, str]]:
    try:
        compile_document(load_document(text.encode(), name="x.yaml"))
    except DocumentError as error:
        return [(fault.line, fault.code.removeprefix("document."), fault.suggestion) for fault in error.findings]
    return []


def test_good_documents_have_no_findings() -> None:
    assert found(DOCUMENT) == []
    assert found(ANSWER) == []


@pytest.mark.parametrize(
    ("text", "old", "new", "finding"),
    [
        (DOCUMENT, "supportive: 2", "suportive: 2", (8, "table_gap", "suportive")),
        (DOCUMENT, "is: in_person", "is: inperson", (9, "unreachable_branch", "in_person")),
        (DOCUMENT, "is: in_person", "in: [semi, inperson]", (9, "unreachable_branch", "in_person")),
        (DOCUMENT, "is: true", "is: 1", (10, "unreachable_branch", "")),
        (DOCUMENT, '{join: ","}', "fold", (11, "type_mismatch", "each")),
        (DOCUMENT, "{path: /steps}", "{path: /title_fa}", (12, "type_mismatch", "")),
        (DOCUMENT, "{path: /fee/tariff}", "{path: /fee}, text", (13, "type_mismatch", "")),
        (DOCUMENT, "{path: /fee/tariff}", "{path: /attendance}, integer", (13, "type_mismatch", "")),
        (DOCUMENT, '{default: "-"}', "{coalesce: [[{path: /code}, required], text]}", (13, "unreachable_step", "")),
        (DOCUMENT, '{default: "-"}', "{coalesce: [text, {constant: a}]}, {default: b}", (13, "unreachable_step", "")),
        (ANSWER, "{path: /code}, text", "{path: /code}, integer", (7, "type_mismatch", "text")),
        (ANSWER, "{path: /version}, integer", "{path: /version}, text", (8, "type_mismatch", "integer")),
        (ANSWER, "/version}, integer", '/version}, integer, {default: "1"}', (8, "type_mismatch", "integer")),
        (ANSWER, "out: iso", "out: jalali-integer", (9, "type_mismatch", "text")),
        (ANSWER, "{path: /code}, text", "{path: /code}, {when: {present: true, then: text, else: {constant: 5}}}",
         (7, "type_mismatch", "text")),
        (ANSWER, "  version:", "  " + "/".join(["version"] * 50) + ":", (8, "target", "")),
    ],
)  # fmt: skip
def test_every_kind_of_finding_has_its_line(text: str, old: str, new: str, finding: Any) -> None:
    assert old in text
    assert finding in found(text.replace(old, new, 1))
