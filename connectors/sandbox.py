"""The sandbox: every system's simulator under one roof, so that a team can build before a ministry answers."""

import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route

from connectors.catalogue import Connected
from connectors.doors import doors
from connectors.faults import Clock
from connectors.misbehaviour import UnfinishedReplies
from connectors.sandbox_admin import admin_routes
from connectors.sandbox_page import index_page
from connectors.simulation import SimulationContext


@asynccontextmanager
async def _quiet_about_faults(_: Starlette) -> AsyncIterator[None]:
    """Replies broken off on purpose are no news in the server's log."""
    logger, quiet = logging.getLogger("uvicorn.error"), UnfinishedReplies()
    logger.addFilter(quiet)
    try:
        yield
    finally:
        logger.removeFilter(quiet)


def create_sandbox(catalogue: Mapping[str, Connected], *, clock: Clock, seed: int = 0, root: bytes = b"") -> Starlette:
    """Every simulator at `/<system>`, its controls at `/<system>/_sim/…`, pages for people at `/` and `/_admin/…`.
    The same behind auth profiles that are really verified at `/_secured/<profile>/<system>`.

    `root` is the certificate that the sandbox's own one leads to, given out at `/_root.pem`. The contexts are at
    `app.state.contexts`, by system. Equal seeds behave equally.
    """
    contexts = {name: SimulationContext.fresh(name, clock=clock, seed=seed) for name in catalogue}
    page = index_page(catalogue)

    async def index(_: Request) -> Response:
        return HTMLResponse(page)

    async def root_certificate(_: Request) -> Response:
        if not root:
            return PlainTextResponse("بدون HTTPS · served without HTTPS\n", 404)
        return Response(root, media_type="application/x-pem-file")

    pages = [Route("/", index), Route("/_root.pem", root_certificate), *admin_routes(catalogue, contexts)]
    simulators = {name: one.simulation.create(contexts[name]) for name, one in catalogue.items()}
    mounts = [Mount(f"/{name}", simulator) for name, simulator in simulators.items()]
    app = Starlette(routes=[*pages, *mounts, *doors(simulators, clock)], lifespan=_quiet_about_faults)
    app.state.contexts = contexts
    return app
