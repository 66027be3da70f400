"""One exchange over HTTP: authenticate, send, read. What REST and SOAP connectors share.

The client's errors become the port's here, once: a call with effect `once` whose answer is lost is in doubt.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from connectors.auth import authenticator
from connectors.http import AnswerLost, HttpClient, HttpReply, NotSent, ReplyTooLarge
from connectors.port import ContractBroken, Effect, InDoubt, Retryable
from connectors.reach import Reach

_UNAUTHORIZED = 401


@dataclass(frozen=True, slots=True)
class HttpCall:
    """A call about to be made. `path` goes behind the system's address."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None


class Line:
    """The line to one system."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._name = reach.manifest.name
        timeouts = reach.settings.timeouts or reach.manifest.timeouts
        limits = reach.settings.limits or reach.manifest.limits
        self._http = HttpClient(
            connect=timeouts.connect, connections=limits.concurrency, trust_file=reach.settings.trust_file
        )
        self._auth = authenticator(reach, self._http)

    async def send(self, operation: str, call: HttpCall, *, timeout: float) -> HttpReply:
        """Make the call with the profile's headers. Raises Retryable, InDoubt, ContractBroken.

        `timeout` in seconds bounds everything: a token, the call, and once more both.
        After HTTP 401 the token is renewed and, unless the operation is `once`, the call made again. Whether a 401
        is without effect only the operation's mapping may say.
        """
        once = self._reach.manifest.operations[operation].effect is Effect.ONCE
        now = asyncio.get_running_loop().time
        ends = now() + timeout
        auth = await self._headers(timeout)
        reply = await self._send(call, auth, ends - now(), once=once)
        if reply.status == _UNAUTHORIZED and self._auth.rejected(auth) and not once:
            auth = await self._headers(ends - now())
            reply = await self._send(call, auth, ends - now(), once=once)
        return reply

    async def close(self) -> None:
        """Close every connection."""
        await self._http.close()

    async def _headers(self, timeout: float) -> Mapping[str, str]:
        try:
            return await self._auth.headers(timeout)
        except (NotSent, AnswerLost, ReplyTooLarge) as problem:
            raise Retryable(f"{self._name}.token_unreachable", str(problem)) from problem

    async def _send(self, call: HttpCall, auth: Mapping[str, str], timeout: float, *, once: bool) -> HttpReply:
        name = self._name
        try:
            return await self._http.send(
                call.method,
                self._reach.address + call.path,
                headers={**call.headers, **auth},
                content=call.content,
                timeout=timeout,
            )
        except NotSent as problem:
            raise Retryable(f"{name}.unreachable", str(problem)) from problem
        except AnswerLost as problem:
            if once:
                raise InDoubt(f"{name}.answer_lost", str(problem)) from problem
            raise Retryable(f"{name}.answer_lost", str(problem)) from problem
        except ReplyTooLarge as problem:
            if once:
                raise InDoubt(f"{name}.reply_too_large", str(problem)) from problem
            raise ContractBroken(f"{name}.reply_too_large", str(problem)) from problem
