"""The commands that let somebody in, or out: `agencies add`, `rights grant|withdraw`, `keys issue|list|revoke`.

On SQLite a running hub is the only writer, so these are for a hub that is stopped; they say so and end with status 2.
"""

import hashlib
import ssl
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from registry.desk import AsData, Site, read, write
from registry.printing import fail, refuse, show_many, show_one

if TYPE_CHECKING:
    from registry.schema import Transaction

keys = typer.Typer(no_args_is_help=True, help="API keys of participants: issue, list, revoke.")

KINDS = ("agency", "unit", "office", "system")


def add_agency(
    ctx: typer.Context,
    identifier: Annotated[str, typer.Argument(help="IR/<GOV|MUN|COM|ORG>/<member>[/<subsystem>]")],
    en: Annotated[str, typer.Option(help="Its name in English.")],
    fa: Annotated[str, typer.Option(help="Its name in Persian.")],
    kind: Annotated[str, typer.Option(help="agency, unit, office or system.")] = "system",
    role: Annotated[
        list[str] | None,
        typer.Option(help="What it may do: portal:<system>, inbox:<unit>, assurance:<1 to 4>; may be repeated."),
    ] = None,
    as_data: AsData = False,
) -> None:
    """Register a participant. One that is known already is left as it is, and the answer is no."""
    from registry import participants
    from registry.participants import IdentifierInvalid, Participant

    if kind not in KINDS:
        raise fail(f"--kind is one of {', '.join(KINDS)}, not {kind}")
    member = "/".join(identifier.split("/")[:3])

    def act(t: "Transaction") -> Participant | None:
        if participants.get(t, identifier) is not None:
            return None
        parent = member if member != identifier and participants.get(t, member) is not None else None
        named = {"title_fa": fa, "title_en": en, "parent": parent, "roles": tuple(role or ())}
        fresh = Participant(identifier, kind, **named)  # type: ignore[arg-type]  # Checked above.
        participants.put(t, fresh)
        return fresh

    try:
        added = write(ctx.obj, act)
    except IdentifierInvalid as invalid:
        raise fail(str(invalid)) from invalid
    if added is None:
        raise refuse(f"{identifier} is registered already.", {"added": False, "name": identifier}, as_data=as_data)
    show_one(added, as_data=as_data)


def grant_right(
    ctx: typer.Context,
    agency: Annotated[str, typer.Argument(help="Who may ask.")],
    service: Annotated[str, typer.Argument(help="Which service, as `hub services list` names it.")],
    purpose: Annotated[list[str], typer.Option(help="A purpose it may ask for; may be repeated.")],
    legal_basis: Annotated[list[str], typer.Option(help="A legal basis it may name; may be repeated.")],
    field: Annotated[list[str] | None, typer.Option(help="A field it sees; may be repeated. Left out: all.")] = None,
    days: Annotated[int | None, typer.Option(min=1, help="Days until the right ends. Left out: no end.")] = None,
    per_day: Annotated[int | None, typer.Option(min=1, help="Calls a day in Tehran. Left out: no limit.")] = None,
    as_data: AsData = False,
) -> None:
    """Let a participant ask a service. What it was given for this service before is replaced."""
    from registry import participants, rights, services
    from registry.rights import Right

    site: Site = ctx.obj
    ends = site.clock() + timedelta(days=days) if days else None
    given = Right(agency, service, tuple(purpose), tuple(legal_basis), tuple(field or ("*",)), per_day, ends)

    def act(t: "Transaction") -> str | None:
        if participants.get(t, agency) is None:
            return agency
        if services.get(t, service) is None:
            return service
        rights.put(t, given)
        return None

    unknown = write(site, act)
    if unknown is not None:
        raise refuse(f"{unknown} is not known here.", {"granted": False, "name": unknown}, as_data=as_data)
    show_one(given, as_data=as_data)


