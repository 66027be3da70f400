"""What a new folder is given for one operation: canonical types, a mapping document, golden examples.

Everything is a beginning to be edited. The examples are run through the very document that is written, so that they
hold when the folder is read for the first time.
"""

import json
import random as _random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import yaml

from connectors.contract import ContractOperation
from connectors.contract_replies import UNKNOWN, example_reply, example_request
from connectors.port import Effect
from connectors.schema_sample import kind_of, sample
from connectors.translation import Field, fields_of, from_native, lifted, schema_for, to_native
from mappings.canonical import adopt, validate
from mappings.canonical.reading import CanonicalError
from mappings.compiler import Mapping as Document
from mappings.compiler import compile_document
from mappings.document import load_document
from mappings.errors import MappingError

_PERSIAN: Final = re.compile(r"[\u0600-\u06ff]")
_NOT_FOUND: Final = 404
_CREDENTIALS: Final = (401, 403)
_TOO_MANY: Final = 429


@dataclass(frozen=True, slots=True)
class Skeleton:
    """The files of one operation, relative to the folder, and what a person should know of them."""

    operation: ContractOperation
    request: str
    answer: str
    files: Mapping[str, bytes]
    notes: tuple[str, ...]


class _Plain(yaml.SafeDumper):
    """YAML without anchors, which mapping documents do not take."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - PyYAML's shape.
        """Write everything out."""
        return True


def titles_of(text: str) -> dict[str, str]:
    """A title for both languages: the same text until somebody translates it."""
    return {"fa": text, "en": text}


def type_name(system: str, operation: str, part: str) -> str:
    """The canonical type's name: `ArchiveFileStateRequest`."""
    words = f"{system}_{operation}_{part}".split("_")
    return "".join(word[:1].upper() + word[1:] for word in words)


def skeleton(system: str, operation: ContractOperation, *, transport: str, seed: int = 1) -> Skeleton:
    """Make the files of one operation of the system. Raises SchemaUnusable, DocumentError, MappingError."""
    containers = {"rest": ("path", "query", "header", "body"), "soap": ()}[transport]
    asked, answered = (fields_of(part, containers=containers) for part in (operation.request, operation.answer))
    names = (type_name(system, operation.name, "request"), type_name(system, operation.name, "answer"))
    random = _random.Random(f"{seed}/{system}.{operation.name}")  # noqa: S311 - made-up examples, no secret.
    native_request, native_reply = example_request(operation, random), example_reply(operation, random)
    notes: list[str] = []
    for name, fields in zip(names, (asked, answered), strict=True):
        _adopted(name, fields, operation.title)
    draft = _document(system, operation, names, asked, answered, transport)
    bare = _compiled(draft)
    request = lifted(asked, native_request)
    try:
        validate(names[0], request)
        native_request = bare.to_native(request)
    except (CanonicalError, MappingError) as wrong:
        notes.append(f"{operation.name}: the file's own example of a request does not fit its schema ({wrong})")
        request = lifted(asked, sample(_unshown(operation.request), random))
        native_request = bare.to_native(request)
    reply = _framed(native_reply, operation, transport)
    try:
        answer = bare.from_native(reply)
    except MappingError as wrong:
        notes.append(f"{operation.name}: the file's own example of an answer does not fit its schema ({wrong})")
        reply = _framed(sample(_unshown(operation.answer), random), operation, transport)
        answer = bare.from_native(reply)
    shown = [
        _adopted(name, fields, operation.title, example)
        for name, fields, example in zip(names, (asked, answered), (request, answer), strict=True)
    ]
    draft["tests"] = _tests(operation, request, native_request, reply, answer, transport)
    files = {f"canonical/{name}.json": raw for name, raw in zip(names, shown, strict=True)}
    files[f"mappings/{operation.name}.yaml"] = _written(draft)
    golden = {
        "title": operation.title,
        "request": request,
        "native_request": native_request,
        "native_reply": reply,
        "answer": answer,
    }
    files[f"examples/{operation.name}.json"] = _json(golden)
    if (unknown := _unknown_example(operation, asked, request, bare, transport)) is not None:
        files[f"examples/{operation.name}.unknown.json"] = _json(unknown)
    return Skeleton(operation, *names, files, tuple(notes))


def _unshown(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema without its owner's examples."""
    plain = {key: value for key, value in schema.items() if key not in {"examples", "default"}}
    if "properties" in plain:
        plain["properties"] = {name: _unshown(inner) for name, inner in plain["properties"].items()}
    if isinstance(plain.get("items"), Mapping):
        plain["items"] = _unshown(plain["items"])
    return plain


def _adopted(name: str, fields: tuple[Field, ...], title: str, example: Any = None) -> bytes:
    schema: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title_fa": title,
        "title_en": title,
        **schema_for(fields),
    }
    raw = _json(schema | ({"examples": [example]} if example is not None else {}))
    adopt(name, raw)
    return raw


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()


def _compiled(draft: Mapping[str, Any]) -> Document:
    return compile_document(load_document(_written(draft), name=f"mappings/{draft['id']}.yaml"), {})


def _written(draft: Mapping[str, Any]) -> bytes:
    return yaml.dump(draft, Dumper=_Plain, allow_unicode=True, sort_keys=False, width=120).encode()


def _framed(reply: Any, operation: ContractOperation, transport: str) -> Any:
    status = operation.successes[0] if transport == "rest" else 200
    return {**reply, "$http": {"status": status}} if isinstance(reply, dict) else reply


