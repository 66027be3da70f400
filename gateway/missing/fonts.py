"""Where the font of letters is. It is no part of the repository: it comes from its npm package at build."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

ASSETS: Final = Path(__file__).parents[2] / "console" / "assets"
"""Where the build puts what comes from npm; git does not see it."""
BUILD: Final = "make assets"
"""What builds it."""


class FontMissing(Exception):
    """No letter can be set. Says which file is missing and which command builds it."""

    def __init__(self, name: str, folder: Path) -> None:
        super().__init__(f"the font {name} is not in {folder}: build it with `{BUILD}`")
        self.name = name
        self.folder = folder


@dataclass(frozen=True, slots=True)
class Fonts:
    """The two files a letter is set in."""

    regular: Path
    bold: Path


def find_fonts(folder: Path | None = None) -> Fonts:
    """Find Vazirmatn below the folder, else below `ASSETS`. Raises FontMissing."""
    folder = folder or ASSETS
    return Fonts(_find(folder, "Vazirmatn-Regular.ttf"), _find(folder, "Vazirmatn-Bold.ttf"))


def _find(folder: Path, name: str) -> Path:
    found = min(folder.rglob(name), default=None) if folder.is_dir() else None
    if found is None:
        raise FontMissing(name, folder)
    return found
