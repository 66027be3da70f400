"""The functions made from a tree do what the tree says: checked against a slow reading of the same tree."""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mappings.errors import MappingError
from mappings.generator import make, write
from mappings.nodes import (
    ABSENT,
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
    Scope,
    When,
)
from mappings.pointers import step_into
from mappings.steps.codes import is_there, spelling


def _missing() -> Any:
    raise MappingError("mapping.missing", "/x", "missing")


def _odd(value: Any) -> Any:
    """An act that gives nothing for long texts and null for "n"."""
    text = str(value)
    return ABSENT if len(text) > 3 else None if text == "n" else text + "!"


def _short(value: Any) -> Any:
    return ABSENT if len(str(value)) > 3 else str(value)


def _tell(value: Any, scope: Scope) -> Any:
    return ABSENT if value is ABSENT else ["told", value, scope.here if isinstance(scope.here, str) else None]


def follow(value: Any, parts: tuple[str, ...]) -> Any:
    for part in parts:
        value = step_into(value, part)
    return value


def slow(node: Node, value: Any, scope: Scope) -> Any:  # noqa: C901, PLR0911, PLR0912 - one line for each kind of node
    """What a node gives, by the book."""
    match node:
        case Act(held=held, as_text=as_text):
            if value is None or value is ABSENT:
                return value
            return held[0](value if as_text is None or isinstance(value, str) else as_text(value))
        case Call(pipe):
            return pipe(value, scope)
        case Coded(index, otherwise):
            return index[value] if isinstance(value, str) and value in index else otherwise(value, scope)
        case Read(place, parts, null_absent, missing):
            found = follow(getattr(scope, place), parts)
            if missing is not None and (found is None or found is ABSENT):
                missing()
            return ABSENT if null_absent and found is None else found
        case Follow(parts):
            return follow(value, parts)
        case Constant(given):
            return deepcopy(given)
        case Default(given):
            return deepcopy(given) if value is ABSENT else value
        case Required(missing):
            return missing() if value is ABSENT or value is None else value
        case Coalesce(options):
            found = (slow(option, value, scope) for option in options)
            return next((one for one in found if one is not ABSENT and one is not None), ABSENT)
        case Concat(parts, joiner, as_text):
            texts = [as_text(one) for one in (slow(part, value, scope) for part in parts) if one not in (ABSENT, None)]
            return joiner.join(texts) if texts else ABSENT
        case When(subject, among, present, then, otherwise):
            about = value if subject is None else slow(subject, value, scope)
            holds = is_there(about) is present if among is None else about is not ABSENT and spelling(about) in among
            chosen = then if holds else otherwise
            return value if chosen is None else slow(chosen, value, scope)
        case Each(item, fields, _):
            if value is ABSENT or value is None:
                return value
            inner = [Scope(one, scope.root, scope.context, scope.asked) for one in _items(value)]
            made = [slow(item, ABSENT if fields else one.here, one) for one in inner]
            return [one for one in made if one is not ABSENT]
        case Made(fields, numbered):
            pairs = [(key, slow(field, value, scope)) for key, field in fields]
            there = {key: one for key, one in pairs if one is not ABSENT}
            return (list(there.values()) if numbered else there) or ABSENT
        case Chain(steps):
            for step in steps:
                value = slow(step, value, scope)
            return value
    raise AssertionError(node)


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


PARTS = st.lists(st.sampled_from(["a", "b", "0", "1"]), max_size=3).map(tuple)
LEAVES = (
    st.builds(Read, st.sampled_from(["here", "root", "asked"]), PARTS, st.booleans(), st.sampled_from([None, _missing]))
    | st.builds(Follow, PARTS)
    | st.sampled_from(
        [
            Act("{0}({v})", (_odd,)),
            Act("{0}({v})", (_short,), "absent"),
            Act("{0}({v})", (str.upper,), "value", str),
            Call(_tell),
            Coded({"a": "A", "b": None}, lambda value, _scope: value),
            Required(_missing),
            Constant(None),
            Constant("c"),
            Constant([1]),
            Default(None),
            Default("d"),
            Default({"k": []}),
        ]
    )
)


def _holding(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    some = st.lists(inner, min_size=1, max_size=3).map(tuple)
    branch = inner | st.none()
    return (
        st.builds(Chain, some)
        | st.builds(Coalesce, some)
        | st.builds(Concat, some, st.just("-"), st.just(str))
        | st.builds(When, branch, st.just(frozenset({"a", "null", "1"})) | st.none(), st.booleans(), branch, branch)
        | st.builds(Each, inner, st.booleans(), st.just("/rows"))
        | st.builds(Made, some.map(lambda nodes: tuple(zip("xyz", nodes, strict=False))), st.booleans())
    )


NODES = st.recursive(LEAVES, _holding, max_leaves=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 2) | st.sampled_from(["", "a", "b", "n", "long"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["a", "b", "0"]), inner, max_size=2),
    max_leaves=8,
)


def ended(act: Any) -> Any:
    try:
        return act()
    except MappingError as error:
        return error.code, error.message


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(NODES, VALUES, VALUES)
def test_a_made_function_gives_what_the_tree_says(node: Node, message: Any, asked: Any) -> None:
    scope = Scope(message, message, {}, asked)
    before = deepcopy((message, asked))
    made = ended(lambda: make(node)(ABSENT, message, message, {}, asked))
    assert made == ended(lambda: slow(node, ABSENT, scope))
    assert (message, asked) == before


@pytest.mark.parametrize("levels", [1, 12, 40])
def test_deep_pipelines_become_functions_of_their_own(levels: int) -> None:
    node: Node = Read("here", ("a",))
    for _ in range(levels):
        node = When(None, None, False, Coalesce((node,)), None)
    assert make(node)(ABSENT, {"a": 1}, {}, {}, ABSENT) == 1


def test_no_text_of_a_document_is_compiled() -> None:
    evil = '"]); import os; os.abort() #'
    node = Made(
        (
            (evil, Chain((Read("here", (evil, "x")), Default(evil)))),
            ("b", When(Read("here", (evil,)), frozenset({evil}), True, Constant(evil), None)),
            ("c", Concat((Constant(evil),), evil, str)),
            ("d", Chain((Read("root", ("a",)), Each(Constant(evil), False, evil)))),
        ),
        False,
    )
    text, _, held = write(node)
    assert "import" not in text
    assert "os" not in text
    assert evil in held.values()
    assert make(node)(ABSENT, {evil: evil}, {"a": [1]}, {}, ABSENT) == {evil: evil, "b": evil, "c": evil, "d": [evil]}


def test_an_error_in_a_list_names_the_item() -> None:
    inner = Each(Chain((Constant(1), Act("{0}({v})", (lambda _value: _missing(),)))), False, "/rows")
    with pytest.raises(MappingError) as caught:
        make(Chain((Read("here", ()), inner)))(ABSENT, [1], [1], {}, ABSENT)
    assert caught.value.pointer == "/rows/0/x"
