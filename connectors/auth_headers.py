"""Headers that prove the caller by themselves: no token is fetched, nothing is signed."""

import base64
from collections.abc import Mapping


class Fixed:
    """Headers that never change."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = dict(headers)

    async def headers(self, timeout: float) -> Mapping[str, str]:  # noqa: ARG002 - the port's shape.
        """The same headers for every call."""
        return self._headers

    def rejected(self, headers: Mapping[str, str]) -> bool:  # noqa: ARG002 - the port's shape.
        """Nothing can be renewed."""
        return False


def basic(user: str, password: str) -> dict[str, str]:
    """HTTP Basic (RFC 7617) in UTF-8."""
    return {"authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}
