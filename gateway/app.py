"""The gateway put together: layers around the routes, from the outside in: tracing, who calls, what the body may be."""

from functools import partial

from fastapi import FastAPI
from starlette.middleware import Middleware

from gateway import documentation, edge, soap
from gateway.admin.routers import ROUTERS
from gateway.authentication import Authentication
from gateway.limits import MEBIBYTE, Limits
from gateway.parts import Caller, OperationSchema, Parts, SecretBox
from gateway.routes import (
    batch,
    cases,
    codes,
    events,
    health,
    inbox,
    inquiries,
    portals,
    services,
    status,
    subscriptions,
    token,
    track,
)
from gateway.routes import soap as soap_route
from gateway.shortcut import SHORTCUTS
from gateway.tracing import Tracing

__all__ = ["Caller", "OperationSchema", "Parts", "SecretBox", "create_app"]

LARGEST_BATCH = 4 * MEBIBYTE  # A thousand inquiries of four kilobytes.
LARGEST_FORM = 64 * 1024


def create_app(parts: Parts, *, calls: bool = True) -> FastAPI:
    """Make the application. It serves as soon as `parts.current` holds a snapshot.

    Without `calls` it shows health and figures only: the face of a process that takes no callers.
    """
    larger = {"/v1/inquiries/batch": LARGEST_BATCH, token.PATH: LARGEST_FORM}
    app = FastAPI(
        title=documentation.TITLE,
        version="0.1.0",
        # Their pages load scripts from other people's servers; the description itself is enough.
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        middleware=[
            Middleware(Tracing, random=parts.random),
            Middleware(Authentication, parts=parts),
            Middleware(Limits, larger=larger, forms=frozenset({token.PATH}), own={soap.PATH: soap.refused}),
        ],
    )
    app.state.parts = parts
    edge.install(app)
    if calls:
        app.router.routes.extend(SHORTCUTS)
    # Routers are tried in this order, so what is called most comes first.
    every = (
        inquiries,
        status,
        cases,
        codes,
        events,
        batch,
        health,
        services,
        subscriptions,
        token,
        inbox,
        portals,
        soap_route,
    )
    # The admin API comes last: it is called least.
    for part in (*every, track) if calls else (health,):
        app.include_router(part.router)
    for router in ROUTERS if calls else ():
        app.include_router(router)
    app.openapi = partial(documentation.describe, app)  # type: ignore[method-assign]  # FastAPI's documented hook.
    return app
