"""Where pipelines are put together: the document at hand, its tables, and the findings met on the way.

A *pipe* takes the value so far and the scope of one message, and gives the next value. `ABSENT` is a value that is
not there, which is not null: it flows through every step except those that exist for it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, Literal, NoReturn, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from mappings.canonical import pointer_to
from mappings.errors import MOST_FINDINGS, DocumentError, Finding, MappingError
from mappings.tables.table import CodeTable
from mappings.written import Document, nearest


class Missing(Enum):
    """The type of `ABSENT`."""

    ABSENT = "absent"


ABSENT: Final = Missing.ABSENT

Direction = Literal["to_native", "from_native", "outcome"]


class Scope:
    """What paths read: the current item, the whole message, the context of the call, the request answered to."""

    __slots__ = ("asked", "context", "here", "root")

    def __init__(self, here: Any, root: Any, context: Mapping[str, str], asked: Any) -> None:
        self.here = here
        self.root = root
        self.context = context
        self.asked = asked

    def inside(self, item: Any) -> "Scope":
        """The scope of one item of a list."""
        return Scope(item, self.root, self.context, self.asked)


Pipe = Callable[[Any, Scope], Any]


class Args(BaseModel):
    """The arguments of a step, as written."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, populate_by_name=False)


Given = TypeVar("Given", bound=Args)


@dataclass(slots=True)
class Bench:
    """One direction of one document being compiled.

    `pipeline` compiles the pipelines inside steps. `tables` is None while shared tables are unknown. `model` is what
    a path reads (to_native) or what the targets make (from_native), `root_model` the same for the whole message,
    `asked_model` what `/$asked/…` reads, `reading` what the last step left; each `Any` where it is unknown.
    `place` is the canonical pointer that errors of the current pipeline name; `optional` says that a step will do
    something about a value that is not there.
    """

    document: Document
    direction: Direction
    tables: Mapping[str, Mapping[str, Any] | CodeTable] | None
    pipeline: "PipelineBuilder"
    findings: list[Finding] = field(default_factory=list)
    model: Any = Any
    root_model: Any = Any
    asked_model: Any = Any
    reading: Any = Any
    place: str = ""
    optional: bool = False

    def fault(self, at: str, code: str, message: str, suggestion: str = "") -> None:
        """Note a fault at the document pointer `at`.

        Raises:
            DocumentError: when there are so many that reading on is of no use.
        """
        self.findings.append(self.document.finding(at, f"document.{code}", message, suggestion))
        if len(self.findings) >= MOST_FINDINGS:
            raise DocumentError(self.findings)

    def args(self, kind: type[Given], raw: Any, at: str) -> Given | None:
        """The arguments of a step, or None after noting what is wrong with them."""
        try:
            return kind.model_validate(raw)
        except ValidationError as error:
            known = [item.alias or name for name, item in kind.model_fields.items()]
            for detail in error.errors(include_url=False, include_input=False):
                place = at + pointer_to(*detail["loc"])
                last = str(detail["loc"][-1]) if detail["loc"] else ""
                if detail["type"] == "extra_forbidden":
                    self.fault(place, "unknown_key", f"unknown key {last!r}", nearest(last, known))
                else:
                    self.fault(place, "step", f"{last or 'the step'}: {detail['msg']}")
            return None

    def failing(self, code: str) -> Callable[[str], NoReturn]:
        """A function that raises a `MappingError` with `code` for the field being built now."""
        place = self.place

        def fail(message: str) -> NoReturn:
            raise MappingError(code, place, message)

        return fail


PipelineBuilder = Callable[[Any, str, Bench], Pipe]


def step_of(item: Any) -> tuple[str, Any]:
    """A step's name and arguments; no name where it is not written like a step."""
    if isinstance(item, str):
        return item, None
    if isinstance(item, dict) and "concat" in item and set(item) <= {"concat", "with"}:
        return "concat", item
    if isinstance(item, dict) and len(item) == 1:
        return next(iter(item.items()))
    return "", item


def on_value(act: Callable[[Any], Any]) -> Pipe:
    """A pipe that leaves null and absent alone and otherwise does `act`."""

    def pipe(value: Any, _scope: Scope) -> Any:
        return value if value is None or value is ABSENT else act(value)

    return pipe


def plain_text(value: Any) -> str | None:
    """Text, whole numbers and booleans as text; None for what has no one spelling."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and value.bit_length() <= 1024:  # noqa: PLR2004 - far above any number in use
        return str(value)
    return None


def short(value: Any) -> str:
    """A value's kind, for messages. The value itself may be personal and stays out of them."""
    if value is None:
        return "null"
    return {dict: "an object", list: "a list", float: "a fraction", bool: "a boolean", int: "a number"}.get(
        type(value), f"{len(value)} characters" if isinstance(value, str) else type(value).__name__
    )
