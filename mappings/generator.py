"""One Python function out of a tree of nodes, so that a message costs what written code would cost.

The text of a generated function consists of this file's own templates and of counted names; whatever comes from a
document (keys, constants, tables) is an object that such a name holds. No text of a document is ever compiled.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from mappings.lines import Library, Lines, Now
from mappings.nodes import (
    Act,
    Call,
    Chain,
    Coalesce,
    Coded,
    Concat,
    Constant,
    Default,
    Each,
    Follow,
    Made,
    Node,
    Read,
    Required,
    Step,
    When,
)
from mappings.pointers import follower

Function = Callable[[Any, Any, Any, Any, Any], Any]
"""Of the value so far, the item, the whole message, the context and the request answered to."""
Store = Callable[[str], str]
"""The statement that keeps a variable."""

_PARAMETERS = "value, here, root, context, asked"
_DEEPEST = 12
"""Python allows a hundred levels of indentation; deeper pipelines become functions of their own long before."""


class _Writer(Lines):
    """Writes one function."""

    def keep(self, node: Node, now: Now, store: Store) -> None:
        """Write what `node` does with the value so far, and keep the result wherever there is one."""
        self._keep(_flat(node), now, store)

    def _keep(self, steps: list[Node], now: Now, store: Store) -> None:
        if (now.absent or now.hollow) and all(isinstance(step, Act | Follow | Each | Coded) for step in steps):
            if steps:
                now = self.own(now)
            with self.inside(f"if {self.guard(now)}:"):
                self._keep(steps, replace(now, absent=False, hollow=False), store)
        elif not steps:
            self.line(store(now.name))
        else:
            now, rest = self.next(steps, now)
            self._keep(rest, now, store)

    def result(self, node: Node, now: Now) -> Now:
        """Write what `node` does with the value so far."""
        steps = _flat(node)
        while steps:
            now, steps = self.next(steps, now)
        return now

    def branch(self, node: Node, now: Now, store: Store) -> None:
        """`keep`, out of line where the text gets deep."""
        if self.depth < _DEEPEST:
            self.keep(node, replace(now, owned=False), store)
            return
        now, name = self.plain(now), self.fresh()
        self.line(f"{name} = {self.function(node)}({now.name}, here, root, context, asked)")
        with self.inside(f"if {name} is not ABSENT:"):
            self.line(store(name))

    def next(self, steps: list[Node], now: Now) -> tuple[Now, list[Node]]:
        """Write the first of `steps`, or as many as go together; the rest is left."""
        step, rest = steps[0], steps[1:]
        match step:
            case Act() | Each():
                return self.acts(steps, now)
            case Read():
                return self.read(step), rest
            case Constant(value):
                return self.constant(value), rest
            case Default(value):
                return self.default(value, now), rest
            case Required(missing):
                return self.required(now, missing), rest
            case _:
                return self.larger(step, self.plain(now)), rest

    def acts(self, steps: list[Node], now: Now) -> tuple[Now, list[Node]]:
        """Write acts in a row under one guard, up to one that may give nothing."""
        now = self.own(now)
        first = steps[0]
        if now.hollow and isinstance(first, Act) and first.gives == "any":
            now = self.plain(now)
        taken, gives = 0, "value"
        with self.inside_if(self.guard(now, null=True)):
            for step in steps:
                if not isinstance(step, Act | Each) or gives != "value" or (now.hollow and _gives(step) == "any"):
                    break
                self.act(step, now.name)
                gives, taken = _gives(step), taken + 1
        now = replace(now, absent=now.absent or gives != "value", null=now.null or gives == "any")
        return now, steps[taken:]

    def act(self, step: Act | Each, name: str) -> None:
        if isinstance(step, Each):
            self.line(f"{name} = {self.loop(step)}({name}, root, context, asked)")
            return
        if step.as_text is not None:
            self.line(f"if type({name}) is not str: {name} = {self.hold(step.as_text)}({name})")
        if step.form != "{v}":
            self.line(f"{name} = {step.form.format(*map(self.hold, step.held), v=name)}")

    def larger(self, step: Node, now: Now) -> Now:
        """Write a node that holds others or looks at absent values itself."""
        name = self.fresh()
        scope = "Scope(here, root, context, asked)"
        match step:
            case Follow(parts):
                follow = f"{self.hold(follower(list(parts)))}({now.name})"
                self.line(f"{name} = {follow} if {now.name} is not ABSENT else ABSENT")
            case Call(pipe):
                self.line(f"{name} = {self.hold(pipe)}({now.name}, {scope})")
            case Coded(index, otherwise):
                table = self.hold(index)
                with self.inside(f"if type({now.name}) is str and {now.name} in {table}:"):
                    self.line(f"{name} = {table}[{now.name}]")
                with self.inside("else:"):
                    self.line(f"{name} = {self.hold(otherwise)}({now.name}, {scope})")
                return Now(name, absent=now.absent, null=True)
            case Coalesce(options):
                self.line(f"{name} = None")
                for place, option in enumerate(options):
                    with self.inside_if(f"{name} is None" if place else ""):
                        self.branch(option, now, lambda found: f"{name} = {found}")
                return Now(name, hollow=True)
            case Concat():
                self.concat(step, now, name)
                return Now(name, absent=True)
            case When():
                self.when(step, now, name)
            case Made():
                self.made(step, now, name)
                self.line(f"if not {name}: {name} = ABSENT")
                return Now(name, absent=True)
            case _:
                raise TypeError(type(step))
        return Now(name, absent=True, null=True)

    def concat(self, step: Concat, now: Now, name: str) -> None:
        items, text = self.fresh(), self.hold(step.as_text)

        def add(found: str) -> str:
            return f"if {found} is not None: {items}.append({found} if type({found}) is str else {text}({found}))"

        self.line(f"{items} = []")
        for part in step.parts:
            self.branch(part, now, add)
        self.line(f"{name} = {self.hold(step.joiner)}.join({items}) if {items} else ABSENT")

    def when(self, step: When, now: Now, name: str) -> None:
        subject = now if step.subject is None else self.plain(self.result(step.subject, replace(now, owned=False)))
        if step.among is None:
            condition = f"{'' if step.present else 'not '}is_there({subject.name})"
        else:
            spelt = f"({subject.name} if type({subject.name}) is str else spelling({subject.name}))"
            condition = f"{spelt} in {self.hold(step.among)}"
        for opening, branch in ((f"if {condition}:", step.then), ("else:", step.otherwise)):
            with self.inside(opening):
                if branch is None:
                    self.line(f"{name} = {now.name}")
                else:
                    self.line(f"{name} = ABSENT")
                    self.branch(branch, now, lambda found: f"{name} = {found}")

    def made(self, step: Made, now: Now, name: str) -> None:
        """Write the object into `name`, empty where no field gives anything."""
        self.line(f"{name} = []" if step.numbered else f"{name} = {{}}")
        for key, field in step.fields:
            held = self.hold(key)

            def store(found: str, held: str = held) -> str:
                return f"{name}.append({found})" if step.numbered else f"{name}[{held}] = {found}"

            if isinstance(field, Made):
                inner = self.fresh()
                self.made(field, now, inner)
                self.line(f"if {inner}: {store(inner)}")
            else:
                self.keep(field, replace(now, owned=False), store)

    # Functions of their own.

    def function(self, node: Node) -> str:
        """Write the function of a node; its name."""
        name, writer = self.library.function_name(), _Writer(self.library)
        writer.prepare(node, items=False)
        writer.prepare(node, items=True)
        flat = _flat(node)
        if len(flat) == 1 and isinstance(flat[0], Made):
            writer.made(flat[0], Now("value", absent=True, owned=False), "made")
            writer.line("return made or ABSENT")
        else:
            writer.line(f"return {writer.plain(writer.result(node, Now('value', absent=True, null=True))).name}")
        self.library.texts.append(f"def {name}({_PARAMETERS}):\n" + "\n".join(writer.lines))
        return name

    def loop(self, each: Each) -> str:
        """Write the function that goes over the items of a list; its name."""
        name, writer = self.library.function_name(), _Writer(self.library)
        writer.prepare(each.item, items=False)
        writer.line("results = []")
        with writer.inside("for index, here in enumerate(value if isinstance(value, list) else [value]):"):
            with writer.inside("try:"):
                writer.prepare(each.item, items=True)
                before = Now("ABSENT", absent=True, owned=False) if each.fields else Now("here", null=True, owned=False)
                writer.keep(each.item, before, "results.append({})".format)
            with writer.inside("except MappingError as error:"):
                pointer = f"f'{{{self.hold(each.pointer)}}}/{{index}}{{error.pointer}}'"
                writer.line(f"raise MappingError(error.code, {pointer}, error.message) from error")
        writer.line("return results")
        self.library.texts.append(f"def {name}(value, root, context, asked):\n" + "\n".join(writer.lines))
        return name


def _gives(step: Act | Each) -> str:
    return step.gives if isinstance(step, Act) else "value"


def _flat(node: Node) -> list[Node]:
    if isinstance(node, Step):
        return _flat(node.node)
    if isinstance(node, Chain):
        return [inner for step in node.steps for inner in _flat(step)]
    return [node]


def write(node: Node) -> tuple[str, str, dict[str, Any]]:
    """The text of the functions of a tree, the name of the outermost, and the objects that their names hold."""
    library = Library()
    name = _Writer(library).function(node)
    return "\n\n".join(library.texts), name, library.held


def make(node: Node) -> Function:
    """The function of a tree."""
    text, name, held = write(node)
    exec(compile(text, "<mapping>", "exec"), held)  # noqa: S102 - this file's templates and counted names, nothing else
    function: Function = held[name]
    return function


class Lazy:
    """A tree whose function is made when it is first asked for: a site holds more documents than it uses."""

    __slots__ = ("_function", "node")

    def __init__(self, node: Node) -> None:
        self.node = node
        self._function: Function | None = None

    @property
    def function(self) -> Function:
        """The function of the tree."""
        if self._function is None:
            self._function = make(self.node)
        return self._function
