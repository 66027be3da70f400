"""`hub missing`: the register of services that do not exist yet at the exchange centre, and their request letters.

On SQLite a running hub is the only writer: then the writing commands say so, and the admin API is the way.
"""

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from registry.desk import AsData, Site, read, write
from registry.missing import Step
from registry.printing import fail, refuse, show_many, show_one

if TYPE_CHECKING:
    from pydantic import BaseModel

    from registry.missing import Entry
    from registry.store import Transaction

Model = TypeVar("Model", bound="BaseModel")
T = TypeVar("T")

missing = typer.Typer(no_args_is_help=True, help="Services that the exchange centre does not have yet; their letters.")
BY = "command-line"
Name = Annotated[str, typer.Argument(metavar="ID", help="As `hub missing list` names it.")]
File = Annotated[typer.FileText, typer.Argument(help="YAML or JSON, as `hub missing show --yaml` prints; - for input.")]


@missing.command("list")
def list_missing(
    ctx: typer.Context,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only where the day of the answer has passed.")] = False,
    as_data: AsData = False,
) -> None:
    """List what is needed: state, since when, until when an answer is due, whether one may act."""
    from gateway.missing.acts import entry_view
    from registry import missing as register

    now = ctx.obj.clock()
    rows = [entry_view(one, now) for one in read(ctx.obj, register.every)]
    rows = [one for one in rows if one["overdue"] or not overdue]
    columns = ["id", "title", "state", "due_on", "overdue"]
    if as_data:
        show_many(rows, columns, as_data=True)
        return
    from types import SimpleNamespace

    flat = [SimpleNamespace(**(one | {"title": f"{one['title']['fa']}\n{one['title']['en']}"})) for one in rows]
    show_many(flat, columns, as_data=False)


@missing.command("show")
def show_missing(
    ctx: typer.Context,
    name: Name,
    as_yaml: Annotated[bool, typer.Option("--yaml", help="Only what is needed, as `add` and `amend` read it.")] = False,
    as_data: AsData = False,
) -> None:
    """Show what is needed, every step that was taken, and what may come next."""
    from gateway.missing.acts import found, whole_view

    entry = _answered(lambda: read(ctx.obj, lambda t: found(t, name)), name, as_data=as_data)
    shown = whole_view(entry, ctx.obj.clock())
    if as_yaml:
        import yaml

        needed = {key: shown[key] for key in ("id", "owner", "title", "record")}
        typer.echo(yaml.safe_dump(needed, allow_unicode=True, sort_keys=False, width=120), nl=False)
        return
    show_one(shown, as_data=as_data)


@missing.command("add")
def add_missing(ctx: typer.Context, file: File, as_data: AsData = False) -> None:
    """Enter a service that is needed: id, owner, title, record."""
    from gateway.missing.acts import enter
    from gateway.missing.bodies import MissingRequest

    asked = _read(MissingRequest, file)
    _write(ctx, lambda t, **who: enter(t, asked, **who), asked.id, as_data=as_data)


@missing.command("amend")
def amend_missing(ctx: typer.Context, file: File, as_data: AsData = False) -> None:
    """Say anew what is needed: owner, title, record. Letters that were sent stay as they were."""
    from gateway.missing.acts import amend
    from gateway.missing.bodies import MissingRequest

    asked = _read(MissingRequest, file)
    _write(ctx, lambda t, **who: amend(t, asked.id, asked, **who), asked.id, as_data=as_data)


@missing.command("step")
def step_missing(
    ctx: typer.Context,
    name: Name,
    step: Annotated[Step, typer.Argument(help="What happened.")],
    number: Annotated[str | None, typer.Option(help="Number of the letter, or of what came back.")] = None,
    day: Annotated[str | None, typer.Option("--date", help="Its day: 1405/09/01 or 2026-11-22.")] = None,
    signer: Annotated[
        tuple[str, str] | None, typer.Option(help="Who signed, in Persian and in English.", metavar="FA EN")
    ] = None,
    position: Annotated[
        tuple[str, str] | None, typer.Option(help="The signer's office, in both languages.", metavar="FA EN")
    ] = None,
    annex: Annotated[list[str] | None, typer.Option(help="An annex as `Persian = English`; may be repeated.")] = None,
    text: Annotated[str | None, typer.Option(help="What came back, in its own words.")] = None,
    promised: Annotated[str | None, typer.Option(help="The day by which it is promised.")] = None,
    service: Annotated[str | None, typer.Option(help="The service of the catalogue that is there now.")] = None,
    note: Annotated[str | None, typer.Option(help="A remark.")] = None,
    as_data: AsData = False,
) -> None:
    """Write a step down: request and remind with the letter, answer and refuse with the reply, and so on."""
    from gateway.missing.acts import take
    from gateway.missing.bodies import StepRequest
    from registry.missing import LETTERS

    said: dict[str, Any] = {"step": step.value, "service": service, "note": note}
    if step in LETTERS:
        said["letter"] = {
            "number": number,
            "date": _day(day),
            "signatory": {"name": _both(signer), "title": _both(position)},
            "annexes": [_both(tuple(one.split(" = ", 1))) for one in annex or ()],
        }
    elif number or day or text:
        said["reply"] = {"number": number, "date": _day(day), "text": text, "promised_on": _day(promised)}
    asked = _fitting(StepRequest, said)
    _write(ctx, lambda t, **who: take(t, name, asked, **who), name, as_data=as_data)


