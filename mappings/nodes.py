"""The tree that a document is read into, before functions are made from it.

A node takes the value so far and gives the next one. `ABSENT` is a value that is not there, which is not null: it
flows through every node except those that exist for it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, Literal, NoReturn


class Missing(Enum):
    """The type of `ABSENT`."""

    ABSENT = "absent"


ABSENT: Final = Missing.ABSENT


class Scope:
    """What pipes read: the current item, the whole message, the context of the call, the request answered to."""

    __slots__ = ("asked", "context", "here", "root")

    def __init__(self, here: Any, root: Any, context: Mapping[str, str], asked: Any) -> None:
        self.here = here
        self.root = root
        self.context = context
        self.asked = asked


Pipe = Callable[[Any, Scope], Any]
"""A step as a plain function of the value so far and the scope."""
Place = Literal["here", "root", "context", "asked"]
Gives = Literal["value", "absent", "any"]
"""What a step makes of a value: a value; a value or nothing; anything, null included."""


@dataclass(frozen=True, slots=True)
class Act:
    """Does something to a value; leaves null and absent alone.

    `form` is a Python expression of this program (never of a document) over `{v}`, the value, and `{0}`, `{1}`, … ,
    the `held` objects. `as_text` makes text of what is not text before that.
    """

    form: str
    held: tuple[Any, ...] = ()
    gives: Gives = "any"
    as_text: Callable[[Any], str] | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A plain function of value and scope, called for null and absent too."""

    pipe: Pipe


@dataclass(frozen=True, slots=True)
class Coded:
    """Text that `index` knows; for anything else what `otherwise` says."""

    index: Mapping[str, Any]
    otherwise: Pipe


@dataclass(frozen=True, slots=True)
class Read:
    """Reads from the scope. `missing` raises where null and absent are errors; `null_absent` makes null absent."""

    place: Place
    parts: tuple[str, ...]
    null_absent: bool = False
    missing: Callable[[], NoReturn] | None = None


@dataclass(frozen=True, slots=True)
class Follow:
    """Reads from the value so far."""

    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Constant:
    """A value of the document. Objects and lists are copied for each message."""

    value: Any


@dataclass(frozen=True, slots=True)
class Default:
    """A value of the document where nothing is there; null stays null."""

    value: Any


@dataclass(frozen=True, slots=True)
class Required:
    """Null and absent are errors."""

    missing: Callable[[], NoReturn]


@dataclass(frozen=True, slots=True)
class Coalesce:
    """The first that is neither absent nor null."""

    options: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Concat:
    """The texts that are there, joined; absent when none is."""

    parts: tuple["Node", ...]
    joiner: str
    as_text: Callable[[Any], str]


@dataclass(frozen=True, slots=True)
class When:
    """A choice by spelling (`among`) or by whether anything is said (`present`). A missing branch changes nothing."""

    subject: "Node | None"
    among: frozenset[str] | None
    present: bool
    then: "Node | None"
    otherwise: "Node | None"


@dataclass(frozen=True, slots=True)
class Each:
    """Every item of a list, one item alone being a list of one. `fields`: the item makes an object."""

    item: "Node"
    fields: bool
    pointer: str


@dataclass(frozen=True, slots=True)
class Made:
    """An object made of fields, or a list made of numbered ones; absent when it stays empty."""

    fields: tuple[tuple[str, "Node"], ...]
    numbered: bool


@dataclass(frozen=True, slots=True)
class Chain:
    """Nodes in a row."""

    steps: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Step:
    """A node with the name of the step it was written as and where it stands.

    `detail` is the table that is read, the expression, or the registered function.
    """

    name: str
    pointer: str
    node: "Node"
    detail: str = ""


Leaf = Act | Call | Coded | Read | Follow | Constant | Default | Required
Node = Leaf | Coalesce | Concat | When | Each | Made | Chain | Step


def inner_nodes(node: Node) -> Iterator[Node]:
    """The nodes right inside a node."""
    match node:
        case Coalesce(options=several) | Concat(parts=several) | Chain(steps=several):
            yield from several
        case When():
            yield from (inner for inner in (node.subject, node.then, node.otherwise) if inner is not None)
        case Each(item=inner) | Step(node=inner):
            yield inner
        case Made(fields):
            yield from (field for _, field in fields)


def reads_of(node: Node) -> Iterator[Read]:
    """Every read of a node that reads the same item, in order: not those inside `Each`."""
    if isinstance(node, Read):
        yield node
    elif not isinstance(node, Each):
        for inner in inner_nodes(node):
            yield from reads_of(inner)
