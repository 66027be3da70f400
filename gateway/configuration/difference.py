"""What differs between two site documents: for each value a sentence for people and a pointer for programs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from connectors.instances.settings import KNOWN_CREDENTIALS
from connectors.instances.words import WORDS
from gateway.json_rules import escape
from registry.configuration.kept import KEPT

_ABSENT: Any = object()
_WORDS: Mapping[str, tuple[str, str]] = {
    "approval": ("تأیید نفر دوم", "Second person's approval"),
    "enabled": ("فعال", "enabled"),
    "paused": ("متوقف", "paused"),
    "disabled": ("غیرفعال", "disabled"),
    "none": ("هیچ", "none"),
    "second_person": ("لازم", "required"),
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that differs. `steps` lead to it; `before` and `after` are None where there is nothing."""

    steps: tuple[str, ...]
    kind: Literal["added", "removed", "changed"]
    before: Any
    after: Any

    @property
    def pointer(self) -> str:
        """The value's JSON pointer."""
        return "".join(f"/{escape(step)}" for step in self.steps)

    def label(self, language: str) -> str:
        """What the value is called: the instance, and its setting in words."""
        if self.steps[0] != "connectors":
            return _word(self.steps[0], language)
        path = self.steps[2:]
        words = [_named(path[: depth + 1], language) for depth in range(len(path))]
        return " › ".join([self.steps[1], *words])

    def text(self, language: str) -> str:
        """One sentence: what it was and what it becomes."""
        arrow = "←" if language == "fa" else "→"
        sides = [_value(side, language) for side in (self.before, self.after)]
        match self.kind:
            case "added":
                return f"+ {self.label(language)}: {sides[1]}"
            case "removed":
                return f"− {self.label(language)}: {sides[0]}"
            case "changed":
                return f"~ {self.label(language)}: {sides[0]} {arrow} {sides[1]}"

    def shown(self) -> dict[str, Any]:
        """For programs: values as they are, the sentence in both languages."""
        return {
            "pointer": self.pointer,
            "kind": self.kind,
            "before": self.before,
            "after": self.after,
            "text": {"fa": self.text("fa"), "en": self.text("en")},
        }


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """Everything that differs, in the order of the documents' keys."""
    old, new = dict(_leaves(before, ())), dict(_leaves(after, ()))
    found = []
    for steps in sorted(old.keys() | new.keys()):
        was, becomes = old.get(steps, _ABSENT), new.get(steps, _ABSENT)
        if was is _ABSENT:
            found.append(Difference(steps, "added", None, becomes))
        elif becomes is _ABSENT:
            found.append(Difference(steps, "removed", was, None))
        elif was != becomes:
            found.append(Difference(steps, "changed", was, becomes))
    return found


def _leaves(value: Any, steps: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(inner, (*steps, key))
    elif steps not in {("format",), ("revision",)}:
        yield steps, value


def _named(path: tuple[str, ...], language: str) -> str:
    words = WORDS.get(".".join(path))
    if words is None and path[0] == "credentials":
        known = KNOWN_CREDENTIALS.get(path[-1].rpartition(".")[2])
        words = known.words if known else None
    if words is None:
        return path[-1]
    return words.fa if language == "fa" else words.en


def _value(value: Any, language: str) -> str:  # noqa: PLR0911 - a line for each kind.
    if isinstance(value, bool):
        yes, no = ("بله", "خیر") if language == "fa" else ("yes", "no")
        return yes if value else no
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list):
        return (
            "، ".join(_value(one, language) for one in value)
            if language == "fa"
            else ", ".join(_value(one, language) for one in value)
        )
    if isinstance(value, Mapping):
        return " ".join(f"{key} {_value(inner, language)}" for key, inner in value.items() if inner != "")
    text = str(value)
    if text.startswith(KEPT):
        digits = text.removeprefix(KEPT)[:8]
        return f"راز مهروموم‌شده ({digits})" if language == "fa" else f"a sealed secret ({digits})"
    if text.startswith("-----BEGIN"):
        return "متن PEM" if language == "fa" else "PEM text"
    return _word(text, language)


def _word(text: str, language: str) -> str:
    known = _WORDS.get(text)
    return text if known is None else known[0 if language == "fa" else 1]