def _document(
    system: str,
    operation: ContractOperation,
    names: tuple[str, str],
    asked: tuple[Field, ...],
    answered: tuple[Field, ...],
    transport: str,
) -> dict[str, Any]:
    return {
        "id": f"{system}.{operation.name}",
        "version": 1,
        "title": titles_of(operation.title),
        "canonical": {"request": names[0], "answer": names[1]},
        "grade": "verified",
        "to_native": to_native(asked),
        "from_native": from_native(answered),
        "outcome": _rest_outcome(system, operation) if transport == "rest" else _soap_outcome(system),
    }


def _rest_outcome(system: str, operation: ContractOperation) -> dict[str, Any]:
    table: dict[str, Any] = {str(status): "answered" for status in operation.successes}
    for status in operation.refusals:
        if status in {*_CREDENTIALS, _TOO_MANY}:
            continue
        table[str(status)] = {
            "absent" if _absence(operation, status) else "refused": f"{system}.http_{status}",
            "text": {"fa": f"سامانه درخواست را نپذیرفت (HTTP {status})", "en": f"The system says no (HTTP {status})"},
        }
    for status in _CREDENTIALS:
        table[str(status)] = {"retryable": f"{system}.credentials_rejected", "after": "PT1H"}
    table[str(_TOO_MANY)] = {"retryable": f"{system}.too_many_requests", "after": "PT1H"}
    return {
        "code": {
            "when": {
                "path": "/$text",
                "present": True,
                "then": {"constant": "not-json"},
                "else": [{"path": "/$http/status"}, "text"],
            }
        },
        "text": {"coalesce": [{"path": f"/body/{name}"} for name in ("detail", "message", "title")]},
        "table": table,
        "unknown": "broken",
    }


def _soap_outcome(system: str) -> dict[str, Any]:
    """A fault whose code begins with Client (1.1) or Sender (1.2) blames the request: a no, final."""
    refusal = {
        "refused": f"{system}.fault_client",
        "text": {"fa": "سامانه درخواست را نپذیرفت", "en": "The system does not take the request"},
    }
    credentials = {"retryable": f"{system}.credentials_rejected", "after": "PT1H"}
    good = {
        "when": {
            "path": "/$text",
            "present": True,
            "then": {"constant": "not-soap"},
            "else": {"constant": "answered"},
        }
    }
    status = [{"path": "/$http/status"}, "text"]
    return {
        "code": {
            "coalesce": [
                [{"path": "/$fault/code"}, {"split": {"by": ":", "index": -1}}],
                {"when": {"path": "/$http/status", "is": 200, "then": good, "else": status}},
            ]
        },
        "text": {"path": "/$fault/text"},
        "table": {
            "answered": "answered",
            "Client": refusal,
            "Sender": refusal,
            "401": credentials,
            "403": credentials,
        },
        "unknown": "broken",
    }


def _absence(operation: ContractOperation, status: int) -> bool:
    return status == _NOT_FOUND and operation.effect is Effect.READ


def _tests(
    operation: ContractOperation,
    request: Any,
    native_request: Any,
    reply: Any,
    answer: Any,
    transport: str,
) -> list[dict[str, Any]]:
    tests: list[dict[str, Any]] = [
        {"name": "asks as the contract says", "to_native": {"given": request, "expect": native_request}},
        {"name": "reads the answer", "from_native": {"given": reply, "expect": answer}},
        {"name": "an answer", "outcome": {"given": reply, "expect": {"kind": "answered"}}},
        {
            "name": "a page instead of an answer",
            "outcome": {"given": {"$text": "<html>"}, "status": 200, "expect": {"kind": "broken"}},
        },
    ]
    if transport == "soap":
        for code, kind in (("soapenv:Client", "refused"), ("env:Sender", "refused"), ("soapenv:Server", "broken")):
            fault = {"$fault": {"code": code, "text": "no"}}
            tests.append({"name": f"a fault {code}", "outcome": {"given": fault, "expect": {"kind": kind}}})
        return tests
    for status in operation.refusals:
        if status in {*_CREDENTIALS, _TOO_MANY}:
            continue
        kind = "absent" if _absence(operation, status) else "refused"
        tests.append({"name": f"HTTP {status}", "outcome": {"given": {}, "status": status, "expect": {"kind": kind}}})
    for status, kind in ((401, "retryable"), (429, "retryable"), (418, "broken")):
        expect = {"given": {}, "status": status, "expect": {"kind": kind}}
        tests.append({"name": f"HTTP {status}, in no contract", "outcome": expect})
    return tests


def _unknown_example(
    operation: ContractOperation, asked: tuple[Field, ...], request: Any, mapping: Document, transport: str
) -> dict[str, Any] | None:
    """A question about something the simulated system does not have, where path and contract leave room for it."""
    if transport != "rest" or _NOT_FOUND not in operation.refusals:
        return None
    texts = [
        field
        for field in asked
        if field.native[0] == "path"
        and kind_of(field.schema) == "string"
        and not {"enum", "format"} & set(field.schema)
    ]
    for field in texts:
        changed = {**request, field.name: UNKNOWN}
        try:
            validate(str(mapping.document.canonical.request), changed)
        except CanonicalError:
            continue
        return {
            "title": "Something the system does not have",
            "request": changed,
            "native_request": mapping.to_native(changed),
            "native_reply": {"body": {"detail": "there is no such thing"}, "$http": {"status": _NOT_FOUND}},
            "outcome": "absent" if _absence(operation, _NOT_FOUND) else "refused",
        }
    return None
