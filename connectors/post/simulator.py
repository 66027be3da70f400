"""The post behind the exchange centre's newer bus: batches, each row with a result of its own.

Every postal code has an address made of its digits, in an invented street; codes that begin with 9 are unknown.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.bus import BUS_FAULTS, Bus, nested
from connectors.simulation import GENERAL, Asked, FaultKind, SimulationContext, simulate

_BASE: Final = "/api/client/apim/v1/post/gwsh"
_OPERATIONS: Final = {f"{_BASE}/AddressByPostcode": "address", f"{_BASE}/GeocodeByPostcode": "geocode"}
_USUAL: Final = GENERAL | BUS_FAULTS | {FaultKind.HTTP_200_ERROR, FaultKind.EXPIRED_TOKEN, FaultKind.LOST_ZEROS}
FAULTS: Final[Mapping[str, frozenset[FaultKind]]] = {"address": _USUAL, "geocode": _USUAL}

_MOST: Final = 100
_DIGITS: Final = 10
_RENAMED: Final = {"Province": "State", "Longitude": "Long"}


def create(context: SimulationContext) -> Starlette:
    """The post as an application. `state` shows how many tokens were issued."""
    post = _Post(context)
    context.state["tokens_issued"] = lambda: post.bus.issued
    routes = [Route(path, post.answer, methods=["POST"], name=name) for path, name in _OPERATIONS.items()]
    return simulate(context, [*routes, post.bus.token_route()], operation_of=_operation_of, error_reply=_error_reply)


def _operation_of(asked: Asked) -> str | None:
    return _OPERATIONS.get(asked.path)


def _error_reply(kind: FaultKind, _operation: str) -> Response | None:
    if kind is FaultKind.HTTP_200_ERROR:
        return nested({"ResCode": 99, "ResMsg": "خطای سامانه", "Data": None})
    return None


class _Post:
    """Answers batches."""

    def __init__(self, context: SimulationContext) -> None:
        self._faults = context.faults
        self.bus = Bus(context)

    async def answer(self, request: Request) -> Response:
        """One batch of addresses or of places."""
        operation = _OPERATIONS[request.scope["path"].removeprefix(request.scope.get("root_path", ""))]
        if refusal := self.bus.token_refusal(request, operation):
            return refusal
        asked = _read(await request.body())
        if asked is None:
            return nested({"ResCode": 1, "ResMsg": "درخواست نادرست است", "Data": None})
        if self._faults.take(FaultKind.UNKNOWN_CODE, operation):
            return nested({"ResCode": 77, "ResMsg": "", "Data": None})
        rows = [self._row(operation, one) for one in asked["Postcodes"]]
        return nested({"ResCode": 0, "ResMsg": "موفق", "Data": rows})

    def _row(self, operation: str, one: Mapping[str, Any]) -> dict[str, Any]:
        take = self._faults.take
        code = one["PostCode"]
        row = {"ClientRowID": one["ClientRowID"], "PostCode": code}
        if len(code) != _DIGITS or not code.isdecimal() or code.startswith("9"):
            return {
                **row,
                "Succ": False,
                "Result": None,
                "Errors": [{"ErrorCode": 5, "ErrorMessage": "کد پستی یافت نشد"}],
            }
        result = _address(code) if operation == "address" else _place(code)
        if take(FaultKind.DRIFT_RENAMED, operation):
            result = {_RENAMED.get(name, name): value for name, value in result.items()}
        if take(FaultKind.LOST_ZEROS, operation):
            row["PostCode"] = int(code)
        succeeded: Any = True
        if take(FaultKind.DRIFT_ENUM, operation):
            succeeded = "PARTLY"
        return {**row, "Succ": succeeded, "Result": result, "Errors": None}


def _read(body: bytes) -> dict[str, Any] | None:
    """The batch, or None when it is none."""
    try:
        asked = json.loads(body)
        rows = asked["Postcodes"]
        sound = (
            set(asked) == {"ClientBatchID", "Postcodes", "Signature"}
            and 0 < len(rows) <= _MOST
            and all(set(row) == {"ClientRowID", "PostCode"} and isinstance(row["PostCode"], str) for row in rows)
        )
    except (ValueError, TypeError, KeyError):
        return None
    return asked if sound else None


def _address(code: str) -> dict[str, Any]:
    return {
        "Province": "تهران",
        "TownShip": "تهران",
        "Village": None,
        "SubLocality": "محلهٔ نمونه",
        "Street": "خیابان آزمایشی",
        "Street2": f"کوچهٔ {code[4:6]}",
        "HouseNumber": int(code[6:8]),
        "Floor": int(code[8]),
        "BuildingName": None,
        "Description": None,
    }


def _place(code: str) -> dict[str, Any]:
    """A point in Tehran's rectangle; the grid's steps are binary fractions, so that no digit is lost on the way."""
    return {"Longitude": 51.25 + int(code[3]) / 32, "Latitude": 35.5 + int(code[4]) / 32, "Precision": 1}
