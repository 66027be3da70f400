"""`hub doctor` on the command line."""

import asyncio
import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from gateway.doctor.examination import Report

COLOURS = {"fault": "bold red", "caution": "yellow", "unknown": "magenta"}
VERDICTS = {
    0: ("ایرادی دیده نشد.", "Nothing is wrong."),
    1: ("ایرادی هست.", "Something is wrong."),
    2: ("همه چیز را نمی‌شد دید.", "Not everything could be looked at."),
}


def doctor(
    ctx: typer.Context,
    role: Annotated[
        str, typer.Option(help="Roles this machine's broker user is for: all, or some of api,relay,worker,…")
    ] = "all",
    stopped: Annotated[bool, typer.Option("--stopped", help="The hub is not meant to run now")] = False,
    as_data: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say what is wrong with this deployment. Exit 0: nothing, 1: something is, 2: that cannot be told."""
    from broker.roles import read_roles
    from gateway.doctor.examination import damaged, examine
    from gateway.settings import SettingsDamaged

    if isinstance(ctx.obj, SettingsDamaged):
        report = damaged(ctx.obj)
    else:
        try:
            roles = read_roles(role)
        except ValueError as fault:
            typer.echo(str(fault), err=True)
            raise typer.Exit(2) from fault
        report = asyncio.run(examine(ctx.obj, roles=roles, stopped=stopped))
    if as_data:
        typer.echo(json.dumps(_data(report), ensure_ascii=False, indent=2))
    else:
        _print(report)
    raise typer.Exit(report.status)


def _data(report: "Report") -> dict[str, Any]:
    findings = [
        {
            "code": one.code,
            "severity": one.severity.value,
            "text": {"fa": one.fa, "en": one.en},
            "do": {"fa": one.do_fa, "en": one.do_en},
        }
        for one in report.findings
    ]
    return {"status": report.status, "findings": findings, "figures": report.figures}


def _print(report: "Report") -> None:
    from rich.console import Console
    from rich.padding import Padding
    from rich.text import Text

    console = Console(highlight=False)
    for one in report.findings:
        console.print(Text.assemble((one.severity.value, COLOURS[one.severity]), f"  {one.code}"))
        for line in (one.en, one.fa, f"→ {one.do_en}", f"← {one.do_fa}"):
            console.print(Padding(Text(line), (0, 0, 0, 2), expand=False))
        console.print()
    for one in report.figures.get("processes", ()):
        console.print(Text(f"{','.join(one['roles'])}  {one['lease']}  heard {one['heard_seconds_ago']:g} s ago"))
    fa, en = VERDICTS[report.status]
    console.print(Text(f"{en} {fa}"))
