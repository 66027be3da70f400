"""The sandbox: every system's simulator under one roof, so that a team can build before a ministry answers."""

import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from html import escape

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route

from connectors.catalogue import Connected
from connectors.faults import Clock
from connectors.misbehaviour import UnfinishedReplies
from connectors.simulation import SimulationContext

_STYLE = (
    "body{font-family:sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}li{margin:.4rem 0}code{direction:ltr}"
)


@asynccontextmanager
async def _quiet_about_faults(_: Starlette) -> AsyncIterator[None]:
    """Replies broken off on purpose are no news in the server's log."""
    logger, quiet = logging.getLogger("uvicorn.error"), UnfinishedReplies()
    logger.addFilter(quiet)
    try:
        yield
    finally:
        logger.removeFilter(quiet)


def create_sandbox(catalogue: Mapping[str, Connected], *, clock: Clock, seed: int = 0) -> Starlette:
    """Every simulator at `/<system>`, its controls at `/<system>/_sim/…`, an index at `/`.

    The contexts are at `app.state.contexts`, by system. Equal seeds behave equally.
    """
    contexts = {name: SimulationContext.fresh(name, clock=clock, seed=seed) for name in catalogue}
    page = _index(catalogue)

    async def index(_: Request) -> Response:
        return HTMLResponse(page)

    mounts = [Mount(f"/{name}", one.simulation.create(contexts[name])) for name, one in catalogue.items()]
    app = Starlette(routes=[Route("/", index), *mounts], lifespan=_quiet_about_faults)
    app.state.contexts = contexts
    return app


def _index(catalogue: Mapping[str, Connected]) -> str:
    sections = []
    for name, one in catalogue.items():
        title = one.manifest.title
        operations = "".join(
            f"<li>{escape(operation.title.fa)} · <bdi dir=ltr>{escape(operation.title.en)} <code>{escape(key)}</code>"
            f" ({operation.effect}, {operation.grade}): {escape(', '.join(sorted(one.simulation.faults.get(key, ()))))}"
            "</bdi></li>"
            for key, operation in one.manifest.operations.items()
        )
        controls = " · ".join(
            f'<a href="{escape(name)}/_sim/{what}">{what}</a>' for what in ("faults", "ledger", "state", "calendar")
        )
        sections.append(
            f"<section><h2>{escape(title.fa)} · <bdi dir=ltr>{escape(title.en)}</bdi></h2><ul>{operations}</ul>"
            f"<p dir=ltr>{controls}</p></section>"
        )
    return (
        "<!DOCTYPE html><html lang=fa dir=rtl><meta charset=utf-8><title>سامانه‌های شبیه‌سازی‌شده</title>"
        f"<style>{_STYLE}</style><h1>سامانه‌های شبیه‌سازی‌شده · <bdi dir=ltr>Simulated systems</bdi></h1>"
        + "".join(sections)
        + "</html>"
    )
