"""Markdown as the reference pages need it: a page, a table, a code span."""

from collections.abc import Iterable, Sequence

NOTICE = "<!-- Written by `hub docs` from the declarations; change those. -->"


def page(title: str, opening: str, *parts: str) -> str:
    """Put a page together; an empty part is left out."""
    return "\n\n".join(part for part in (f"# {title}", NOTICE, opening, *parts) if part) + "\n"


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table. Bars inside cells are escaped; a table without rows is empty text."""
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    if not lines:
        return ""
    return "\n".join(["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns), *lines])


def code(text: str) -> str:
    """Write a code span; nothing for an empty text."""
    return f"`{text}`" if text else ""
