"""What a question after a lost answer is made of, and where an answer holds what is looked for."""

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.manifest import Operation
from connectors.port import Call


def resolving_payload(template: Mapping[str, str], call: Call) -> Iterator[tuple[str, Any]]:
    """The payload of the resolving question, from the call it is about."""
    own = {"$reference": call.reference, "$inquiry_id": call.inquiry_id, "$tracking_code": call.tracking_code}
    for field, source in template.items():
        yield field, found_at(call.payload, source) if source.startswith("/") else own.get(source, source)


def found_at(data: Any, pointer: str) -> Any:
    """What a JSON pointer (RFC 6901) finds; None where there is nothing."""
    for step in pointer.split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        if isinstance(data, list) and key.isdigit() and int(key) < len(data):
            data = data[int(key)]
        elif isinstance(data, Mapping) and key in data:
            data = data[key]
        else:
            return None
    return data


def numbers_in(operation: Operation, system: str, answer: Any) -> dict[str, str]:
    """The numbers of the case that an answer of `system` names, by whose they are; absent ones are left out."""
    pointers = operation.aliases | ({system: operation.alias_from} if operation.alias_from else {})
    found = {whose: found_at(answer, pointer) for whose, pointer in pointers.items()}
    return {whose: str(number) for whose, number in found.items() if number is not None}
