"""Systems behind the exchange centre: the bus nests an answer once per hop, and the innermost one counts."""

from typing import Final

from connectors.http import HttpReply
from connectors.port import Json
from connectors.rest import RestConnector

_DEEPEST: Final = 50


class ExchangeRestConnector(RestConnector):
    """A REST system behind the bus. A folder with special wishes overrides `call_for` or `read`."""

    def read(self, operation: str, reply: HttpReply) -> Json:
        """The provider's own answer, with `$http` of the carrier."""
        return unwrapped(super().read(operation, reply))


def unwrapped(native: Json) -> Json:
    """The innermost `result.data.result.data…`; what is not nested stays as it is. `$http` is carried inside."""
    inner = native
    for _ in range(_DEEPEST):
        result = inner.get("result") if isinstance(inner, dict) else None
        if not isinstance(result, dict) or "data" not in result:
            break
        inner = result["data"]
    if isinstance(inner, dict) and isinstance(native, dict) and "$http" in native:
        return {**inner, "$http": native["$http"]}
    return inner
