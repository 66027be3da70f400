"""The lines of one generated function: its variables, what they may hold, and the reads that several paths share.

A variable's *state* says what it may hold besides a value: `ABSENT`, null, or null that means absent (`hollow`), as
fields of a canonical message have it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

from mappings.errors import MappingError
from mappings.nodes import ABSENT, Node, Read, Scope, reads_of
from mappings.pointers import getter_of, step_into
from mappings.steps.codes import is_there, spelling

_OURS: dict[str, Any] = {
    "ABSENT": ABSENT,
    "MappingError": MappingError,
    "Scope": Scope,
    "deepcopy": deepcopy,
    "getter_of": getter_of,
    "is_there": is_there,
    "spelling": spelling,
    "step_into": step_into,
}


@dataclass(frozen=True, slots=True)
class Now:
    """The variable of the value so far. `owned` variables may be assigned to."""

    name: str
    absent: bool = False
    null: bool = False
    hollow: bool = False
    owned: bool = True


class Library:
    """What the functions of one tree share: the objects they hold and their texts."""

    def __init__(self) -> None:
        self.held: dict[str, Any] = dict(_OURS)
        self.texts: list[str] = []
        self.functions = 0
        self._names: dict[int, str] = {}

    def hold(self, value: Any) -> str:
        """The name that holds `value` in the generated text."""
        name = self._names.get(id(value))
        if name is None:
            name = self._names[id(value)] = f"k{len(self._names)}"
            self.held[name] = value
        return name

    def function_name(self) -> str:
        """A name for one more function."""
        self.functions += 1
        return f"f{self.functions}"


class Lines:
    """One function as far as it is written."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.hold = library.hold
        self.lines: list[str] = []
        self.depth = 1
        self.count = 0
        self.values: dict[tuple[str, ...], str] = {}
        self.getters: dict[tuple[str, ...], str] = {}

    def line(self, text: str) -> None:
        """Write one line at the present depth."""
        self.lines.append("    " * self.depth + text)

    @contextmanager
    def inside(self, opening: str) -> Iterator[None]:
        """Write what follows one level deeper, under `opening`."""
        self.line(opening)
        self.depth += 1
        yield
        self.depth -= 1

    @contextmanager
    def inside_if(self, condition: str) -> Iterator[None]:
        """Inside the condition; right here where there is none."""
        if not condition:
            yield
            return
        with self.inside(f"if {condition}:"):
            yield

    def fresh(self) -> str:
        """A variable that nothing else uses."""
        self.count += 1
        return f"v{self.count}"

    # Reading: what several paths share is read once, at the start.

    def value(self, path: tuple[str, ...]) -> str:
        """The variable of what `path` leads to; the first part is a place."""
        if len(path) == 1:
            return path[0]
        if path not in self.values:
            name, key = self.fresh(), self.hold(path[-1])
            if path[-1].isdecimal():
                self.line(f"{name} = step_into({self.value(path[:-1])}, {key})")
            else:
                self.line(f"{name} = {self.getter(path[:-1])}({key}, ABSENT)")
            self.values[path] = name
        return self.values[path]

    def getter(self, path: tuple[str, ...]) -> str:
        """The variable of the `get` of what `path` leads to."""
        if path not in self.getters:
            inner, name = self.value(path), self.fresh()
            self.line(f"{name} = {inner}.get if type({inner}) is dict else getter_of({inner})")
            self.getters[path] = name
        return self.getters[path]

    def prepare(self, node: Node, *, items: bool) -> None:
        """Read what paths share: of the item, or of everything else."""
        for read in reads_of(node):
            if (read.place == "here") is items and read.parts:
                path = (read.place, *read.parts[:-1])
                if read.parts[-1].isdecimal():
                    self.value(path)
                else:
                    self.getter(path)

    def read(self, read: Read) -> Now:
        """Write a read."""
        path = (read.place, *read.parts)
        name = self.fresh()
        if not read.parts:
            self.line(f"{name} = {read.place}")
            now = Now(name, absent=True, null=True)
        elif read.parts[-1].isdecimal():
            self.line(f"{name} = step_into({self.value(path[:-1])}, {self.hold(read.parts[-1])})")
            now = Now(name, absent=True, null=True)
        elif read.null_absent:
            self.line(f"{name} = {self.getter(path[:-1])}({self.hold(read.parts[-1])})")
            now = Now(name, hollow=True)
        else:
            self.line(f"{name} = {self.getter(path[:-1])}({self.hold(read.parts[-1])}, ABSENT)")
            now = Now(name, absent=True, null=True)
        if read.missing is not None:
            return self.required(now, read.missing)
        if read.null_absent and now.null:
            return replace(now, null=False, hollow=True)
        return now

    # States.

    def guard(self, now: Now, *, null: bool = False) -> str:
        """The condition under which the variable holds something; with `null`, something that is not null."""
        asked = [f"{now.name} is not None"] if now.hollow or (null and now.null) else []
        return " and ".join(asked + ([f"{now.name} is not ABSENT"] if now.absent else []))

    def own(self, now: Now) -> Now:
        """The same value in a variable that may be assigned to."""
        if now.owned:
            return now
        name = self.fresh()
        self.line(f"{name} = {now.name}")
        return replace(now, name=name, owned=True)

    def plain(self, now: Now) -> Now:
        """The same with `ABSENT` for every absent value."""
        if not now.hollow:
            return now
        now = self.own(now)
        self.line(f"if {now.name} is None: {now.name} = ABSENT")
        return replace(now, hollow=False, absent=True)

    def required(self, now: Now, missing: Callable[[], Any]) -> Now:
        """Write that null and absent are errors."""
        empty = [f"{now.name} is None"] if now.hollow or now.null else []
        empty += [f"{now.name} is ABSENT"] if now.absent else []
        if empty:
            self.line(f"if {' or '.join(empty)}: {self.hold(missing)}()")
        return Now(now.name, owned=now.owned)

    def constant(self, value: Any) -> Now:
        """A value of the document; objects and lists are copied, for a message belongs to whoever asked for it."""
        if not isinstance(value, dict | list):
            return Now(self.hold(value), null=value is None, owned=False)
        name = self.fresh()
        self.line(f"{name} = deepcopy({self.hold(value)})")
        return Now(name)

    def default(self, value: Any, now: Now) -> Now:
        """Write that a value of the document stands in for an absent one."""
        now = self.own(now)
        empty = [f"{now.name} is None"] if now.hollow else []
        empty += [f"{now.name} is ABSENT"] if now.absent else []
        if empty:
            with self.inside(f"if {' or '.join(empty)}:"):
                self.line(f"{now.name} = {self.constant(value).name}")
        return Now(now.name, null=now.null or value is None)
