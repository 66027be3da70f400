"""The registry on the command line: `code`, `agencies`, `services`, `rights`, `subscriptions`, `trace`, `timeline`.

Exit status 0 good, 1 the answer is no, 2 usage or failure. `--json` prints data as JSON.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from registry import codes
from registry.access.commands import add_agency, grant_right, keys, withdraw_right
from registry.desk import AsData, Site, read
from registry.printing import refuse, show_many, show_one

if TYPE_CHECKING:
    from registry.cases import Case
    from registry.events import StatusEvent
    from registry.schema import Transaction

T = TypeVar("T")

__all__ = ["Site", "agencies", "code", "keys", "rights", "services", "subscriptions", "timeline", "trace"]

code = typer.Typer(no_args_is_help=True, help="Tracking codes: issue, check, resolve.")
agencies = typer.Typer(no_args_is_help=True, help="Agencies, units, offices and systems that take part.")
services = typer.Typer(no_args_is_help=True, help="Services and their cards.")
rights = typer.Typer(no_args_is_help=True, help="Who may ask what, for which purpose, on which legal basis.")
subscriptions = typer.Typer(no_args_is_help=True, help="Who is told of which events.")

agencies.command("add")(add_agency)
rights.command("grant")(grant_right)
rights.command("withdraw")(withdraw_right)


@code.command("issue")
def issue_code(
    ctx: typer.Context,
    agency: Annotated[int | None, typer.Option(min=1, max=9999, help="The issuing agency's number.")] = None,
    as_data: AsData = False,
) -> None:
    """Draw a fresh tracking code that no case of this hub has."""
    from registry import cases

    site: Site = ctx.obj
    number = site.agency_number if agency is None else agency
    year = codes.jalali_year2(site.clock())

    def draw(t: "Transaction") -> codes.TrackingCode:
        drawn = codes.issue(year, number)
        while cases.by_code(t, drawn) is not None:
            drawn = codes.issue(year, number)
        return drawn

    fresh = read(ctx.obj, draw)
    if as_data:
        show_one({"code": fresh, "grouped": codes.group(fresh)}, as_data=True)
    else:
        typer.echo(codes.group(fresh))


@code.command("check")
def check_code(text: Annotated[str, typer.Argument(metavar="CODE")], as_data: AsData = False) -> None:
    """Tell whether a text is a tracking code, and where it is wrong."""
    parsed = _parsed(text, as_data=as_data)
    if as_data:
        show_one({"valid": True, "code": parsed, "grouped": codes.group(parsed)}, as_data=True)
    else:
        typer.echo(f"{codes.group(parsed)}  ✓")


@code.command("resolve")
def resolve_code(
    ctx: typer.Context,
    value: Annotated[str, typer.Argument(metavar="CODE")],
    system: Annotated[str | None, typer.Option(help="The value is this system's own number for the case.")] = None,
    as_data: AsData = False,
) -> None:
    """Find the case of a tracking code, or of another system's number for it."""
    from registry import cases

    if system is None:
        parsed = _parsed(value, as_data=as_data)
        found = read(ctx.obj, lambda t: cases.by_code(t, parsed))
    else:
        found = read(ctx.obj, lambda t: cases.by_alias(t, system, value))
    if found is None:
        raise refuse(f"No case has {value}.", {"found": False, "value": value, "system": system}, as_data=as_data)
    show_one(found, as_data=as_data)


def _parsed(text: str, *, as_data: bool) -> codes.TrackingCode:
    try:
        return codes.parse(text)
    except codes.CodeError as error:
        data = {
            "valid": False,
            "code": error.code,
            "position": error.position,
            "message_fa": error.message_fa,
            "message_en": error.message_en,
        }
        raise refuse(f"{error.message_en}\n{error.message_fa}", data, as_data=as_data) from error


def trace(ctx: typer.Context, text: Annotated[str, typer.Argument(metavar="CODE")], as_data: AsData = False) -> None:
    """Show the inquiries of a case, every attempt at each of them, and the case's other numbers."""
    from registry import cases, inquiries

    def act(t: "Transaction", case: "Case") -> dict[str, Any]:
        asked = [
            {
                "id": one.id,
                "service": one.service,
                "state": one.state.value,
                "reason": one.reason_code,
                "accepted_at": one.accepted_at,
                "due_at": one.due_at,
                "attempts": [
                    {"number": each.number, "at": each.started_at, "outcome": each.outcome, "code": each.code}
                    for each in inquiries.attempts(t, one.id)
                ],
            }
            for one in inquiries.of_case(t, case.id)
        ]
        other = [{"system": alias.system, "value": alias.value} for alias in cases.aliases(t, case.id)]
        return {"code": case.code, "service": case.service, "owner": case.owner, "aliases": other, "inquiries": asked}

    show_one(_of_case(ctx, text, act, as_data=as_data), as_data=as_data)


