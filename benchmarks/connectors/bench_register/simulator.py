"""The measured system as a simulator; the measurements use the cheaper `benchmarks/stub.py`, which answers alike."""

from collections.abc import Mapping
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.simulation import GENERAL, FaultKind, SimulationContext, simulate

FAULTS: Final[Mapping[str, frozenset[FaultKind]]] = {"deliver": GENERAL}


def create(context: SimulationContext) -> Starlette:
    """The register as an application."""

    async def deliver(request: Request) -> Response:
        asked = await request.json()
        context.ledger.record("deliver", asked["reference"], asked)
        return JSONResponse({
            "code": "DELIVERED", "messageId": f"M-{asked['reference']}", "deliveredAt": "1405/08/30 10:15:02",
            "message": "پیام در کارپوشه نشست",
        })  # fmt: skip

    return simulate(context, [Route("/deliver", deliver, methods=["POST"], name="deliver")])
