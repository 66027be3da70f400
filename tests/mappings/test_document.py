import hashlib
from textwrap import dedent
from typing import Any

import pytest

from mappings.compiler import compile_document
from mappings.document import load_document
from mappings.errors import DocumentError

GOOD = dedent("""\
    id: land_window.answer_inquiry
    version: 1
    title: {fa: پاسخ استعلام ماده ۶, en: Answer an article-6 inquiry}
    canonical: {request: ArticleSixAnswer, answer: Acknowledgement}
    grade: seen
    grades: {to_native/Map: assumed}
    tables:
      response: {agree: "1", oppose: "2"}
    to_native:
      RequestNo: {path: /request_number}
      ResponseType: [{path: /response}, {lookup: {table: response}}]
      ResponseDate: [{path: /responded_on}, {date: {in: iso, out: "jalali:%Y/%m/%d"}}]
      Map: {path: /map_url}
    from_native:
      reference: {path: /Data/TrackingCode}
    outcome:
      code: [{path: /ResCode}, text]
      table:
        "00": answered
    tests:
      - {name: unknown, outcome: {given: {ResCode: "77"}, expect: {kind: broken}}}
    """)


def found(text: str) -> list[tuple[int, str, str]]:
    with pytest.raises(DocumentError) as caught:
        compile_document(load_document(text.encode(), name="x.yaml"))
    return [(fault.line, fault.code.removeprefix("document."), fault.suggestion) for fault in caught.value.findings]


def test_a_good_document_is_loaded_with_its_hash() -> None:
    document = load_document(GOOD.encode(), name="x.yaml")
    assert document.content_hash == hashlib.sha256(GOOD.encode()).hexdigest()
    assert document.grade_of("to_native/Map") == "assumed"
    assert document.grade_of("to_native/RequestNo") == "seen"
    assert compile_document(document).content_hash == document.content_hash


@pytest.mark.parametrize(
    ("old", "new", "line", "code", "suggestion"),
    [
        ("/request_number", "/request_numbr", 10, "unknown_path", "request_number"),
        ("/request_number", "/response/x", 10, "unknown_path", ""),
        ("/request_number", "request_number", 10, "path", ""),
        ("/request_number", "/$context/refrence", 10, "unknown_path", "reference"),
        ("table: response", "table: respons", 11, "unknown_table", "response"),
        ("table: response", "tabel: response", 11, "step", ""),
        ("lookup:", "lokup:", 11, "unknown_step", "lookup"),
        ("%Y/%m/%d", "%Y/%m/%q", 12, "date_form", ""),
        ("in: iso", "in: isoo", 12, "date_form", ""),
        ("  reference:", "  refrence:", 15, "unknown_target", "reference"),
        ("reference: {", "recorded_at: {", 14, "uncovered_field", ""),
        ("ArticleSixAnswer", "ArticleSevenAnswer", 4, "unknown_model", "ArticleSixAnswer"),
        ("to_native/Map", "to_native/Mapp", 6, "unknown_field", "to_native/Map"),
        ("grade: seen", "grade: guessed", 5, "value", ""),
        ("version: 1", "version: 0", 2, "value", ""),
        ("version: 1", "verson: 1", 2, "unknown_key", "version"),
        ("id: land_window.answer_inquiry", "id: Land Window", 1, "id", ""),
        ("answered", "answred", 19, "outcome", "answered"),
        ("  code: [", "  cod: [", 16, "missing_key", ""),
        ("expect:", "expct:", 21, "unknown_key", "expect"),
        (", expect: {kind: broken}", "", 21, "test", ""),
        ('agree: "1"', 'agree: "2"', 0, "none", ""),
        ("[{path: /response}, {lookup", "[{path: /response}, {constant: 1}, {lookup", 11, "unreachable_step", ""),
        ("{path: /map_url}", "[{constant: 1}, {default: 2}]", 13, "unreachable_step", ""),
        ("{path: /map_url}", "{coalesce: [{constant: 1}, {path: /map_url}]}", 13, "unreachable_step", ""),
        ("{path: /map_url}", "{constant: 1.5}", 13, "fraction", ""),
        ("{path: /map_url}", "[]", 13, "step", ""),
        ("{path: /map_url}", "{path: /map_url, text: 1}", 13, "step", ""),
        ("{path: /map_url}", "5", 13, "step", ""),
        ("Map: {path: /map_url}", "RequestNo/Map: {path: /map_url}", 6, "unknown_field", "to_native/RequestNo/Map"),
        ("Map: {path", "/Map: {path", 6, "unknown_field", "to_native//Map"),
    ],
)
def test_every_fault_has_its_line_and_a_suggestion(old: Any, new: Any, line: int, code: str, suggestion: str) -> None:
    assert old in GOOD
    changed = GOOD.replace(old, new, 1)
    if code == "none":
        compile_document(load_document(changed.encode(), name="x.yaml"))
        return
    assert (line, code, suggestion) in found(changed)


