"""The way around FastAPI for the two calls that are made most.

FastAPI finds, describes and checks; of that, a handler that reads its body and its one path parameter by itself needs
only to be found. The routes here are tried first and answer exactly what the described ones behind them would.
"""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Scope

from gateway.routes import inquiries


class Shortcut(Route):
    """Takes its own method only. All else, a wrong method too, is for the described routes."""

    def __init__(self, path: str, method: str, endpoint: Callable[[Request], Awaitable[Response]]) -> None:
        super().__init__(path, endpoint, methods=[method], include_in_schema=False)
        self._method = method  # Starlette would take HEAD with GET; the described route does not.

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Tell whether path and method are this one's."""
        if scope["type"] != "http" or scope["method"] != self._method:
            return Match.NONE, {}
        return super().matches(scope)


async def _see_inquiry(request: Request) -> Response:
    return await inquiries.see_inquiry(request, request.path_params["inquiry_id"])


SHORTCUTS = (
    Shortcut("/v1/inquiries", "POST", inquiries.ask),
    Shortcut("/v1/inquiries/{inquiry_id}", "GET", _see_inquiry),
)
