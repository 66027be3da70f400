"""`hub inbox`: give a unit without software a service that people answer, without code and without SQL.

On SQLite a running hub is the only writer, so what changes something is for a hub that is stopped, and says so.
"""

from collections.abc import Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Annotated, Any, Protocol

import typer

from registry.desk import AsData, Site, read, write
from registry.printing import fail, refuse, show_many, show_one

if TYPE_CHECKING:
    from connectors.catalogue import Connected
    from registry.participants import Participant
    from registry.schema import Transaction
    from registry.services import Service

inbox = typer.Typer(no_args_is_help=True, help="Units without software: services that people answer by hand.")
CHANNELS = ("C2G", "B2G", "G2G", "E2G")
Unit = Annotated[str, typer.Argument(help="The unit's identifier, as `hub agencies list` names it.")]


class InboxSite(Site, Protocol):
    """What these commands need of a site, beside what every command of the registry needs."""

    @property
    def catalogue(self) -> "Mapping[str, Connected]":
        """Every connector folder."""
        ...


@inbox.command("add")
def add_service(
    ctx: typer.Context,
    unit: Unit,
    service: Annotated[str, typer.Argument(help="A name for the service, such as archive.question.")],
    fa: Annotated[str, typer.Option(help="Its title in Persian.")],
    en: Annotated[str, typer.Option(help="Its title in English.")],
    approval: Annotated[
        str | None, typer.Option(help="The council's approval. Left out: entered, and refused until approved.")
    ] = None,
    days: Annotated[int | None, typer.Option(min=1, help="Days an answer may take. Left out: no deadline.")] = None,
    channel: Annotated[list[str] | None, typer.Option(help="C2G, B2G, G2G, E2G; may be repeated.")] = None,
    connector: Annotated[str, typer.Option(help="A connector of the kind inbox with questions of its own.")] = "inbox",
    operation: Annotated[str, typer.Option(help="Which of its questions.")] = "question",
    as_data: AsData = False,
) -> None:
    """Make a service of a unit that its people answer, and let the unit's own key answer it.

    Run again with the approval once there is one: the service gets a new version.
    """
    from registry import participants, services
    from registry.services import Service

    site: InboxSite = ctx.obj
    _question(site, connector, operation)
    offered = tuple(channel or ("G2G",))
    if unknown := [one for one in offered if one not in CHANNELS]:
        raise fail(f"--channel is one of {', '.join(CHANNELS)}, not {', '.join(unknown)}")
    fresh = Service(
        id=service, version=1, provider=unit, title_fa=fa, title_en=en, kind="supportive", electronic="semi",
        approved=approval is not None, approval_reference=approval, system=connector, operation=operation,
        channels=offered, deadline_days=days, card={"code": service, "class": "semi", "providers": [unit]},
    )  # fmt: skip

    def act(t: "Transaction") -> "Service | str":
        found = participants.get(t, unit)
        if found is None:
            return f"{unit} is not known here: add it with `hub agencies add`."
        before = services.get(t, service)
        if before is not None and (before.provider, before.system, before.operation) != (unit, connector, operation):
            return f"{service} is another service, of {before.provider}."
        made = fresh if before is None else replace(fresh, version=before.version + 1, card=before.card)
        services.put(t, made)
        _let_answer(t, found, unit)
        return made

    _show(write(site, act), service, as_data=as_data)


@inbox.command("list")
def list_services(ctx: typer.Context, as_data: AsData = False) -> None:
    """List the services that people answer: unit, deadline, how many questions wait, since when the oldest."""
    from registry import inbox as items
    from registry import services

    site: InboxSite = ctx.obj
    kinds = {name for name, one in site.catalogue.items() if one.manifest.kind == "inbox"}

    def act(t: "Transaction") -> list[dict[str, Any]]:
        found = [one for one in services.every(t) if one.system in kinds]
        waiting = items.waiting(t)
        return [
            {
                "service": one.id, "version": one.version, "unit": one.provider, "title_fa": one.title_fa,
                "title_en": one.title_en, "approved": one.approved, "deadline_days": one.deadline_days,
                "waiting": waiting.get(one.id, (0, None))[0], "oldest": waiting.get(one.id, (0, None))[1],
            }
            for one in found
        ]  # fmt: skip

    rows = read(site, act)
    columns = ["service", "unit", "title_en", "approved", "deadline_days", "waiting", "oldest"]
    show_many(rows if as_data else [SimpleNamespace(**one) for one in rows], columns, as_data=as_data)


@inbox.command("entrust")
def entrust(
    ctx: typer.Context,
    unit: Unit,
    participant: Annotated[str, typer.Argument(help="Who may answer for the unit.")],
    as_data: AsData = False,
) -> None:
    """Let another participant read and answer the unit's inbox: a secretariat, an office, a console of their own."""
    from registry import participants

    def act(t: "Transaction") -> "Participant | str":
        found = participants.get(t, participant)
        if found is None or participants.get(t, unit) is None:
            return f"{participant if found is None else unit} is not known here."
        return _let_answer(t, found, unit)

    _show(write(ctx.obj, act), participant, as_data=as_data)


@inbox.command("withdraw")
def withdraw(ctx: typer.Context, unit: Unit, participant: str, as_data: AsData = False) -> None:
    """Take a unit's inbox away from a participant."""
    from broker.inbox import ROLE
    from registry import participants

    def act(t: "Transaction") -> "Participant | str":
        found = participants.get(t, participant)
        if found is None or f"{ROLE}{unit}" not in found.roles:
            return f"{participant} was not entrusted with the inbox of {unit}."
        left = replace(found, roles=tuple(one for one in found.roles if one != f"{ROLE}{unit}"))
        participants.put(t, left)
        return left

    _show(write(ctx.obj, act), participant, as_data=as_data)


def _question(site: InboxSite, connector: str, operation: str) -> None:
    found = site.catalogue.get(connector)
    if found is None or found.manifest.kind != "inbox":
        known = sorted(name for name, one in site.catalogue.items() if one.manifest.kind == "inbox")
        raise fail(f"{connector} is no connector that people answer: {', '.join(known)}")
    if operation not in found.manifest.operations:
        raise fail(f"{connector} knows {', '.join(found.manifest.operations)}, not {operation}")


def _let_answer(t: "Transaction", participant: "Participant", unit: str) -> "Participant":
    from broker.inbox import ROLE
    from registry import participants

    role = f"{ROLE}{unit}"
    if role in participant.roles:
        return participant
    entrusted = replace(participant, roles=(*participant.roles, role))
    participants.put(t, entrusted)
    return entrusted


def _show(done: "Service | Participant | str", name: str, *, as_data: bool) -> None:
    """Show what was made; a text is why it was not."""
    if isinstance(done, str):
        raise refuse(done, {"done": False, "name": name}, as_data=as_data)
    show_one(done, as_data=as_data)
