"""Whatever comes in, only a document, an answer, a verdict or one of our two errors comes out."""

import json
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mappings.canonical import CANONICAL, CanonicalError, FieldError, validate
from mappings.compiler import Mapping, compile_document
from mappings.document import load_document
from mappings.errors import DocumentError, MappingError
from mappings.outcomes import Verdict

DOCUMENT = """
id: fuzz.everything
version: 1
title: {fa: همه چیز, en: Everything}
canonical: {request: Need, answer: PermitPage}
grade: assumed
tables: {state: {open: "1", closed: 2}}
to_native:
  Title: [{path: /title}, fold, {slice: {to: 10}}]
  Kind: [{path: /kind}, {lookup: {table: state, on_unmapped: keep}}]
  Budget: [{path: /budget_rial}, {money: {write: true, commas: true}}]
  Until: [{path: /deadline}, {datetime: {in: iso, out: "jalali:%Y/%m/%d %H:%M"}}]
  Day: [{path: /deadline}, {date: {in: iso, out: jalali-integer}}]
  Text: {concat: [{path: /title}, {path: /unit}], with: " "}
  Rows/0/Legal: [{path: /organisation_legal_id}, {checksum: legal_id}]
from_native:
  total: [{path: /a}, integer]
  page: [{path: /b}, {money: {commas: true}}, {default: 1}]
  per_page: {coalesce: [[{path: /c}, json], {path: /a}, {constant: 21}]}
  permits:
    - {path: /rows}
    - unwrap
    - each:
        request_number: [{path: /n}, text, {pad: {width: 8}}]
        applicant_name: [{path: /n}, {base64: encode}]
        title: [{path: /t}, {split: {by: "-", index: 0}}]
        organisation: [{path: /t}, {join: ","}]
        province: [{path: /t}, {fold: key}]
        township: {when: {path: /n, present: true, then: [{path: /t}, {json: dump}], else: {constant: x}}}
        decided_on: [{path: /d}, {date: {in: "jalali:%Y/%m/%d", out: iso}}]
        state: [{path: /s}, {lookup: {table: state, reverse: true, on_unmapped: default, default: open}}]
outcome:
  code: {coalesce: [{path: /code}, [{path: /$text}, {fold: key}]]}
  text: [{path: /message}, {replace: {a: b}}]
  table: {"00": answered, "1": {refused: fuzz.no}}
"""

KEYS = st.sampled_from(
    [
        *"abcntds",
        "rows",
        "code",
        "message",
        "$text",
        "result",
        "data",
        "title",
        "kind",
        "unit",
        "budget_rial",
        "deadline",
    ]
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(10**400), 10**400)
    | st.floats()
    | st.text()
    | st.text('۰123/-: ,.[]{}"')
    | st.sampled_from(["1405/05/29", "2026-08-20T10:00:00Z", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"])
)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS | st.text(), inner, max_size=6)
)
OBJECTS = st.dictionaries(KEYS, JSON, max_size=8)


def loaded(raw: bytes) -> Mapping | None:
    try:
        return compile_document(load_document(raw, name="fuzz.yaml"))
    except DocumentError as error:
        findings = error.findings
    assert findings
    assert all(finding.line >= 1 and finding.message for finding in findings)
    return None


GOOD = loaded(DOCUMENT.encode())


def exercise(mapping: Mapping | None, message: Any) -> None:
    assert mapping is not None
    assert isinstance(mapping.outcome(message, 200), Verdict)
    for act in (mapping.from_native, lambda value: mapping.to_native(value if isinstance(value, dict) else {})):
        try:
            assert isinstance(act(message), dict)
        except MappingError as error:
            code = error.code
        else:
            code = "mapping."
        assert code.startswith("mapping.")


@settings(deadline=None)
@given(st.binary())
@example(b"\xef\xbb\xbfa: 1")
@example(b"\xff\xfea\x00")
def test_any_bytes_are_a_document_or_a_document_error(raw: bytes) -> None:
    loaded(raw)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_damaged_document_is_still_a_document_or_a_document_error(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(DOCUMENT)))
    end = data.draw(st.integers(start, min(len(DOCUMENT), start + 30)))
    inserted = data.draw(
        st.text(max_size=8) | st.sampled_from(["null", "[]", "{}", "-1", "1.5", "&a", "*a", "\n", "  ", ": "])
    )
    raw = (DOCUMENT[:start] + inserted + DOCUMENT[end:]).encode(errors="surrogatepass")
    mapping = loaded(raw)
    if mapping is not None:
        exercise(mapping, {"a": 1, "rows": [{"n": "1"}]})


@settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.too_slow])
@given(
    section=st.sampled_from(["to_native", "from_native", "outcome", "tables", "tests", "grades", "title"]), value=JSON
)
def test_any_json_in_a_section_is_a_document_or_a_document_error(section: str, value: Any) -> None:
    document: dict[str, Any] = {
        "id": "a.b",
        "version": 1,
        "title": {"fa": "x", "en": "x"},
        "canonical": {"request": "NeedQuery", "answer": "Acknowledgement"},
        "grade": "seen",
        "from_native": {"reference": {"path": "/r"}},
    }
    loaded(json.dumps({**document, section: value}).encode())


@settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.too_slow])
@given(
    step=st.sampled_from(
        [
            "path",
            "constant",
            "default",
            "when",
            "each",
            "concat",
            "coalesce",
            "required",
            "text",
            "integer",
            "decimal",
            "money",
            "fold",
            "digits",
            "pad",
            "slice",
            "split",
            "replace",
            "join",
            "lookup",
            "boolean",
            "present",
            "base64",
            "checksum",
            "date",
            "datetime",
            "unwrap",
            "json",
            "geometry",
            "expr",
            "function",
        ]
    ),
    args=JSON,
    message=JSON,
)
def test_any_arguments_of_any_step_compile_or_are_found(step: str, args: Any, message: Any) -> None:
    pipeline = [{"path": "/r"}, {step: args}]
    document = {
        "id": "a.b",
        "version": 1,
        "title": {"fa": "x", "en": "x"},
        "canonical": {"answer": "Acknowledgement"},
        "grade": "seen",
        "from_native": {"reference": pipeline},
    }
    mapping = loaded(json.dumps(document).encode())
    if mapping is not None:
        exercise(mapping, {"r": message})


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(JSON | OBJECTS)
def test_any_message_ends_in_an_answer_a_verdict_or_a_mapping_error(message: Any) -> None:
    exercise(GOOD, message)


def test_a_very_deep_message_is_refused() -> None:
    deep: Any = "x"
    for _ in range(100_000):
        deep = [deep]
    exercise(GOOD, {"rows": {"n": "1", "t": deep}, "a": deep, "c": deep})
    while isinstance(deep, list):  # taken apart by hand: freeing it at once would recurse
        deep = deep[0]


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(CANONICAL)), JSON | OBJECTS)
def test_any_message_is_canonical_or_a_canonical_error(name: str, message: Any) -> None:
    faults: list[FieldError] = []
    try:
        validate(name, message)
    except CanonicalError as error:
        faults = error.errors
    assert all(fault.message_en and fault.message_fa for fault in faults)