def timeline(ctx: typer.Context, text: Annotated[str, typer.Argument(metavar="CODE")], as_data: AsData = False) -> None:
    """Show what happened to a case, by when it happened."""
    from registry import events

    def act(t: "Transaction", case: "Case") -> "list[StatusEvent]":
        return sorted(events.timeline(t, case.id), key=lambda event: (event.occurred_at, event.sequence))

    told = _of_case(ctx, text, act, as_data=as_data)
    if as_data:
        show_many(told, [], as_data=True)
        return
    for event in told:
        at = event.occurred_at.isoformat(sep=" ", timespec="seconds")
        stage = f"  [{event.stage}]" if event.stage else ""
        typer.echo(f"{event.sequence:>3}  {at}  {event.system:<15}  {event.title_en}{stage}\n{'':32}{event.title_fa}")


def _of_case(ctx: typer.Context, text: str, act: "Callable[[Transaction, Case], T]", *, as_data: bool) -> T:
    """Run the act on the case of a code; without one the answer is no."""
    from registry import cases

    wanted = _parsed(text, as_data=as_data)

    def find(t: "Transaction") -> T | None:
        case = cases.by_code(t, wanted)
        return None if case is None else act(t, case)

    found = read(ctx.obj, find)
    if found is None:
        raise refuse(f"No case has {text}.", {"found": False, "value": text}, as_data=as_data)
    return found


@agencies.command("list")
def list_agencies(ctx: typer.Context, as_data: AsData = False) -> None:
    """List all participants."""
    from registry import participants

    found = read(ctx.obj, participants.every)
    show_many(found, ["identifier", "kind", "title_fa", "title_en", "agency_number", "active"], as_data=as_data)


@agencies.command("show")
def show_agency(ctx: typer.Context, identifier: str, as_data: AsData = False) -> None:
    """Show one participant."""
    from registry import participants

    _show(read(ctx.obj, lambda t: participants.get(t, identifier)), identifier, as_data=as_data)


@services.command("list")
def list_services(ctx: typer.Context, as_data: AsData = False) -> None:
    """List the newest version of every service."""
    from registry import services as room

    columns = ["id", "version", "provider", "title_fa", "title_en", "kind", "electronic", "approved"]
    show_many(read(ctx.obj, room.every), columns, as_data=as_data)


@services.command("show")
def show_service(ctx: typer.Context, service: str, as_data: AsData = False) -> None:
    """Show a service with its card."""
    from registry import services as room

    _show(read(ctx.obj, lambda t: room.get(t, service)), service, as_data=as_data)


@rights.command("list")
def list_rights(
    ctx: typer.Context,
    agency: Annotated[str | None, typer.Option(help="Only this participant's.")] = None,
    as_data: AsData = False,
) -> None:
    """List access rights."""
    from registry import rights as room

    columns = ["participant", "service", "purposes", "legal_bases", "field_mask", "quota_per_day", "expires_at"]
    show_many(read(ctx.obj, lambda t: room.every(t, agency)), columns, as_data=as_data)


@rights.command("show")
def show_right(ctx: typer.Context, agency: str, service: str, as_data: AsData = False) -> None:
    """Show what a participant may ask of a service."""
    from registry import rights as room

    _show(read(ctx.obj, lambda t: room.get(t, agency, service)), f"{agency} → {service}", as_data=as_data)


@subscriptions.command("list")
def list_subscriptions(
    ctx: typer.Context,
    agency: Annotated[str | None, typer.Option(help="Only this participant's.")] = None,
    as_data: AsData = False,
) -> None:
    """List subscriptions."""
    from registry import subscriptions as room

    columns = ["id", "participant", "url", "types", "state", "reason"]
    show_many(read(ctx.obj, lambda t: room.every(t, agency)), columns, as_data=as_data)


@subscriptions.command("show")
def show_subscription(ctx: typer.Context, subscription: str, as_data: AsData = False) -> None:
    """Show one subscription; its secret is never printed."""
    from registry import subscriptions as room

    _show(read(ctx.obj, lambda t: room.get(t, subscription)), subscription, as_data=as_data)


def _show(found: object | None, name: str, *, as_data: bool) -> None:
    if found is None:
        raise refuse(f"{name} is not known here.", {"found": False, "name": name}, as_data=as_data)
    show_one(found, as_data=as_data)
