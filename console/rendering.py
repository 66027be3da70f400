"""Templates: always escaped, every text of ours by its key, every value written for the reader."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from console import wording, writing
from console.page import Page
from console.static_files import StaticFiles
from console.visit import Visit
from gateway.language import Language

FOLDER = Path(__file__).parent / "templates"


class Renderer:
    """Writes templates for a visit. `pages` are all pages, of which the navigation shows those the reader may open."""

    def __init__(self, files: StaticFiles, pages: Sequence[Page]) -> None:
        self.files = files
        self.pages = tuple(pages)
        self._paths = frozenset(page.path for page in pages)
        self.environment = Environment(
            loader=FileSystemLoader(FOLDER),
            autoescape=True,
            undefined=StrictUndefined,
            finalize=writing.finalize,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self.environment.filters |= {"foreign": writing.foreign, "ltr": writing.ltr, "grouped": writing.grouped}
        self.environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "sort_keys": False}

    def render(self, template: str, visit: Visit, values: Mapping[str, Any]) -> str:
        """Write one template."""
        return self.environment.get_template(template).render(self._surroundings(visit) | dict(values))

    def _surroundings(self, visit: Visit) -> dict[str, Any]:
        language = visit.language
        return {
            "visit": visit,
            "language": language,
            "direction": visit.preferences.direction,
            "theme": visit.preferences.theme,
            "nonce": visit.nonce,
            "csrf": visit.csrf,
            "reader": visit.reader,
            "here": visit.request.url.path,
            "menu": self.menu(visit),
            "has_page": self._paths.__contains__,
            "asset": self.files.address,
            "has_asset": self.files.__contains__,
            "switch": partial(_switched, visit),
            "t": partial(say, language),
            "word": partial(word, language),
            "number": partial(writing.number, language=language),
            "digits": partial(writing.digits, language=language),
            "moment": partial(writing.moment, language=language),
            "ago": partial(writing.ago, language=language, now=visit.parts.clock()),
            "duration": partial(writing.duration, language=language),
            "took": partial(_took, language),
            "milliseconds": partial(writing.milliseconds, language=language),
            "now": visit.parts.clock(),
        }

    def menu(self, visit: Visit) -> list[dict[str, Any]]:
        """The pages of the navigation that the reader may open, in the order in which pages are listed."""
        if visit.reader is None:
            return []
        here = visit.request.url.path
        marked = next((page.below for page in self.pages if page.below and matches(page.path, here)), here)
        return [
            {"path": page.path, "text": page.menu, "here": page.path == marked}
            for page in self.pages
            if page.menu and page.admits(visit.reader.roles)
        ]


def matches(pattern: str, path: str) -> bool:
    """Tell whether a path is one of a page's: `{name}` stands for one step."""
    wanted, given = pattern.split("/"), path.split("/")
    return len(wanted) == len(given) and all(
        step.startswith("{") or step == found for step, found in zip(wanted, given, strict=True)
    )


def say(language: Language, key: str, **values: Any) -> Markup:
    """One text of the catalogue with its values in place. Raises LookupError for an unknown key."""
    text = escape(wording.text(key, language))
    if not values:
        return text
    return text.format(**{name: _written(value, language) for name, value in values.items()})


def word(language: Language, group: str, name: str | None) -> Markup:
    """The word for a value that comes from below, such as a state; one without a word is shown as it is."""
    key = f"{group}.{name}"
    return escape(wording.text(key, language)) if key in wording.catalogue() else writing.ltr(name or "—")


def _written(value: Any, language: Language) -> Any:
    if isinstance(value, Markup):
        return value
    return writing.number(value, language) if isinstance(value, int | float) else writing.foreign(value)


def _took(language: Language, call: Mapping[str, Any]) -> str:
    """How long a call with `started_at` and `ended_at` took."""
    began, ended = writing.read_moment(call["started_at"]), writing.read_moment(call["ended_at"])
    return writing.milliseconds((ended - began).total_seconds() * 1000, language) if began and ended else "—"


def _switched(visit: Visit, **chosen: str) -> str:
    """This page's address with another choice of language or theme."""
    return str(visit.request.url.include_query_params(**chosen).replace(scheme="", netloc=""))
