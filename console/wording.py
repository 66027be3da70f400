"""Every text of the pages in Persian and English: the catalogue in `texts/*.toml`.

A file holds one table for each group of texts, a line for each text: `[home]`, `title = { fa = "…", en = "…" }` is
`home.title`. Places for values are written `{name}`.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from gateway.language import Language

FOLDER = Path(__file__).parent / "texts"


class WordingError(Exception):
    """A text file that cannot be used."""


@cache
def catalogue(folder: Path = FOLDER) -> Mapping[str, Mapping[str, str]]:
    """Read the catalogue: key → language → text. Raises WordingError."""
    found: dict[str, Mapping[str, str]] = {}
    for path in sorted(folder.glob("*.toml")):
        for group, entries in tomllib.loads(path.read_text(encoding="utf-8")).items():
            for name, text in entries.items():
                key = f"{group}.{name}"
                if key in found:
                    raise WordingError(f"{path.name}: {key} is in another file too")
                if not isinstance(text, dict) or text.keys() != {"fa", "en"} or not all(text.values()):
                    raise WordingError(f"{path.name}: {key} needs fa and en")
                found[key] = MappingProxyType(text)
    return MappingProxyType(found)


def text(key: str, language: Language) -> str:
    """Find one text. Raises LookupError for a key that the catalogue does not have."""
    return catalogue()[key][language]
