"""Results as aligned text for a terminal and as Markdown for a page."""

from collections.abc import Sequence
from typing import NamedTuple

from benchmarks.rounds import Row, Rows, Spread, middle, ratio


class Column(NamedTuple):
    """A number of a subject: its heading, its name in the results, its digits after the point."""

    title: str
    name: str
    digits: int = 0


RATES = (
    Column("accepted/s", "accepted_rate"),
    Column("completed/s", "completed_rate"),
    Column("CPU µs", "cpu"),
    Column("servers µs", "cpu_servers"),
    Column("fsyncs/1000", "fsyncs"),
    Column("memory MiB", "memory"),
    Column("refused", "refused"),
    Column("lost", "lost"),
    Column("repeated", "effects_repeated"),
)
TIMES = (
    Column("accept p50 ms", "accept_p50", 1),
    Column("accept p99 ms", "accept_p99", 1),
    Column("end to end p50 ms", "end_p50", 1),
    Column("end to end p99 ms", "end_p99", 1),
    Column("CPU µs", "cpu"),
    Column("refused", "refused"),
    Column("lost", "lost"),
)
CLOSED = (*RATES[:2], TIMES[0], TIMES[1], *RATES[2:])

Lines = list[list[str]]


def cell(value: Spread, digits: int) -> str:
    """The median, and in brackets between which values the rounds lay, where they differ as shown."""
    low, middling, high = (f"{value[end]:,.{digits}f}" for end in ("low", "median", "high"))
    return middling if low == high else f"{middling} ({low}–{high})"


def table(rows: Rows, columns: Sequence[Column], *, against: str | None = None) -> Lines:
    """A line for each subject. With `against`, a last column gives completed/s as a ratio to that subject's."""
    base = rows.get(against or "")
    lines = [["", *(column.title for column in columns), *([f"× {against}"] if base else [])]]
    for name, row in rows.items():
        line = [name, *(cell(row[column.name], column.digits) if column.name in row else "–" for column in columns)]
        if base:
            line.append(_times(row, base))
        lines.append(line)
    return lines


def _times(row: Row, base: Row) -> str:
    found = ratio(middle(row, "completed_rate"), middle(base, "completed_rate"))
    return "–" if found is None else f"{found:.2f}"


def aligned(lines: Sequence[Sequence[str]]) -> str:
    """Columns as wide as their widest cell; the first to the left, the rest to the right."""
    widths = [max(len(line[place]) for line in lines) for place in range(len(lines[0]))]
    return "\n".join(
        "  ".join(
            text.ljust(width) if place == 0 else text.rjust(width)
            for place, (text, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def markdown(lines: Sequence[Sequence[str]], *, left: int = 1) -> str:
    """The same lines as a Markdown table; the first `left` columns to the left, the rest to the right."""
    head, *body = lines
    rule = ["---" if place < left else "---:" for place in range(len(head))]
    return "\n".join("| " + " | ".join(line) + " |" for line in (head, rule, *body))
