"""The civil registry, simulated: errors under HTTP 200, base64 names, lost zeros, holidays and office hours."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.simulation import GENERAL, FaultKind, SimulationContext, simulate
from connectors.soap import MessageInvalid, SoapCodec

from .population import PERSONS

_IDENTITY = "identity"
_METHOD = "getEstelam3"

FAULTS: Mapping[str, frozenset[FaultKind]] = {
    _IDENTITY: GENERAL
    | {
        FaultKind.HTTP_200_ERROR,
        FaultKind.CP1256,
        FaultKind.HOLIDAY,
        FaultKind.OFFICE_HOURS,
        FaultKind.QUOTA,
        FaultKind.LOST_ZEROS,
        FaultKind.SOAP_PREFIX,
        FaultKind.DRIFT_RENAMED,
        FaultKind.DRIFT_ENUM,
        FaultKind.UNKNOWN_CODE,
    }
}

#: The registry's own spellings.
_REFUSALS: Mapping[FaultKind, str] = {
    FaultKind.HOLIDAY: "login.holyday.diny",
    FaultKind.OFFICE_HOURS: "login.time.diny",
    FaultKind.QUOTA: "inquiry.outof.max.daily.request",
    FaultKind.UNKNOWN_CODE: "err.never.heard.of",
}

#: The one password the simulated registry does not accept.
WRONG_PASSWORD = "wrong"  # noqa: S105 - it opens nothing.


def create(context: SimulationContext) -> Starlette:
    """A registry with a handful of synthetic persons."""
    registry = _Registry(context)
    context.state["persons"] = lambda: sorted(f"{nin:010d}" for nin in PERSONS)
    routes = [Route("/EstelamService", registry.answer, methods=["POST"], name=_IDENTITY)]
    return simulate(context, routes, error_reply=registry.error_reply)


class _Registry:
    """Answers `getEstelam3`."""

    def __init__(self, context: SimulationContext) -> None:
        self._context = context
        self._codec = SoapCodec(Path(__file__).parent / "contract", "estelam.wsdl")

    async def answer(self, request: Request) -> Response:
        """One inquiry."""
        try:
            _, asked = self._codec.read_request(await request.body())
        except MessageInvalid as invalid:
            return Response(self._codec.write_fault("Client", invalid.detail), 500, media_type="text/xml")
        return self._reply(self._found(asked))

    def error_reply(self, kind: FaultKind, operation: str) -> Response | None:  # noqa: ARG002 - the framework's shape.
        """Errors under HTTP 200 look like any reply."""
        return self._reply({"exceptionMessage": "login.invalid.user"}) if kind is FaultKind.HTTP_200_ERROR else None

    def _found(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        if asked.get("arg1") == WRONG_PASSWORD:
            return {"exceptionMessage": "login.invalid.user"}
        now = self._context.clock()
        if self._context.calendar.holiday(now):
            return {"exceptionMessage": _REFUSALS[FaultKind.HOLIDAY]}
        if self._context.calendar.outside_hours(now):
            return {"exceptionMessage": _REFUSALS[FaultKind.OFFICE_HOURS]}
        for kind, key in _REFUSALS.items():
            if self._context.faults.take(kind, _IDENTITY):
                return {"exceptionMessage": key}
        wanted = asked["arg4"]
        person = PERSONS.get(wanted.get("nin", 0))
        if person is None or person["birthDate"] != wanted.get("birthDate"):
            return {"message": ["err.record.not.found"]}
        return dict(person)

    def _reply(self, found: dict[str, Any]) -> Response:
        take = self._context.faults.take
        if "nin" in found and take(FaultKind.DRIFT_ENUM, _IDENTITY):
            found["gender"] = 3
        prefix = "S" if take(FaultKind.SOAP_PREFIX, _IDENTITY) else "soapenv"
        body = self._codec.write_reply(_METHOD, {"return": [found]}, prefix=prefix)
        if take(FaultKind.DRIFT_RENAMED, _IDENTITY):
            body = body.replace(b"<name>", b"<firstName>").replace(b"</name>", b"</firstName>")
        return Response(body, media_type="text/xml")
