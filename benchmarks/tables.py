"""Medians of rounds, as a table to read and as JSON to keep."""

from collections.abc import Sequence
from statistics import median

from benchmarks.trial import Cost

COLUMNS = (
    ("accepted/s", "accepted_rate", 0),
    ("completed/s", "completed_rate", 0),
    ("accept p50 ms", "accept_p50", 1),
    ("p99", "accept_p99", 1),
    ("end p50 ms", "end_p50", 1),
    ("p99", "end_p99", 1),
    ("CPU µs", "cpu", 0),
    ("servers µs", "cpu_servers", 0),
    ("fsyncs/1000", "fsyncs", 0),
    ("memory MiB", "memory", 0),
    ("refused", "refused", 0),
    ("lost", "lost", 0),
    ("repeated", "effects_repeated", 0),
)
NUMBERS = tuple(dict.fromkeys(field for _, field, _ in COLUMNS))


def medians(rounds: Sequence[Cost]) -> dict[str, float]:
    """The median of every number of one subject."""
    return {field: median(float(getattr(cost, field)) for cost in rounds) for field in NUMBERS}


def table(rows: dict[str, dict[str, float]], *, against: str | None = None) -> str:
    """Rows of medians as aligned text. With `against`, a last column gives completed/s as a ratio to that row."""
    heads = ["", *(title for title, _, _ in COLUMNS)]
    if against in rows:
        heads.append(f"× {against}")
    lines = [heads]
    for name, values in rows.items():
        line = [name, *(f"{values[field]:,.{digits}f}" for _, field, digits in COLUMNS)]
        if against is not None and against in rows:
            base = rows[against]["completed_rate"]
            line.append(f"{values['completed_rate'] / base:.2f}" if base else "–")
        lines.append(line)
    return aligned(lines)


def aligned(lines: Sequence[Sequence[str]]) -> str:
    """Columns as wide as their widest cell; the first to the left, the rest to the right."""
    widths = [max(len(line[place]) for line in lines) for place in range(len(lines[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if place == 0 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )
