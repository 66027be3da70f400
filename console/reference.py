"""The reference pages under `docs/reference`, written from the declarations themselves: no fact is typed twice.

`hub docs` writes them; a test fails when the copy in the repository differs.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from broker.points import FlowPoint
from connectors.catalogue import Connected
from connectors.instances.forms import schema_of
from console import reference_connectors, reference_events, reference_settings, reference_types
from console.markdown import code, page, table
from gateway.configuration.document import FORMAT, SiteDocument
from gateway.doctor.findings import WORDS
from gateway.problems import PROBLEMS
from registry.states import ARROWS, FIRST, TERMINAL, State

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "reference"

STATES: Mapping[State, tuple[str, str]] = {
    State.ACCEPTED: ("پذیرفته‌شده", "committed to the ledger; the caller has its answer"),
    State.QUEUED: ("در صف", "the broker has the message"),
    State.SENT: ("فرستاده‌شده", "the call is about to leave or has left; written down before it does"),
    State.WAITING: ("منتظر", "surely without effect so far; tried again at `due_at`"),
    State.IN_DOUBT: ("در تردید", "the call may have had an effect and its outcome is unknown; the far side is asked"),
    State.PARKED: ("متوقف", "needs a person"),
    State.ANSWERED: ("پاسخ‌داده", "the answer is there"),
    State.REFUSED: ("ردشده", "the far side said no: a business answer, not a fault"),
    State.CANCELLED: ("لغوشده", "the caller took it back before it was sent"),
}


def pages(catalogue: Mapping[str, Connected], openapi: Mapping[str, Any]) -> dict[str, bytes]:
    """Every file under `docs/reference`: name → content."""
    texts = {
        "README.md": index(catalogue),
        "problems.md": problems(),
        "states.md": states(),
        "flow-points.md": flow_points(),
        "findings.md": findings(),
        "settings.md": reference_settings.settings(),
        "types.md": reference_types.types(),
        **reference_connectors.connectors(catalogue),
    }
    written = {name: text.encode() for name, text in texts.items()}
    written["openapi.json"] = orjson.dumps(openapi, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    events = reference_events.asyncapi(catalogue, openapi["info"]["version"])
    schema = {"$id": FORMAT, **schema_of(SiteDocument)}
    written["site.schema.json"] = orjson.dumps(schema, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    written["asyncapi.json"] = orjson.dumps(events, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    return written


def differences(folder: Path, wanted: Mapping[str, bytes]) -> list[str]:
    """Name the files that are missing, other than wanted, or no longer written."""
    there = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return sorted(name for name in there.keys() | wanted.keys() if there.get(name) != wanted.get(name))


def write(folder: Path, wanted: Mapping[str, bytes]) -> None:
    """Make the folder hold exactly these files."""
    for name in differences(folder, wanted):
        path = folder / name
        if name in wanted:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(wanted[name])
        else:
            path.unlink()


def index(catalogue: Mapping[str, Connected]) -> str:
    """List the pages."""
    rows = [
        ("[Settings](settings.md)", "`HUB_*` variables and `hub.toml`"),
        ("[Problems](problems.md)", "every error code of the API, with its HTTP status"),
        ("[States](states.md)", "the states of an inquiry and every arrow between them"),
        ("[Flow points](flow-points.md)", "the moments at which a process may die"),
        ("[Findings](findings.md)", "what `hub doctor` may find, and what to do then"),
        ("[Canonical types](types.md)", "the hub's own language: what services ask and answer with"),
        ("[Connectors](connectors.md)", ", ".join(one.manifest.title.en for one in catalogue.values())),
        ("[Site document](site.schema.json)", "what `hub export` writes and `hub apply` reads, as JSON Schema"),
        ("[OpenAPI](openapi.json)", "the HTTP interface, for machines"),
        ("[AsyncAPI](asyncapi.json)", "the events, for machines"),
    ]
    return page("Reference", "", table(("page", "holds"), rows))


def problems() -> str:
    """The table of problem codes."""
    rows = [(code(name), str(kind.status), kind.en, kind.fa) for name, kind in PROBLEMS.items()]
    return page(
        "Problems",
        "What goes wrong is answered as `application/problem+json` (RFC 9457). `code` is stable: programs decide by "
        "it. `title` and `detail` follow `Accept-Language` (`fa` or `en`), `trace_id` finds the call in the logs, and "
        "`errors` names each wrong field by JSON pointer.",
        table(("code", "HTTP", "title", "عنوان"), rows),
    )


def states() -> str:
    """The states of an inquiry and the arrows between them."""
    known = [
        (
            code(state.value),
            *reversed(STATES[state]),
            "final" if state in TERMINAL else "first" if state is FIRST else "",
        )
        for state in State
    ]
    arrows = [
        (code(arrow.value), ", ".join(code(source.value) for source in State if source in sources), code(target.value))
        for arrow, (sources, target) in ARROWS.items()
    ]
    return page(
        "States of an inquiry",
        "One table in `registry/states.py` holds every move; a move that is not in it cannot happen.",
        table(("state", "means", "فارسی", ""), known),
        "## Arrows",
        table(("arrow", "from", "to"), arrows),
    )


def flow_points() -> str:
    """The points at which the crash test kills the hub."""
    return page(
        "Flow points",
        "The moments between a caller's request and the last effect, in order. The crash test kills the hub at each of "
        "them; [How the flow survives](../durability.md) says what happens then.",
        "\n".join(f"1. `{point.value}`" for point in FlowPoint),
    )


def findings() -> str:
    """What `hub doctor` may find."""
    rows = [
        (code(name), words.severity.value, *(_told(text) for text in (words.en, words.do_en, words.fa)))
        for name, words in WORDS.items()
    ]
    return page(
        "Findings",
        "What `hub doctor` may find. A *fault* makes it exit with 1; *unknown* alone with 2; a *caution* is for the "
        "operator to know.",
        table(("code", "severity", "says", "do", "می‌گوید"), rows),
    )


def _told(text: str) -> str:
    """Write a sentence's places for what was found as an ellipsis, and what looks like a tag as it is."""
    return re.sub(r"\{[^}]*\}", "…", text).replace("<", "&lt;")
