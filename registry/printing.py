"""How the commands of this room print: a table for people, JSON for programs."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

GOOD, NO, FAILED = 0, 1, 2
"""Exit status: good, the answer is no, usage or failure."""

_SECRET = frozenset({"secret_sealed", "secret_hash", "applicant_sealed"})


def as_json(value: Any) -> Any:
    """Return a record of this room as what JSON can hold; sealed and secret fields stay behind."""
    if hasattr(value, "__dataclass_fields__"):
        return {one.name: as_json(getattr(value, one.name)) for one in fields(value) if one.name not in _SECRET}
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: as_json(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_json(inner) for inner in value]
    return value


def show_many(rows: Sequence[Any], columns: Sequence[str], *, as_data: bool) -> None:
    """Print records, one a line; `columns` are the fields a person wants to see."""
    if as_data:
        _print_json(as_json(rows))
        return
    table = Table(box=None, header_style="bold")
    for position, column in enumerate(columns):
        # What a person copies into the next command stays whole, however narrow the terminal.
        table.add_column(column, no_wrap=position == 0, overflow="fold")
    for row in rows:
        table.add_row(*(_cell(getattr(row, column)) for column in columns))
    Console().print(table)


def show_one(row: Any, *, as_data: bool) -> None:
    """Print one record with all its fields."""
    shown = as_json(row)
    if as_data:
        _print_json(shown)
        return
    width = max(map(len, shown))
    for name, value in shown.items():
        if value not in (None, [], {}, ""):
            text = json.dumps(value, ensure_ascii=False, indent=2) if isinstance(value, (dict, list)) else value
            typer.echo(f"{name:<{width}}  {text}")


def refuse(message: str, data: Mapping[str, Any], *, as_data: bool) -> typer.Exit:
    """Say no and return the exit to raise."""
    if as_data:
        _print_json(data)
    else:
        typer.echo(message, err=True)
    return typer.Exit(NO)


def fail(message: str) -> typer.Exit:
    """Say what went wrong and return the exit to raise."""
    typer.echo(message, err=True)
    return typer.Exit(FAILED)


def _cell(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    return "" if value is None else str(value)


def _print_json(value: Any) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))
