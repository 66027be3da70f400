"""How the story looks in a terminal: numbered acts, facts in three columns, a spinner while it waits.

A line holds Persian or Latin letters in columns of their own, so that terminals with and without right-to-left
support show both in order.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager

from rich.align import Align
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

WIDTH = 104
LABEL = 30
LEFT_TO_RIGHT = "\u200e"
"""An invisible mark after a value: without it a terminal takes a Persian value and its Persian label for one phrase."""
PERSIAN_LABEL = 15
ACCENT = "bright_cyan"

Fact = tuple[str, str, str]
"""Persian label, English label, value."""


class Stage:
    """Prints. Knows nothing of what it prints."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._act = 0

    def curtain(self, fa: str, en: str, lines: Sequence[tuple[str, str]]) -> None:
        """Open or close the story with a panel; a line is something and what it is."""
        grid = Table.grid(padding=(0, 3))
        for thing, what in lines:
            grid.add_row(Text(thing, style="bold"), Text(what, style="dim"))
        body: list[RenderableType] = [
            Align.center(Text(fa, style=f"bold {ACCENT}")),
            Align.center(Text(en, style="bold")),
            Text(),
            Align.center(grid),
        ]
        self._console.print()
        self._console.print(Panel(Group(*body), border_style=ACCENT, padding=(1, 2), width=self._width))

    def act(self, fa: str, en: str) -> None:
        """Begin the next numbered act."""
        self._act += 1
        self._console.print()
        heading = Table.grid(expand=True)
        heading.add_column(no_wrap=True)
        heading.add_column(justify="right", no_wrap=True)
        number = Text.assemble((f" {self._act:>2} ", f"bold reverse {ACCENT}"), "  ", (en, "bold"))
        heading.add_row(number, Text(fa, style=ACCENT))
        self._console.print(heading, width=self._width)
        self._console.print(Rule(style="grey37"), width=self._width)

    def facts(self, facts: Iterable[Fact]) -> None:
        """Show values beside their names in both languages."""
        grid = Table.grid(padding=(0, 2))
        grid.add_column(justify="left", style="dim", width=LABEL, no_wrap=True)
        grid.add_column(justify="left", overflow="fold", width=self._width - LABEL - PERSIAN_LABEL - 4)
        grid.add_column(justify="right", style="grey62", width=PERSIAN_LABEL, no_wrap=True)
        for fa, en, value in facts:
            grid.add_row(f"     {en}", Text.from_markup(value + LEFT_TO_RIGHT), fa)
        self._console.print(grid)

    def say(self, text: str, style: str = "") -> None:
        """Print one sentence under the act."""
        self._console.print(Text("     ") + Text.from_markup(text, style=style), width=self._width)

    def gap(self) -> None:
        """Leave a line empty."""
        self._console.print()

    def good(self, text: str) -> None:
        """Print a sentence about something that went as it should."""
        self.say(f"[bold green]✓[/] {text}")

    def held(self, text: str) -> None:
        """Print a sentence about something that waits or is in doubt."""
        self.say(f"[bold yellow]●[/] {text}")

    def table(self, columns: Sequence[tuple[str, str]], rows: Iterable[Sequence[str]]) -> None:
        """Show a table; a column is its heading and `left`, `right` or `fold` (right, on several lines if need be)."""
        table = Table(box=None, padding=(0, 2, 0, 0), header_style=f"bold {ACCENT}", pad_edge=False)
        table.add_column("", width=3)
        for heading, justify in columns:
            table.add_column(heading, justify="left" if justify == "left" else "right", no_wrap=justify != "fold")
        for row in rows:
            table.add_row("", *(Text.from_markup(cell) for cell in row))
        self._console.print(table, width=self._width)

    @asynccontextmanager
    async def waiting(self, text: str) -> AsyncIterator[None]:
        """Show a spinner while the context lasts; nothing is left of it when output is not a terminal."""
        with self._console.status(Text(text, style="dim"), spinner="dots"):
            yield

    @property
    def _width(self) -> int:
        return min(self._console.width, WIDTH)
