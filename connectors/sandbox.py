"""The sandbox: every system's simulator under one roof, so that a team can build before a ministry answers."""

import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.types import Receive, Scope, Send

from connectors.catalogue import Connected
from connectors.doors import doors
from connectors.faults import Clock
from connectors.misbehaviour import UnfinishedReplies
from connectors.sandbox_admin import admin_routes
from connectors.sandbox_contract import contract_routes
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


class _Resettable:
    """One simulator, which `POST /_sim/reset` makes anew: nothing happened, no fault on, the same seed."""

    def __init__(self, one: Connected, contexts: dict[str, SimulationContext], *, clock: Clock, seed: int) -> None:
        self._one, self._contexts, self._clock, self._seed = one, contexts, clock, seed
        self._reset()

    @property
    def paths(self) -> frozenset[str]:
        """What the simulator serves."""
        return frozenset(route.path for route in self._app.routes if isinstance(route, Route))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http" and scope["path"].endswith(f"/{self._one.name}/_sim/reset"):
            if scope["method"] == "POST":
                self._reset()
            done = Response(status_code=204 if scope["method"] == "POST" else 405)
            await done(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _reset(self) -> None:
        context = SimulationContext.fresh(self._one.name, clock=self._clock, seed=self._seed)
        self._contexts[self._one.name] = context
        self._app = self._one.simulation.create(context)


def create_sandbox(catalogue: Mapping[str, Connected], *, clock: Clock, seed: int = 0, root: bytes = b"") -> Starlette:
    """Every simulator at `/<system>`, its controls at `/<system>/_sim/…`, pages for people at `/` and `/_admin/…`, what
    a client is built from at `/_contract/…`; behind auth profiles that are really verified the same systems at
    `/_secured/<profile>/<system>`.

    `root` is the certificate that the sandbox's own one leads to, given out at `/_root.pem`. The contexts are at
    `app.state.contexts`, by system. Equal seeds behave equally.
    """
    contexts: dict[str, SimulationContext] = {}
    systems = {name: _Resettable(one, contexts, clock=clock, seed=seed) for name, one in catalogue.items()}
    page = index_page(catalogue)

    async def index(_: Request) -> Response:
        return HTMLResponse(page)

    async def root_certificate(_: Request) -> Response:
        if not root:
            return PlainTextResponse("بدون HTTPS · served without HTTPS\n", 404)
        return Response(root, media_type="application/x-pem-file")

    pages = [
        Route("/", index),
        Route("/_root.pem", root_certificate),
        *admin_routes(catalogue, contexts),
        *contract_routes(catalogue, {name: one.paths for name, one in systems.items()}),
    ]
    mounts = [Mount(f"/{name}", one) for name, one in systems.items()]
    app = Starlette(routes=[*pages, *mounts, *doors(systems, clock)], lifespan=_quiet_about_faults)
    app.state.contexts = contexts
    return app