@missing.command("letter")
def letter_missing(
    ctx: typer.Context,
    name: Name,
    to: Annotated[Path, typer.Option(help="Where the PDF is written.", dir_okay=False)],
    language: Annotated[str, typer.Option(help="fa or en.")] = "fa",
    draft: Annotated[bool, typer.Option("--draft", help="A draft of the next letter, whatever was sent.")] = False,
    step: Annotated[int | None, typer.Option(min=1, help="The letter of this step. Left out: the newest.")] = None,
    as_data: AsData = False,
) -> None:
    """Write the request letter as PDF: as it was sent, or a draft where none was sent."""
    from gateway.missing.fonts import FontMissing, find_fonts
    from gateway.missing.posting import occasion, posted

    if language not in {"fa", "en"}:
        raise fail(f"--language is fa or en, not {language}")
    now = ctx.obj.clock()
    written = _answered(
        lambda: read(ctx.obj, lambda t: occasion(t, name, now=now, draft=draft, number=step)), name, as_data=as_data
    )
    try:
        pdf = posted(written, "fa" if language == "fa" else "en", find_fonts())
        to.write_bytes(pdf)
    except (FontMissing, OSError) as fault:
        raise fail(str(fault)) from fault
    sent = written.sent.number if written.sent else None
    show_one({"file": str(to), "bytes": len(pdf), "draft": sent is None, "number": sent}, as_data=as_data)


def _day(text: str | None) -> str | None:
    """An ISO day of a Jalali or Gregorian one, digits in any script."""
    if text is None:
        return None
    from gateway.missing.days import read_day

    try:
        return read_day(text).isoformat()
    except ValueError as wrong:
        raise fail(str(wrong)) from wrong


def _both(pair: tuple[str, ...] | None) -> dict[str, str | None]:
    fa, en, *_ = (*(pair or ()), None, None)
    return {"fa": fa, "en": en}


def _read(model: type[Model], file: typer.FileText) -> Model:
    import yaml

    try:
        return _fitting(model, yaml.safe_load(file.read()))
    except yaml.YAMLError as wrong:
        raise fail(f"{file.name}: {wrong}") from wrong


def _fitting(model: type[Model], said: Any) -> Model:
    import orjson
    from pydantic import ValidationError

    try:
        return model.model_validate_json(orjson.dumps(said))
    except (ValidationError, TypeError) as wrong:
        if not isinstance(wrong, ValidationError):
            raise fail(str(wrong)) from wrong
        found = [f"{'.'.join(map(str, one['loc'])) or 'all'}: {one['msg']}" for one in wrong.errors()]
        raise fail("\n".join(found)) from wrong


def _write(ctx: typer.Context, act: "Callable[..., Entry]", name: str, *, as_data: bool) -> None:
    from gateway.missing.acts import entry_view

    site: Site = ctx.obj
    now: datetime = site.clock()

    def change(t: "Transaction") -> "Entry":
        return act(t, by=BY, now=now, random=os.urandom)

    entry = _answered(lambda: write(site, change), name, as_data=as_data)
    show_one(entry_view(entry, now), as_data=as_data)


def _answered(act: Callable[[], T], name: str, *, as_data: bool) -> T:
    """What the act gives; a problem is the answer no, in both languages."""
    from gateway.problems import Problem

    try:
        return act()
    except Problem as no:
        fa, en = no.detail or (no.kind.fa, no.kind.en)
        places = [f"{one.pointer}: {one.en}" for one in no.errors]
        raise refuse(
            "\n".join([f"{name}: {en}", fa, *places]), {"done": False, "name": name, "code": no.code}, as_data=as_data
        ) from no
