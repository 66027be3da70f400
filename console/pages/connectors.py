"""Connectors: how each fares, its switches, its test, its settings with what a change would change."""

import json
from typing import Any

from starlette.responses import Response

from connectors.instances.settings import KNOWN_CREDENTIALS
from console import wording
from console.admin_calls import AdminRefusal
from console.page import Page
from console.settings_form import Field, FieldUnreadable, auth_fields, fields, settings_of
from console.visit import Visit, whole_number
from gateway.problems import FieldProblem, Problem

LIST, SETTINGS = "/console/connectors", "/console/connector-settings"


async def show_list(visit: Visit) -> Response:
    """Show every connector and how it fares."""
    return visit.show("connectors.html", await visit.admin.get("/connectors"))


async def show_one(visit: Visit) -> Response:
    """Show one connector: live state, what is set, what may be done."""
    return await _one(visit, _name(visit))


async def _one(visit: Visit, name: str, *, status: int = 200, **more: Any) -> Response:
    shown = await visit.admin.get(f"/connectors/{name}")
    values: dict[str, Any] = {"one": shown, "findings": None, "refused": None} | more
    return visit.show("connector.html", values, status=status)


async def act(visit: Visit) -> Response:
    """Pause, resume, disable, enable or test."""
    name, sent = _name(visit), visit.form("act", "reason")
    if sent["act"] == "test":
        tested = await visit.admin.post(f"/connectors/{name}/test", {})
        return await _one(visit, name, findings=tested["findings"])
    try:
        await visit.admin.post(f"/connectors/{name}/state", {"state": sent["act"], "reason": sent["reason"]})
    except AdminRefusal as refusal:
        return await _one(visit, name, status=refusal.status, refused=refusal.problem)
    return visit.go(f"{LIST}/{name}")


def _name(visit: Visit) -> str:
    return visit.request.url.path.rpartition("/")[2]


async def ask(visit: Visit) -> Response:
    """Ask for the settings of a connector that is there, or of a new one."""
    name, folder = visit.query("name"), visit.query("connector")
    try:
        found = await visit.admin.get(f"/connectors/{name or '-'}")
    except AdminRefusal as refusal:
        if refusal.code != "connector.not_found" or not folder:
            raise
        base = (await visit.admin.get("/configuration"))["revision"]
        found = {"name": name, "revision": base, "settings": {"connector": folder}}
    return await _form(visit, found["name"], found["settings"], found["revision"])


async def _form(
    visit: Visit, name: str, settings: dict[str, Any], base: int, *, profile: str | None = None, status: int = 200,
    refused: Any = None, wrong: dict[str, str] | None = None,
) -> Response:  # fmt: skip
    form = await visit.admin.get(f"/connector-forms/{settings['connector']}")
    own = (settings.get("auth") or {}).get("profile", "") if profile is None else profile
    usual = form["shipped"].get("auth", {}).get("profile", "none")
    parameters, credentials = auth_fields(form, own or usual, settings, visit.language)
    every = fields(form, settings, visit.language)
    groups: dict[str, list[Field]] = {}
    for one in every:
        if one.group:
            groups.setdefault(one.group, []).append(one)
    values = {
        "name": name,
        "folder": settings["connector"],
        "base": base,
        "before": json.dumps(settings, ensure_ascii=False),
        "fields": every,
        "groups": groups,
        "parameters": parameters if own else [],
        "credentials": credentials,
        "profile": own,
        "profiles": [(key, one["x-title"][visit.language]) for key, one in form["auth"].items()],
        "usual": form["auth"][usual]["x-title"][visit.language],
        "refused": refused,
        "wrong": wrong or {},
    }
    return visit.show("connector_settings.html", values, status=status)


async def settle(visit: Visit) -> Response:
    """Show the fields of another profile, look at what would change, or save what was looked at."""
    if visit.sent.get("step") == "save":
        return await _save(visit)
    given = _object(visit.sent.get("before") or "{}", "/before")
    folder = str(given.get("connector", ""))
    form = await visit.admin.get(f"/connector-forms/{folder or '-'}")
    known = fields(form, given, visit.language)
    every = [one for key in form["auth"] for part in auth_fields(form, key, given, visit.language) for one in part]
    names = {one.name for one in (*known, *every)} | {f"credentials.{name}" for name in KNOWN_CREDENTIALS}
    marks = [one.name for one in known if one.kind == "marks"]
    single = sorted(names - set(marks))
    sent = visit.form("name", "base", "before", "step", "profile", *single, many=marks)
    profile = sent["profile"]
    usual = form["shipped"].get("auth", {}).get("profile", "none")
    parameters, credentials = auth_fields(form, profile or usual, given, visit.language)
    name, base = sent["name"], whole_number(sent["base"])
    try:
        settings, typed = settings_of(sent, known, parameters, credentials, profile=profile, before=given)
    except FieldUnreadable as odd:
        wrong = {odd.name: wording.text("connector.unreadable", visit.language)}
        return await _form(visit, name, given, base, profile=profile, status=422, wrong=wrong)
    if sent["step"] == "show":
        return await _form(visit, name, settings, base, profile=profile)
    return await _look(visit, name, settings, typed, base)


async def _look(visit: Visit, name: str, settings: dict[str, Any], typed: dict[str, str], base: int) -> Response:
    body = {"settings": settings, "secrets": typed, "base": base, "reason": "-", "dry_run": True}
    try:
        looked = await visit.admin.post(f"/connectors/{name}", body)
    except AdminRefusal as refusal:
        below = f"/connectors/{name}/"
        wrong = {
            str(one["pointer"]).removeprefix(below).replace("/", "."): str(one["message"])
            for one in refusal.problem.get("errors", ())
        }
        profile = (settings.get("auth") or {}).get("profile", "")
        return await _form(
            visit, name, settings, base, profile=profile, status=refusal.status, refused=refusal.problem, wrong=wrong
        )
    values = {
        "name": name,
        "base": base,
        "settings": json.dumps(looked["settings"], ensure_ascii=False),
        "differences_found": looked["differences"],
    }
    return visit.show("connector_change.html", values)


async def _save(visit: Visit) -> Response:
    sent = visit.form("name", "base", "settings", "reason", "step")
    settings = _object(sent["settings"], "/settings")
    body = {"settings": settings, "base": whole_number(sent["base"]), "reason": sent["reason"]}
    done = await visit.admin.post(f"/connectors/{sent['name']}", body)
    if done["state"] == "proposed":
        return visit.go(f"/console/configuration/changes/{done['change']}")
    return visit.go(f"{LIST}/{sent['name']}")


def _object(text: str, pointer: str) -> dict[str, Any]:
    """What a page of ours has put into a hidden field."""
    try:
        found = json.loads(text)
    except ValueError as wrong:
        raise Problem("json.malformed") from wrong
    if not isinstance(found, dict):
        odd = FieldProblem(pointer, "field.type", "نوع مقدار درست نیست", "This is no object.")
        raise Problem("request.invalid", errors=[odd])
    return found


PAGES = (
    Page(LIST, show_list, ("GET", "/connectors"), menu="menu.connectors"),
    Page(f"{LIST}/{{name}}", show_one, ("GET", "/connectors/{name}"), below=LIST),
    Page(f"{LIST}/{{name}}", act, ("POST", "/connectors/{name}/state"), method="POST", below=LIST),
    Page(SETTINGS, ask, ("POST", "/connectors/{name}"), below=LIST),
    Page(SETTINGS, settle, ("POST", "/connectors/{name}"), method="POST", below=LIST),
)
