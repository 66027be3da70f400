"""Setad with its quirks: the public board, and the agency side that believes only signed messages.

The agency side trusts the authorities that were enrolled with it: `POST /_sim/trust` with a root certificate in PEM,
the sandbox's stand-in for handing a certificate to the operator of the real system. Nothing is trusted before.
"""

from collections.abc import Mapping
from dataclasses import asdict

from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from connectors.simulation import GENERAL, Asked, FaultKind, SimulationContext, simulate
from pki.certificates import fingerprint

from .agency_desk import ACTS, OUT_OF_ORDER, REQUESTS, AgencyDesk, hinted_by
from .board_desk import BoardDesk, board_error
from .envelopes import reply

__all__ = ["EXPECTED", "FAULTS", "create"]

NEEDS_PATH = "/services/Needs"
GRID_PATH = "/centralboard/grid"

_NAMES: Mapping[str, str] = {operation: name for name, operation in REQUESTS.items()}
_BOARD = frozenset(
    {
        FaultKind.HTTP_200_ERROR,
        FaultKind.CP1256,
        FaultKind.MOJIBAKE,
        FaultKind.QUOTA,
        FaultKind.LOST_ZEROS,
        FaultKind.DRIFT_RENAMED,
        FaultKind.DRIFT_ENUM,
        FaultKind.UNKNOWN_CODE,
    }
)
_SIGNED = frozenset(
    {
        FaultKind.HTTP_200_ERROR,
        FaultKind.CP1256,
        FaultKind.CLOCK_SKEW,
        FaultKind.DUPLICATE_REQUEST,
        FaultKind.SOAP_PREFIX,
        FaultKind.UNKNOWN_CODE,
        FaultKind.DRIFT_RENAMED,
    }
)
_CLOSING = frozenset({FaultKind.HOLIDAY, FaultKind.OFFICE_HOURS, FaultKind.QUOTA})

#: What each operation can be told to do wrong.
FAULTS: Mapping[str, frozenset[FaultKind]] = {
    "list_notices": GENERAL | _BOARD,
    "list_grid": GENERAL | _BOARD | {FaultKind.EXPIRED_TOKEN},
    **{name: GENERAL | _SIGNED | (_CLOSING if name in ACTS else frozenset()) for name in REQUESTS.values()},
}

#: Endings other than the usual. Sixteen-digit numbers are text; one that went through a number may have lost more than
#: its zeros.
EXPECTED: Mapping[tuple[str, FaultKind], frozenset[str]] = {
    (name, FaultKind.LOST_ZEROS): frozenset({"broken"}) for name in ("list_notices", "list_grid")
}


def create(context: SimulationContext) -> Starlette:
    """The simulated Setad."""
    board, agency = BoardDesk(context), AgencyDesk(context)
    context.state["needs"] = lambda: [asdict(need) for need in agency.needs.published]
    context.state["awards"] = lambda: [dict(made.members) for made in agency.awards.awarded.values()]
    context.state["contracts"] = lambda: [dict(made.members) for made in agency.awards.registered.values()]
    context.state["trusted"] = lambda: [fingerprint(root) for root in agency.trusted]
    routes = [
        Route("/api/centralboard/cards/", board.list_notices, methods=["GET"]),
        Route("/centralboard/", board.front, methods=["GET"]),
        Route(GRID_PATH, board.list_grid, methods=["GET"]),
        Route(NEEDS_PATH, agency.receive, methods=["POST"]),
        Route("/_sim/trust", agency.trust, methods=["POST"]),
    ]
    return simulate(context, routes, operation_of=_operation_of, error_reply=_error_reply)


def _operation_of(asked: Asked) -> str | None:
    if asked.path == NEEDS_PATH:
        return hinted_by(asked.headers.get("soapaction", "")) or "publish_need"
    if asked.path == GRID_PATH:
        return "list_grid"
    return "list_notices" if asked.path.startswith("/api/centralboard/cards") else None


def _error_reply(kind: FaultKind, operation: str) -> Response | None:
    """Setad's own wording of a failure."""
    if kind is not FaultKind.HTTP_200_ERROR:
        return None
    if operation in _NAMES:
        return reply(_NAMES[operation], OUT_OF_ORDER)
    return board_error("SERVICE_UNAVAILABLE", "سامانه موقتاً در دسترس نیست", 200)