def test_all_faults_are_told_at_once() -> None:
    changed = GOOD.replace("/request_number", "/x").replace("/responded_on", "/y").replace("  reference:", "  z:")
    assert len(found(changed)) == 4


def test_a_whole_with_a_wrong_part_is_not_called_uncovered_as_well() -> None:
    changed = GOOD.replace("  reference:", "  reference/inner:")
    assert [code for _, code, _ in found(changed)] == ["unknown_target"]


def test_a_target_cannot_be_a_part_and_the_whole() -> None:
    changed = GOOD.replace("  Map:", "  RequestNo/Inner:").replace("to_native/Map", "to_native/RequestNo")
    assert [code for _, code, _ in found(changed)] == ["target_conflict"]


def test_a_table_with_two_equal_codes_cannot_be_reversed() -> None:
    changed = GOOD.replace('oppose: "2"', "oppose: 1").replace("table: response", "table: response, reverse: true")
    assert "table_ambiguous" in [code for _, code, _ in found(changed)]


def test_a_word_that_the_answer_does_not_allow_is_found() -> None:
    text = dedent("""\
        id: a.status
        version: 1
        title: {fa: ا, en: a}
        canonical: {answer: StatusUpdate}
        grade: assumed
        tables: {stage: {approved: "1", rejectd: "2"}}
        from_native:
          reference: {path: /r}
          stage: [{path: /s}, {lookup: {table: stage, reverse: true}}]
          title_fa: {path: /t}
          title_en: {path: /t}
        """)
    assert found(text) == [(9, "unknown_choice", "rejected")]
    assert compile_document(load_document(text.replace("rejectd", "rejected").encode(), name="x"))


def test_a_table_of_an_answers_words_is_read_backwards_by_itself(make: Any) -> None:
    parts = {"reference": {"path": "/r"}, "title_fa": {"path": "/s"}, "title_en": {"path": "/s"}}
    for table in ({"approved": "1", "rejected": "2"}, {"1": "approved", "2": "rejected"}):
        mapping = make(
            canonical={"answer": "StatusUpdate"},
            tables={"stage": table},
            from_native={**parts, "stage": [{"path": "/s"}, {"lookup": {"table": "stage"}}]},
        )
        assert mapping.from_native({"r": "1", "s": "2"})["stage"] == "rejected"


def test_shared_tables_are_given_to_the_compiler(make: Any, faults: Any) -> None:
    parts = {"from_native": {"reference": [{"path": "/r"}, {"lookup": {"table": "shared"}}]}}
    assert make({"shared": {"a": "b"}}, **parts).from_native({"r": "a"}) == {"reference": "b"}
    assert [fault.suggestion for fault in faults({"shard": {"a": "b"}}, **parts)] == ["shard"]


@pytest.mark.parametrize("raw", [b"", b"5", b"[]", b"text", b"null"])
def test_what_is_no_document(raw: bytes) -> None:
    with pytest.raises(DocumentError) as caught:
        load_document(raw, name="x.yaml")
    assert caught.value.findings[0].code == "document.empty"


def test_two_tests_need_two_names() -> None:
    line = '  - {name: unknown, outcome: {given: {ResCode: "77"}, expect: {kind: broken}}}\n'
    assert (22, "test_name", "") in found(GOOD + line)


def test_a_finding_reads_like_a_compiler_message() -> None:
    with pytest.raises(DocumentError) as caught:
        load_document(GOOD.replace("lookup:", "lokup:").encode(), name="x.yaml")
    assert str(caught.value) == "x.yaml:11: no step 'lokup' (did you mean 'lookup'?) [document.unknown_step]"


def test_a_document_full_of_faults_is_not_read_to_its_end() -> None:
    steps = "[" + "lokup, " * 30_000 + "text]"
    assert len(found(GOOD.replace("{path: /Data/TrackingCode}", steps))) == 100
    assert len(found(GOOD + "".join(f"vrsion{number}: 1\n" for number in range(10_000)))) == 100
