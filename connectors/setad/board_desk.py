"""The public board over HTTP: its cards, and its second list, which wants a session.

The second list is a jqGrid: its page hands out a session cookie and a `csrf_token`, and the list itself is refused
without both. A session lives twenty minutes; a page beyond the last gives the last one again.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from connectors.simulation import FaultKind, SimulationContext

from .board import Board, QueryRefused

SESSION_LIVES = timedelta(minutes=20)
_LOGIN = "<!DOCTYPE html><html><body><form action='/centralboard/'>نشست شما به پایان رسیده است</form></body></html>"


class BoardDesk:
    """Cards and grid over the same notices."""

    def __init__(self, context: SimulationContext) -> None:
        self._context = context
        self._board = Board(context.clock)
        self._sessions: dict[str, tuple[str, datetime]] = {}

    async def list_notices(self, request: Request) -> Response:
        """One page of cards."""
        if (failure := self._failure("list_notices")) is not None:
            return failure
        try:
            page = self._board.search(request.query_params)
        except QueryRefused as refused:
            return board_error(refused.code, str(refused), 400)
        self._spoil(page["content"], "list_notices")
        return JSONResponse(page)

    async def front(self, _request: Request) -> Response:
        """The page of the second list: a new session, and the token that goes with it."""
        session, token = (f"{self._context.random.getrandbits(128):032x}" for _ in range(2))
        self._sessions[session] = (token, self._context.clock() + SESSION_LIVES)
        page = HTMLResponse(f'<!DOCTYPE html><html><input type="hidden" name="csrf_token" value="{token}"></html>')
        page.set_cookie("SESSION", session, httponly=True)
        return page

    async def list_grid(self, request: Request) -> Response:
        """One page of rows; the page of the login instead where the session or its token is not good."""
        session, asked = request.cookies.get("SESSION", ""), request.query_params
        if self._take(FaultKind.EXPIRED_TOKEN, "list_grid"):
            self._sessions.pop(session, None)
        token, ends = self._sessions.get(session, ("", self._context.clock()))
        if self._context.clock() >= ends:
            return HTMLResponse(_LOGIN)
        if asked.get("csrf_token") != token:
            return board_error("CSRF", "توکن صفحه نامعتبر است", 403)
        if (failure := self._failure("list_grid")) is not None:
            return failure
        try:
            return JSONResponse(self._grid(asked))
        except QueryRefused as refused:
            return board_error(refused.code, str(refused), 400)

    def _grid(self, asked: Mapping[str, str]) -> dict[str, Any]:
        query = {
            "queryText": asked.get("searchString", ""),
            "searchTypeCode": asked.get("searchTypeCode", ""),
            "selectedCities": asked.get("selectedCities", ""),
            "pageSize": asked.get("rows", "10"),
        }
        pages = self._board.search(query)["totalPages"]
        number = min(int(asked.get("page", "1")), max(pages, 1))
        found = self._board.search({**query, "pageNumber": str(number)})
        self._spoil(found["content"], "list_grid")
        rows = "rows" if self._take(FaultKind.DRIFT_RENAMED, "list_grid") else "gridModel"
        # The numbers of a jqGrid are texts as often as they are numbers.
        return {"page": str(number), "total": pages, "records": str(found["totalElements"]), rows: found["content"]}

    def _failure(self, operation: str) -> Response | None:
        if self._take(FaultKind.QUOTA, operation):
            return board_error("DAILY_LIMIT", "سقف درخواست روزانه پر شده است", 429)
        if self._take(FaultKind.UNKNOWN_CODE, operation):
            return board_error("E-9999", "", 200)
        return None

    def _spoil(self, cards: Sequence[dict[str, Any]], operation: str) -> None:
        """What a changed or careless board does to its cards."""
        if self._take(FaultKind.LOST_ZEROS, operation):
            for card in cards:
                card["number"] = int(card["number"])
        if operation == "list_notices" and self._take(FaultKind.DRIFT_RENAMED, operation):
            for card in cards:
                card["noticeNumber"] = card.pop("number")
        if self._take(FaultKind.DRIFT_ENUM, operation):
            for card in cards:
                card["needType"] = 1433

    def _take(self, kind: FaultKind, operation: str) -> bool:
        return self._context.faults.take(kind, operation) is not None


def board_error(code: str, text: str, status: int) -> Response:
    """An error of the board, in its own words."""
    return JSONResponse({"errorCode": code, "errorMessage": text}, status_code=status)
