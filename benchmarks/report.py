"""`python -m benchmarks table FILE … [--into PAGE]`: kept results as Markdown, between two marks of a page.

Results of several runs on one machine may be joined: a part that is in two files is taken from the later one.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson

from benchmarks.goals import Goal, goals
from benchmarks.parts import PARTS
from benchmarks.tables import Lines, markdown

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
SAME = ("processor", "cores", "memory", "kernel")
"""What must be equal for two files to be of one machine."""


class NotRendered(Exception):
    """Results or a page that cannot be used; the message says why."""


def joined(runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """One run's worth of results. Raises NotRendered for runs of different machines, or for none."""
    if not runs:
        raise NotRendered("no results")
    for name in SAME:
        told = {run["machine"].get(name) for run in runs}
        if len(told) > 1:
            raise NotRendered(f"the files are of different machines: {name} is {', '.join(sorted(map(str, told)))}")
    parts: dict[str, Any] = {}
    for run in runs:
        parts.update({name: {**part, "quick": run["quick"]} for name, part in run["parts"].items()})
    return {
        "machine": runs[-1]["machine"],
        "dates": sorted({run["date"] for run in runs}),
        "commands": [run["command"] for run in runs],
        "left_out": {name: why for run in runs for name, why in run["left_out"].items()},
        "parts": parts,
    }


def rendered(results: dict[str, Any]) -> str:
    """The whole Markdown: machine, commands, goals, then every part's table."""
    parts = results["parts"]
    machine = ", ".join(f"{name} {value}" for name, value in results["machine"].items())
    blocks = [
        f"Measured on {' and '.join(results['dates'])}. Machine: {machine}.",
        "```\n" + "\n".join(results["commands"]) + "\n```",
        "Numbers are medians of the rounds; in brackets the lowest and the highest round.",
    ]
    quick = sorted(name for name, part in parts.items() if part["quick"])
    if quick:
        blocks.append(f"**One short round only, to see that it works, no measurement:** {', '.join(quick)}.")
    for name, why in results["left_out"].items():
        blocks.append(f"Left out: {name} ({why}).")
    blocks += ["### Goals", markdown(goal_lines(goals(parts)), left=2)]
    for name, part in PARTS.items():
        blocks.append(f"### {part.title}")
        if name not in parts:
            blocks.append(f"Not measured; `python -m benchmarks {name}`.")
            continue
        blocks.append(markdown(part.show(parts[name]["found"])))
        blocks.append(f"`{name}`, {parts[name]['minutes']:.1f} minutes.")
    return "\n\n".join(blocks)


def goal_lines(found: Sequence[Goal]) -> Lines:
    """A line for each goal."""
    lines = [["goal", "hub", "at least", "aim", "measured", "", "of what"]]
    for goal in found:
        sign = "≤ " if goal.at_most and goal.least else ""
        bound = [_said(value, goal.unit) for value in (goal.least, goal.aim)]
        lines.append([
            goal.what, goal.whose, sign + bound[0], sign + bound[1] if goal.aim is not None else "–",
            _said(goal.measured, goal.unit, exact=False),
            f"**{goal.verdict}**" if goal.verdict == "not reached" else goal.verdict, goal.note or "–",
        ])  # fmt: skip
    return lines


def _said(value: float | None, unit: str, *, exact: bool = True) -> str:
    if value is None:
        return "–"
    digits = (
        f"{value:g}" if exact else f"{value:,.2f}" if unit == "×" else f"{value:,.1f}" if value % 1 else f"{value:,.0f}"
    )
    return f"{digits}{unit}"


def inserted(page: str, text: str) -> str:
    """The page with `text` between its marks. Raises NotRendered when it does not have each mark once, in order."""
    if page.count(BEGIN) != 1 or page.count(END) != 1 or page.index(BEGIN) > page.index(END):
        raise NotRendered(f"the page needs one line {BEGIN} and one line {END} after it")
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n\n{text}\n\n{END}{rest.partition(END)[2]}"


def main(arguments: Sequence[str]) -> int:
    """Print the Markdown, or put it into a page; 2 when that cannot be."""
    reader = argparse.ArgumentParser(prog="benchmarks table", description=__doc__)
    reader.add_argument("files", nargs="+", type=Path, metavar="FILE", help="results kept with --json")
    reader.add_argument("--into", type=Path, metavar="PAGE", help="the page whose marked part is replaced")
    given = reader.parse_args(arguments)
    try:
        text = rendered(joined([orjson.loads(file.read_bytes()) for file in given.files]))
        if given.into is None:
            print(text)
        else:
            given.into.write_text(inserted(given.into.read_text(encoding="utf-8"), text), encoding="utf-8")
    except (NotRendered, OSError, orjson.JSONDecodeError) as fault:
        print(fault, file=sys.stderr)
        return 2
    return 0
