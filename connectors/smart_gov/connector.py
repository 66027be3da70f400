"""How the smart-government portal is reached: plain REST, and the two steps of a citizen's sign-in as one question."""

import asyncio
import base64
from collections.abc import Mapping
from urllib.parse import quote_plus, urlencode

from connectors.port import Call, Connector, Json
from connectors.reach import Reach
from connectors.rest import RestConnector, read_json
from connectors.transport import HttpCall, Line

TOKEN = "/oauth2/token"  # noqa: S105 - a path.
CLAIMS = "/api/v1/user/userinfo"


class SmartGov(RestConnector):
    """The portal. The access token of a citizen's sign-in lives for one question and leaves this object never."""

    def __init__(self, reach: Reach) -> None:
        super().__init__(reach)
        self._sign_in = Line(reach)

    async def exchange(self, operation: str, native: Mapping[str, Json], *, call: Call, timeout: float) -> Json:
        """Ask the portal; for `userinfo` exchange the code for a token (RFC 6749 §4.1.3), then read the claims."""
        if operation != "userinfo":
            return await super().exchange(operation, native, call=call, timeout=timeout)
        now = asyncio.get_running_loop().time
        ends = now() + timeout
        form = {"content-type": "application/x-www-form-urlencoded", "authorization": self._client()}
        asked = HttpCall("POST", TOKEN, form, urlencode(dict(native)).encode())
        granted = read_json(await self._sign_in.send(operation, asked, timeout=timeout))
        token = granted.get("access_token") if isinstance(granted, dict) else None
        if not isinstance(token, str) or not token:
            return granted
        bearer = {"authorization": f"Bearer {token}", "accept": "application/json"}
        return read_json(await self._sign_in.send(operation, HttpCall("GET", CLAIMS, bearer), timeout=ends - now()))

    async def close(self) -> None:
        """Close every connection."""
        await super().close()
        await self._sign_in.close()

    def _client(self) -> str:
        """`client_secret_basic`: both halves form-encoded first (RFC 6749 §2.3.1)."""
        named = (self.reach.settings.credential(name, "userinfo") for name in ("client_id", "client_secret"))
        return "Basic " + base64.b64encode(":".join(map(quote_plus, named)).encode()).decode()


def create(reach: Reach) -> Connector:
    """The connector of this folder."""
    return SmartGov(reach)
