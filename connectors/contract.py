"""A contract as read from its owner's file: operations, what each is asked with, what each answers.

`from_openapi.py` and `from_wsdl.py` make it; `scaffold.py` writes a connector folder from it, simulators act by it.
Schemas are JSON Schema 2020-12 over the native messages that connectors exchange.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.auth_profiles import Auth, NoAuth
from connectors.port import Effect

Schema = Mapping[str, Any]

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


class ContractUnusable(ValueError):
    """A contract file that cannot be used. `code` is stable, `place` says where: a JSON pointer or a file's name."""

    def __init__(self, code: str, place: str, text: str) -> None:
        super().__init__(f"{place or '/'}: {text} [{code}]")
        self.code = code
        self.place = place
        self.text = text


@dataclass(frozen=True, slots=True)
class ContractOperation:
    """One thing the system can be asked.

    `request` describes the native request whole, `answer` the native reply of success; `refusals` are the statuses the
    contract declares for a no. `method` and `path` are HTTP's, `soap` the name in the WSDL. `request_example` and
    `answer_example` are the owner's own, None where there are none.
    """

    name: str
    title: str
    effect: Effect
    request: Schema
    answer: Schema
    method: str = "POST"
    path: str = "/"
    soap: str | None = None
    form: bool = False
    successes: tuple[int, ...] = (200,)
    refusals: tuple[int, ...] = ()
    request_example: Any = None
    answer_example: Any = None


@dataclass(frozen=True, slots=True)
class Contract:
    """Everything a file says.

    `path` and `mtom` are SOAP's: where the service is, whether attachments travel beside the envelope.
    `notes` are what a person should know: what was left out, guessed or left open.
    """

    title: str
    version: str
    operations: tuple[ContractOperation, ...]
    auth: Auth = field(default_factory=NoAuth)
    address: str | None = None
    path: str = "/"
    mtom: bool = False
    notes: tuple[str, ...] = ()

    def operation(self, name: str) -> ContractOperation:
        """The operation of that name. Raises KeyError."""
        for one in self.operations:
            if one.name == name:
                return one
        raise KeyError(name)


def snake(text: str) -> str:
    """A name the way the hub writes them: `getFileState` → `get_file_state`; empty when nothing is left."""
    plain = "_".join(_WORDS.findall(text)).lower() if text.isascii() else re.sub(r"\W+", "_", text).strip("_")
    return plain.strip("_")


def unlike(name: str, taken: set[str]) -> str:
    """The name, numbered when it is taken; it is taken afterwards."""
    fresh, number = name, 2
    while fresh in taken:
        fresh, number = f"{name}_{number}", number + 1
    taken.add(fresh)
    return fresh
