"""The board's second list: a session cookie and the page's `csrf_token` first, then the rows.

The session is fetched once for all who wait, and again when the board no longer knows it: reading twice does no harm.
"""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from connectors.http import HttpReply
from connectors.port import Call, ContractBroken, Json, Retryable
from connectors.reach import Reach
from connectors.rest import RestConnector, decode, read_json
from connectors.transport import HttpCall, Line

PAGE = "/centralboard/"
_TOKEN = re.compile(r"name=\"csrf_token\"\s+value=\"([^\"]{1,200})\"")
_REFUSED = 403
_LATER = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Session:
    """What the board's page hands out."""

    cookie: str
    token: str


class GridConnector(RestConnector):
    """REST with a session in front."""

    def __init__(self, reach: Reach) -> None:
        super().__init__(reach)
        self._grid = Line(reach)
        self._session: Session | None = None
        self._fetching = asyncio.Lock()

    async def exchange(self, operation: str, native: Mapping[str, Json], *, call: Call, timeout: float) -> Json:
        """Ask for one page of rows, with a new session where the old one has ended."""
        now = asyncio.get_running_loop().time
        ends = now() + timeout
        session = await self._known(operation, timeout)
        reply = await self._rows(session, operation, native, call, ends - now())
        if _ended(reply):
            session = await self._known(operation, ends - now(), stale=session)
            reply = await self._rows(session, operation, native, call, ends - now())
            if _ended(reply):
                raise Retryable("setad.session_refused", "the board refuses a session of this minute", after=_LATER)
        return self.read(operation, reply)

    async def close(self) -> None:
        """Close every connection."""
        await super().close()
        await self._grid.close()

    async def _rows(
        self, session: Session, operation: str, native: Mapping[str, Json], call: Call, timeout: float
    ) -> HttpReply:
        asked = self.call_for(operation, {**native, "csrf_token": session.token}, call)
        asked = replace(asked, headers={**asked.headers, "cookie": session.cookie})
        return await self._grid.send(operation, asked, timeout=timeout)

    async def _known(self, operation: str, timeout: float, stale: Session | None = None) -> Session:
        """The session in use, fetched where there is none or only the stale one."""
        async with self._fetching:
            if self._session is None or self._session is stale:
                reply = await self._grid.send(operation, HttpCall("GET", PAGE), timeout=timeout)
                cookie = reply.headers.get("set-cookie", "").partition(";")[0]
                token = _TOKEN.search(decode(reply.body, reply.headers.get("content-type", "")))
                if token is None or not cookie:
                    text = "the board's page hands out no session"
                    raise ContractBroken("setad.no_session", text, sample=reply.body)
                self._session = Session(cookie, token[1])
            return self._session


def _ended(reply: HttpReply) -> bool:
    """Whether the board answers as to somebody it does not know: 403, or a page with a form where rows should be."""
    native = read_json(reply)
    page = native.get("$text", "") if isinstance(native, dict) else ""
    return reply.status == _REFUSED or "<form" in page
