"""`hub mappings …`: look at mapping documents, run their tests, try them on a message."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, NoReturn, Protocol, cast

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from mappings import pointers
from mappings.canonical import CanonicalError, validate, warnings_of
from mappings.compiler import Mapping
from mappings.differences import compare
from mappings.document import load_document
from mappings.errors import DocumentError, Finding, MappingError
from mappings.lineage import hatches
from mappings.nodes import ABSENT
from mappings.shelf import Registered, compile_files
from mappings.tables.commands import app as tables_app
from mappings.tables.conflicts import TableError
from mappings.tables.shelf import tables_of

app = typer.Typer(help="Mapping documents: list, show, test, preview, diff.", no_args_is_help=True)

app.add_typer(tables_app, name="tables")

JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON.")]

_NO, _FAILURE = 1, 2


class HasMappings(Protocol):
    """What these commands need from the program around them."""

    def mapping_files(self) -> list[Path]:
        """Every mapping document of this site."""
        ...

    @property
    def tables_folder(self) -> Path:
        """Where the site's own code tables lie."""
        ...

    def mapping_functions(self) -> Registered:
        """The functions that the connectors' folders register, by system."""
        ...


def _load(context: typer.Context) -> tuple[dict[str, Mapping], list[Finding]]:
    site = cast("HasMappings", context.obj)
    try:
        return compile_files(site.mapping_files(), tables_of(site.tables_folder), functions=site.mapping_functions())
    except (TableError, ValueError) as unusable:
        _fail(str(unusable))