def withdraw_right(ctx: typer.Context, agency: str, service: str, as_data: AsData = False) -> None:
    """Take a right away; calls that need it are refused from then on."""
    from registry import rights

    answer = {"participant": agency, "service": service}
    if not write(ctx.obj, lambda t: rights.withdraw(t, agency, service)):
        raise refuse(f"{agency} has no right to {service}.", {"withdrawn": False, **answer}, as_data=as_data)
    show_one({"withdrawn": True, **answer}, as_data=as_data)


@keys.command("issue")
def issue_key(
    ctx: typer.Context,
    agency: Annotated[str, typer.Argument(help="Whose key it is.")],
    note: Annotated[str, typer.Option(help="What it is for; shown in the list.")] = "",
    days: Annotated[int | None, typer.Option(min=1, help="Days it is valid. Left out: until revoked.")] = None,
    as_data: AsData = False,
) -> None:
    """Make an API key and print it, this one time: the hub keeps only its hash."""
    from registry import credentials, participants

    site: Site = ctx.obj
    now = site.clock()
    ends = now + timedelta(days=days) if days else None

    def act(t: "Transaction") -> str | None:
        if participants.get(t, agency) is None:
            return None
        return credentials.issue_api_key(t, participant=agency, now=now, expires_at=ends, note=note)

    key = write(site, act)
    if key is None:
        raise refuse(f"{agency} is not known here.", {"issued": False, "name": agency}, as_data=as_data)
    if as_data:
        show_one({"participant": agency, "key": key, "expires_at": ends}, as_data=True)
    else:
        typer.echo(key)


@keys.command("certificate")
def register_certificate(
    ctx: typer.Context,
    agency: Annotated[str, typer.Argument(help="Who signs with it.")],
    file: Annotated[Path, typer.Argument(help="The certificate, PEM.")],
    note: Annotated[str, typer.Option(help="What it is for; shown in the list.")] = "",
    as_data: AsData = False,
) -> None:
    """Register the certificate with which a participant signs its SOAP messages."""
    from registry import credentials, participants
    from registry.credentials import Credential, KeyKnown

    site: Site = ctx.obj
    try:
        fingerprint = hashlib.sha256(ssl.PEM_cert_to_DER_cert(file.read_text(encoding="ascii"))).hexdigest()
    except (OSError, ValueError) as unreadable:
        raise fail(f"{file}: {unreadable}") from unreadable

    def act(t: "Transaction") -> Credential | None:
        if participants.get(t, agency) is None:
            return None
        return credentials.add_certificate(t, participant=agency, sha256=fingerprint, now=site.clock(), note=note)

    try:
        added = write(site, act)
    except KeyKnown as known:
        raise refuse(str(known), {"registered": False, "sha256": fingerprint}, as_data=as_data) from known
    if added is None:
        raise refuse(f"{agency} is not known here.", {"registered": False, "name": agency}, as_data=as_data)
    show_one({"participant": agency, "id": added.id, "sha256": fingerprint}, as_data=as_data)


@keys.command("list")
def list_keys(
    ctx: typer.Context,
    agency: Annotated[str | None, typer.Option(help="Only this participant's.")] = None,
    as_data: AsData = False,
) -> None:
    """List API keys and signing keys, never the secret."""
    from registry import credentials

    columns = ["id", "participant", "kind", "note", "created_at", "expires_at", "revoked_at"]
    show_many(read(ctx.obj, lambda t: credentials.every(t, agency)), columns, as_data=as_data)


@keys.command("revoke")
def revoke_key(
    ctx: typer.Context,
    key: Annotated[str, typer.Argument(metavar="ID", help="As `hub keys list` names it.")],
    as_data: AsData = False,
) -> None:
    """End a key now."""
    from registry import credentials

    site: Site = ctx.obj
    if not write(site, lambda t: credentials.revoke(t, key, site.clock())):
        raise refuse(f"There is no valid key {key}.", {"revoked": False, "id": key}, as_data=as_data)
    show_one({"revoked": True, "id": key}, as_data=as_data)
