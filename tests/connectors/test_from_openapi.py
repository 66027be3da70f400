import json
from pathlib import Path
from typing import Any

import pytest

from connectors.auth_profiles import ApiKey
from connectors.contract import Contract, ContractUnusable
from connectors.from_openapi import from_openapi
from connectors.openapi_document import LARGEST, Resolver, read_openapi
from connectors.port import Effect

ARCHIVE = (Path(__file__).parent / "agencies" / "archive.openapi.yaml").read_bytes()


@pytest.fixture(scope="module")
def archive() -> Contract:
    return from_openapi(ARCHIVE)


def document(**paths: Any) -> bytes:
    return json.dumps({"openapi": "3.1.0", "info": {"title": "x", "version": "1"}, "paths": paths}).encode()


def answering(schema: Any) -> dict[str, Any]:
    return {"responses": {"200": {"description": "", "content": {"application/json": {"schema": schema}}}}}


def test_each_method_of_each_path_is_an_operation(archive: Contract) -> None:
    assert [(one.name, one.method, one.path, one.effect) for one in archive.operations] == [
        ("get_file_state", "GET", "/api/v2/files/{number}", Effect.READ),
        ("drop_reservation", "DELETE", "/api/v2/files/{number}", Effect.IDEMPOTENT),
        ("lend_file", "POST", "/api/v2/loans", Effect.ONCE),
        ("get_loans_search", "GET", "/api/v2/loans/search", Effect.READ),
    ]
    assert archive.address == "https://archive.example"
    assert archive.auth == ApiKey(header="X-Archive-Key")
    assert archive.version == "2.1"


def test_a_request_says_what_goes_where(archive: Contract) -> None:
    asked = archive.operation("get_file_state").request
    assert set(asked["properties"]) == {"path", "query", "header"}
    assert asked["required"] == ["path"]
    assert asked["properties"]["query"]["properties"]["withHistory"] == {"type": "boolean"}
    lent = archive.operation("lend_file").request["properties"]["body"]
    # 3.0's `nullable` in the words of JSON Schema, a reference followed.
    assert lent["properties"]["due"]["type"] == ["string", "null"]
    assert lent["properties"]["borrower"]["required"] == ["nationalCode"]


def test_answers_statuses_and_examples(archive: Contract) -> None:
    lend = archive.operation("lend_file")
    assert (lend.successes, lend.refusals) == ((201,), (409,))
    assert lend.answer_example == {"body": {"loanId": "L000017", "state": "LENT"}}
    assert archive.operation("get_file_state").request_example == {"path": {"number": "77-1"}}
    assert archive.operation("drop_reservation").answer["properties"] == {}


def test_what_contains_itself_is_left_open_there(archive: Contract) -> None:
    node = archive.operation("get_loans_search").answer["properties"]["body"]["items"]["properties"]["parent"]
    assert "recursive" in node["properties"]["child"]["$comment"]


def test_what_cannot_be_made_is_noted() -> None:
    image = {"responses": {"200": {"description": "", "content": {"image/png": {}}}}}
    contract = from_openapi(document(**{"/plan": {"get": image}, "/file": {"get": answering({"type": "object"})}}))
    assert [one.path for one in contract.operations] == ["/file"]
    assert contract.notes == ("GET /plan is left out: its answer is no JSON (image/png)",)


def test_two_operations_of_one_name_are_numbered() -> None:
    twice = {"operationId": "find", **answering({})}
    assert [one.name for one in from_openapi(document(**{"/a": {"get": twice}, "/b": {"get": twice}})).operations] == [
        "find",
        "find_2",
    ]


def bomb() -> bytes:
    levels = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    return ("openapi: 3.1.0\na0: &a0 [lol]\n" + "\n".join(levels)).encode()


def doubling() -> bytes:
    """Each schema refers to the next one twice: forty of them would be a million million."""
    schemas: dict[str, Any] = {
        f"s{n}": {
            "type": "object",
            "properties": {side: {"$ref": f"#/components/schemas/s{n + 1}"} for side in ("left", "right")},
        }
        for n in range(40)
    }
    whole = json.loads(document(**{"/a": {"get": answering({"$ref": "#/components/schemas/s0"})}}))
    whole["components"] = {"schemas": schemas | {"s40": {"type": "string"}}}
    return json.dumps(whole).encode()


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"openapi: 2.0.0", "contract.version"),
        (b"swagger: '2.0'", "contract.version"),
        (b"[]", "contract.version"),
        (b"\xff\xfe", "contract.unreadable"),
        (b"openapi: [", "contract.unreadable"),
        (b'{"openapi": "3.1.0", "openapi": "3.1.0"}', "contract.unreadable"),
        (b"openapi: 3.1.0\nopenapi: 3.1.0", "contract.unreadable"),
        (b"openapi: !!python/object/apply:os.system [id]", "contract.unreadable"),
        (bomb(), "contract.bomb"),
        (b"openapi: 3.1.0\na: " + b"[" * 100 + b"]" * 100, "contract.bomb"),
        (b'{"a":' * 100 + b"1" + b"}" * 100, "contract.bomb"),
        (b'{"a":' * 5000 + b"1" + b"}" * 5000, "contract.bomb"),
        (doubling(), "contract.bomb"),
        (b"#" + b" " * LARGEST, "contract.too_large"),
        (document(), "contract.empty"),
        (document(**{"/a": {"$ref": "https://elsewhere.example/a.yaml"}}), "contract.remote_reference"),
        (document(**{"/a": {"get": answering({"$ref": "other.yaml#/X"})}}), "contract.remote_reference"),
        (document(**{"/a": {"get": answering({"$ref": "file:///etc/passwd"})}}), "contract.remote_reference"),
        (document(**{"/a": {"get": answering({"$ref": "#/components/schemas/None"})}}), "contract.reference"),
        (document(**{"/a": {"$ref": "#/paths/~1a"}}), "contract.bomb"),
    ],
)
def test_what_is_refused_is_named(raw: bytes, code: str) -> None:
    with pytest.raises(ContractUnusable) as refused:
        from_openapi(raw)
    assert refused.value.code == code


def test_a_field_called_ref_is_no_reference() -> None:
    schema = {"type": "object", "properties": {"$ref": {"type": "string"}}, "example": {"$ref": "http://a.example"}}
    assert read_openapi(document(**{"/a": {"get": answering(schema)}}))


def test_exclusive_limits_of_the_older_version() -> None:
    resolved = Resolver({}).schema({"type": "integer", "minimum": 0, "exclusiveMinimum": True})
    assert resolved == {"type": "integer", "exclusiveMinimum": 0}


def test_dates_and_numbers_in_keys_stay_text() -> None:
    raw = b"openapi: 3.1.0\npaths: {}\nday: 2026-11-22\nresponses: {200: {}}"
    read = read_openapi(raw)
    assert (read["day"], list(read["responses"])) == ("2026-11-22", ["200"])