def _fail(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(_FAILURE)


def _find(context: typer.Context, name: str) -> Mapping:
    good, findings = _load(context)
    if name in good:
        return good[name]
    about = [str(finding) for finding in findings if Path(finding.file).stem == name.rpartition(".")[2]]
    _fail("\n".join([f"there is no usable mapping {name!r}", *about, f"there are: {', '.join(good) or 'none'}"]))


def _print(value: Any) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


@app.command("list")
def list_mappings(context: typer.Context, *, as_json: JsonFlag = False) -> None:
    """Every mapping with its version, grade and number of tests. Exit 1 when a document cannot be used."""
    good, findings = _load(context)
    rows = [
        {
            "id": mapping.id,
            "version": mapping.version,
            "grade": mapping.document.grade,
            "request": mapping.document.canonical.request,
            "answer": mapping.document.canonical.answer,
            "tests": len(mapping.document.tests),
            "hash": mapping.content_hash,
            "file": mapping.document.source.name,
        }
        for mapping in good.values()
    ]
    if as_json:
        _print({"mappings": rows, "findings": [asdict(finding) for finding in findings]})
    else:
        table = Table(Column("Mapping", no_wrap=True), "Version", "Grade", "Asks with", "Answers", "Tests", "Hash")
        for row in rows:
            words = (row[key] for key in ("id", "version", "grade", "request", "answer", "tests"))
            table.add_row(*("" if word is None else str(word) for word in words), str(row["hash"])[:12])
        Console().print(table)
        for finding in findings:
            typer.echo(str(finding), err=True)
    raise typer.Exit(_NO if findings else 0)


@app.command()
def show(context: typer.Context, name: str, *, as_json: JsonFlag = False) -> None:
    """One mapping document, with its hash."""
    mapping = _find(context, name)
    if as_json:
        _print({"hash": mapping.content_hash, "document": mapping.document.source.value})
        return
    document = mapping.document
    typer.echo(f"{document.id}  version {document.version}  {document.grade}  sha256 {mapping.content_hash}")
    typer.echo(f"{document.title.fa}\n{document.title.en}")
    typer.echo(f"{document.canonical.request or '-'} -> {document.canonical.answer or '-'}")
    table = Table("Direction", Column("Field", no_wrap=True), "Grade", "Pipeline")
    for direction, fields in (("to_native", document.to_native), ("from_native", document.from_native)):
        for field, pipeline in (fields or {}).items():
            grade = document.grade_of(f"{direction}/{field}")
            table.add_row(direction, field, grade, json.dumps(pipeline, ensure_ascii=False))
    Console().print(table)


@app.command("test")
def run_tests(
    context: typer.Context, name: Annotated[str, typer.Argument()] = "", *, as_json: JsonFlag = False
) -> None:
    """Run the tests inside the documents. Exit 1 when one fails or a document cannot be used."""
    good, findings = ({name: _find(context, name)}, []) if name else _load(context)
    results = [(mapping, result) for mapping in good.values() for result in mapping.run_tests()]
    failed = sum(not result.passed for _, result in results)
    if as_json:
        rows = [{"mapping": mapping.id, **asdict(result)} for mapping, result in results]
        _print({"results": rows, "failed": failed, "findings": [asdict(finding) for finding in findings]})
    else:
        for mapping, result in results:
            if not result.passed:
                typer.echo(f"FAILED {mapping.id}: {result.name}")
                for difference in result.differences:
                    typer.echo(f"  {difference}")
        for finding in findings:
            typer.echo(str(finding), err=True)
        typer.echo(f"{len(good)} documents, {len(results)} tests, {failed} failed, {len(findings)} findings")
    raise typer.Exit(_NO if failed or findings else 0)


@app.command()
def diff(old: Path, new: Path, *, as_json: JsonFlag = False) -> None:
    """What differs between two versions of a document: fields, tables, outcomes, tests. Exit 1 when anything does."""
    try:
        changes = compare(*(load_document(path.read_bytes(), name=str(path)) for path in (old, new)))
    except (OSError, DocumentError) as error:
        _fail(str(error))
    if as_json:
        _print({"changes": [asdict(change) for change in changes]})
    else:
        for change in changes:
            typer.echo(f"{change.kind:8} {change.section}: {change.name}")
            for sign, value in (("-", change.old), ("+", change.new)):
                if value is not None:
                    typer.echo(f"  {sign} {json.dumps(value, ensure_ascii=False)}")
        typer.echo(f"{len(changes)} differences")
    raise typer.Exit(_NO if changes else 0)


@app.command()
def preview(
    context: typer.Context,
    name: str,
    data: Annotated[str, typer.Option("--data", help="A JSON file, or - for standard input.")],
    *,
    reply: Annotated[bool, typer.Option("--reply", help="The data is a native reply.")] = False,
    status: Annotated[int | None, typer.Option("--status", help="The HTTP status of the reply.")] = None,
    asked: Annotated[str, typer.Option("--asked", help="With --reply: a JSON file, the request answered to.")] = "",
    value: Annotated[list[str] | None, typer.Option("--context", help="A value of the call, as key=value.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Translate one message without sending anything, and tell where each field comes from.

    What is acceptable and still looks wrong about an identifier is told as `warnings`. Exit 1 when the mapping refuses
    the message.
    """
    mapping = _find(context, name)
    message = _read(data)
    values = _values(value or [])
    try:
        if reply:
            verdict = mapping.outcome(message, status)
            question = _read(asked) if asked else None
            answer = mapping.from_native(message, values, asked=question) if verdict.kind == "answered" else None
            doubts = _doubts(mapping.document.canonical.answer, answer)
            found = {"outcome": asdict(verdict), "canonical": answer, **doubts}
            _show(mapping, "from_native", found, as_json=as_json)
        else:
            model = mapping.document.canonical.request or ""
            checked = validate(model, message).model_dump(mode="json", exclude_none=True) if model else message
            found = {"native": mapping.to_native(checked, values), **_doubts(model, checked)}
            _show(mapping, "to_native", found, as_json=as_json)
    except CanonicalError as error:
        _print({"errors": [asdict(fault) for fault in error.errors]})
        raise typer.Exit(_NO) from error
    except MappingError as error:
        _print({"errors": [{"pointer": error.pointer, "code": error.code, "message": error.message}]})
        raise typer.Exit(_NO) from error


def _show(mapping: Mapping, direction: str, result: dict[str, Any], *, as_json: bool) -> None:
    """Print what came of a message, and for each field of the document where it comes from."""
    lineage = mapping.lineage(direction)
    made = result.get("native", result.get("canonical"))
    if as_json:
        _print({**result, "lineage": [asdict(field) for field in lineage], "hatches": hatches(lineage)})
        return
    _print(result)
    table = Table(Column("Field", no_wrap=True), "Value", "From", "Steps", "Line")
    for field in lineage:
        found = "" if "*" in field.target else json.dumps(_at(made, field.target), ensure_ascii=False)
        line = mapping.document.source.line(field.pointer)
        origins = "; ".join(f"{'if ' if one.condition else ''}{one.kind} {one.what}" for one in field.origins)
        table.add_row(*map(escape, (field.target, found, origins, " ".join(field.steps), str(line))))
    Console().print(table)


def _at(message: Any, pointer: str) -> Any:
    for part in pointers.split(pointer):
        message = pointers.step_into(message, part)
    return None if message is ABSENT else message


def _doubts(model: str | None, message: Any) -> dict[str, Any]:
    """The warnings about a message, where there are any."""
    found = warnings_of(validate(model, message)) if model and message is not None else []
    return {"warnings": [asdict(warning) for warning in found]} if found else {}


def _values(written: list[str]) -> dict[str, str]:
    values = {}
    for item in written:
        key, equals, value = item.partition("=")
        if not equals:
            _fail(f"--context {item}: write key=value")
        values[key] = value
    return values


def _read(data: str) -> Any:
    try:
        text = sys.stdin.read() if data == "-" else Path(data).read_text(encoding="utf-8")
        return json.loads(text)
    except (OSError, ValueError, RecursionError) as error:
        _fail(f"{data}: {error}")
