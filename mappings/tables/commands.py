"""`hub mappings tables …`: the shared code tables: list, show, import from CSV with a report of conflicts."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, NoReturn, Protocol

import typer

app = typer.Typer(no_args_is_help=True, help="Shared code tables: list, show, import.")

JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_NO, _FAILURE = 1, 2


class HasTables(Protocol):
    """What these commands need from the program around them."""

    def mapping_files(self) -> list[Path]:
        """Every mapping document of this site."""
        ...

    @property
    def tables_folder(self) -> Path:
        """Where the site's own tables lie."""
        ...


def _print(value: Any) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def _fail(message: str, code: int = _FAILURE) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(code)


def _tables(site: HasTables) -> Any:
    from mappings.tables.conflicts import TableError
    from mappings.tables.shelf import tables_of

    try:
        return tables_of(site.tables_folder)
    except TableError as unusable:
        _fail(str(unusable))


@app.command("list")
def list_tables(ctx: typer.Context, as_json: JsonFlag = False) -> None:
    """Every table with its number of rows, whether it has dates, and its grades."""
    site: HasTables = ctx.obj
    rows = [
        {
            "name": table.name,
            "rows": len(table.rows),
            "dated": table.dated,
            "grades": sorted({row.grade for row in table.rows}),
            "own": (site.tables_folder / f"{table.name}.csv").is_file(),
        }
        for table in _tables(site).values()
    ]
    if as_json:
        _print(rows)
        return
    from rich.console import Console
    from rich.table import Table

    shown = Table("Table", "Rows", "Dated", "Grades", "Own")
    for row in rows:
        marks = ["yes" if row[key] else "" for key in ("dated", "own")]
        shown.add_row(row["name"], str(row["rows"]), marks[0], ", ".join(row["grades"]), marks[1])
    Console().print(shown)


@app.command()
def show(
    ctx: typer.Context,
    name: str,
    at: Annotated[str, typer.Option("--at", help="Only what is valid on this day: 2026-03-21 or 1405/01/01.")] = "",
    as_json: JsonFlag = False,
) -> None:
    """Print one table. Exit 1 when there is none of this name."""
    from mappings.dates import DateError, date_reader

    found = _tables(ctx.obj)
    if name not in found:
        _fail(f"there is no table {name!r}; there are: {', '.join(sorted(found))}", _NO)
    try:
        day = date_reader("jalali:%Y/%-m/%-d" if "/" in at else "iso")(at) if at else None
    except DateError as error:
        _fail(f"--at: {error}")
    rows = [asdict(row) for row in found[name].rows if day is None or row.holds(day)]
    if as_json:
        _print(rows)
        return
    from rich.console import Console
    from rich.table import Table

    shown = Table("Code", "Canonical", "فارسی", "English", "From", "To", "Grade", "Source")
    for row in rows:
        shown.add_row(*("" if value is None else str(value) for value in _in_order(row)))
    Console().print(shown)


def _in_order(row: dict[str, Any]) -> list[Any]:
    names = ("code", "canonical", "title_fa", "title_en", "valid_from", "valid_to", "grade", "source")
    return [row[name] for name in names]


@app.command("import")
def import_table(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="A CSV file named after the table: <system>.<name>.csv")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Report only.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Take a table into this site after a report of its conflicts.

    Nothing is taken when a row is wrong, or when a mapping document would no longer compile or pass its tests with
    the new table. The table that stood there before is kept beside it as `<name>.csv.previous`. Exit 1: refused.
    """
    from mappings.tables.conflicts import TableError
    from mappings.tables.shelf import read_file

    site: HasTables = ctx.obj
    try:
        table, warnings = read_file(file)
    except TableError as unusable:
        if as_json:
            _print({"taken": False, "conflicts": [asdict(item) for item in unusable.conflicts]})
        else:
            typer.echo(str(unusable))
        raise typer.Exit(_NO) from unusable
    tables = _tables(site)
    changes = _changes(tables[table.name].rows if table.name in tables else (), table.rows)
    broken = _broken_by(site, {**tables, table.name: table}, tables)
    taken = not broken and not dry_run
    if taken:
        _keep(site.tables_folder / f"{table.name}.csv", file.read_bytes())
    if as_json:
        told = {"taken": taken, "conflicts": [asdict(item) for item in warnings], "changes": changes, "broken": broken}
        _print(told)
    else:
        lines = [*map(str, warnings), *(f"{kind}: {', '.join(codes)}" for kind, codes in changes.items() if codes)]
        lines += [f"a mapping would break: {text}" for text in broken]
        verdict = "taken" if taken else "not taken" if broken else "good; nothing was changed (--dry-run)"
        typer.echo("\n".join([*lines, f"{table.name}: {len(table.rows)} rows, {verdict}"]))
    raise typer.Exit(_NO if broken else 0)


def _changes(before: Any, after: Any) -> dict[str, list[str]]:
    """Codes that are new, gone, or say something else now."""
    old: dict[str, set[Any]] = {}
    new: dict[str, set[Any]] = {}
    for rows, codes in ((before, old), (after, new)):
        for row in rows:
            codes.setdefault(row.code, set()).add(row)
    return {
        "new": [code for code in new if code not in old],
        "gone": [code for code in old if code not in new],
        "changed": [code for code in new if code in old and new[code] != old[code]],
    }


def _broken_by(site: HasTables, tables: Any, before: Any) -> list[str]:
    """What goes wrong in the site's documents with these tables and did not go wrong with those before."""
    from mappings.shelf import compile_files

    def wrong(shared: Any) -> set[str]:
        good, findings = compile_files(site.mapping_files(), shared)
        failed = {
            f"{mapping.id}: {result.name}: {result.difference}"
            for mapping in good.values()
            for result in mapping.run_tests()
            if not result.passed
        }
        return failed | {str(finding) for finding in findings}

    return sorted(wrong(tables) - wrong(before))


def _keep(target: Path, content: bytes) -> None:
    """Put the file in its place whole, and the one before beside it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(f"{target.name}.fresh")
    fresh.write_bytes(content)
    if target.exists():
        target.replace(target.with_name(f"{target.name}.previous"))
    fresh.replace(target)
