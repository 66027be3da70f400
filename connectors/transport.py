"""One exchange over HTTP: authenticate, send, read. What REST and SOAP connectors share.

The client's errors become the port's here, once: a call with effect `once` whose answer is lost is in doubt.
"""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from connectors.auth import Access, Accesses
from connectors.http import AnswerLost, HttpClient, HttpReply, NotSent, ReplyTooLarge
from connectors.port import ContractBroken, Effect, InDoubt, Retryable
from connectors.reach import ConnectorSettings, Reach
from pki.certificates import Identity
from pki.errors import PkiError
from pki.tls import client_context

_UNAUTHORIZED = 401

#: A damaged certificate or trust store is a person's task; asking sooner would not help.
_A_PERSONS_TASK = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class HttpCall:
    """A call about to be made. `path` goes behind the system's address."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None


def context_of(settings: ConnectorSettings) -> ssl.SSLContext | None:
    """The TLS context of a system with a trust store or an identity of its own; None where it has neither.

    Raises PkiError, OSError.
    """
    certificate, key = settings.credential("client_certificate"), settings.credential("client_key")
    trust = settings.trust_pem
    if trust is None and settings.trust_file is not None:
        trust = settings.trust_file.read_text(encoding="utf-8")
    if trust is None and not certificate:
        return None
    return client_context(
        trust_pem=trust,
        identity=Identity(certificate.encode(), key.encode()) if certificate else None,
    )


class Line:
    """The line to one system. `http` stands in for a client made by the settings."""

    def __init__(self, reach: Reach, http: HttpClient | None = None) -> None:
        self._reach = reach
        self._name = reach.manifest.name
        timeouts = reach.settings.timeouts or reach.manifest.timeouts
        limits = reach.settings.limits or reach.manifest.limits
        try:
            tls = context_of(reach.settings)
            self._unusable = ""
        except (PkiError, OSError) as damaged:
            # One system's damaged trust store or identity stops that system, not the hub.
            tls, self._unusable = None, str(damaged)
        self._http = http or HttpClient(connect=timeouts.connect, connections=limits.concurrency, tls=tls)
        self._accesses = Accesses(reach, self._http)

    async def send(self, operation: str, call: HttpCall, *, timeout: float) -> HttpReply:
        """Make the call with the profile's headers. Raises Retryable, InDoubt, ContractBroken.

        `timeout` in seconds bounds everything: a token, the call, and once more both.
        After HTTP 401 the token is renewed and, unless the operation is `once`, the call made again. Whether a 401
        is without effect only the operation's mapping may say.
        """
        if self._unusable:
            raise Retryable(f"{self._name}.tls_unusable", self._unusable, after=_A_PERSONS_TASK)
        once = self._reach.manifest.operations[operation].effect is Effect.ONCE
        access = self._accesses.of(operation)
        if access.sign is not None and call.content is not None:
            headers, content = access.sign(call.content)
            call = replace(call, headers={**call.headers, **headers}, content=content)
        if access.suffix:
            call = replace(call, path=call.path.removesuffix(access.suffix) + access.suffix)
        now = asyncio.get_running_loop().time
        ends = now() + timeout
        auth = await self._headers(access, timeout)
        reply = await self._send(call, auth, ends - now(), once=once)
        if reply.status == _UNAUTHORIZED and access.authenticator.rejected(auth) and not once:
            auth = await self._headers(access, ends - now())
            reply = await self._send(call, auth, ends - now(), once=once)
        return reply

    async def close(self) -> None:
        """Close every connection."""
        await self._http.close()

    async def _headers(self, access: Access, timeout: float) -> Mapping[str, str]:
        try:
            return await access.authenticator.headers(timeout)
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
