"""Who signs what goes to the agency side: a signer handed in, an identity from the settings, or one that is enrolled.

No private key lies in this folder. The enrolled identity is made in memory and dies with the process.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import urlsplit

from lxml.etree import _Element

from connectors.port import Retryable
from connectors.reach import Reach, Sign
from connectors.transport import HttpCall, Line
from pki.certificates import Identity, create_authority
from pki.errors import PkiError
from pki.wss import sign_envelope

TRUST_PATH = "/_sim/trust"
DAYS_VALID = 30
#: A missing or unusable identity is a person's task; asking sooner would not help.
WAIT_FOR_IDENTITY = timedelta(hours=1)

_NO_CONTENT = 204
_THIS_MACHINE = frozenset({"127.0.0.1", "::1", "localhost"})


class Signing(Protocol):
    """Signs envelopes once it is ready."""

    async def ready(self, timeout: float) -> None:
        """Make sure that there is an identity the far side can know. `timeout` in seconds. Raises Retryable."""
        ...

    def sign(self, envelope: _Element) -> bytes:
        """The signed envelope, to be sent as it is. Raises Retryable."""
        ...

    def distrusted(self) -> bool:
        """The far side does not know our certificate. True: it can be told anew, and the call made again."""
        ...


class HandedIn:
    """A signer that the hub handed in."""

    def __init__(self, sign: Sign) -> None:
        self._sign = sign

    async def ready(self, timeout: float) -> None:
        """Always ready."""

    def sign(self, envelope: _Element) -> bytes:
        """What the hub's signer makes of it."""
        return self._sign(envelope)

    def distrusted(self) -> bool:
        """Nothing can be done from here."""
        return False


class FromSettings:
    """The identity whose PEM texts are the credentials `certificate` and `private_key`."""

    def __init__(self, reach: Reach) -> None:
        settings = reach.settings
        self._clock = reach.clock
        self._identity = Identity(
            settings.credential("certificate").encode(), settings.credential("private_key").encode()
        )

    async def ready(self, timeout: float) -> None:
        """Always ready."""

    def sign(self, envelope: _Element) -> bytes:
        """Signed now. Raises Retryable when the PEM texts are no identity."""
        try:
            return sign_envelope(envelope, self._identity, now=self._clock())
        except PkiError as unusable:
            raise Retryable("setad.identity_unusable", str(unusable), after=WAIT_FOR_IDENTITY) from unusable

    def distrusted(self) -> bool:
        """Nothing can be done from here."""
        return False


class Missing:
    """A real address and nobody to sign: no call is made."""

    async def ready(self, timeout: float) -> None:  # noqa: ARG002 - the port's shape.
        """Never ready."""
        text = "no signing certificate is set: give the credentials certificate and private_key, or a signer"
        raise Retryable("setad.no_identity", text, after=WAIT_FOR_IDENTITY)

    def sign(self, envelope: _Element) -> bytes:
        """Never reached, because nothing is sent before `ready`."""
        raise Retryable("setad.no_identity", f"nobody signs {envelope.tag}", after=WAIT_FOR_IDENTITY)

    def distrusted(self) -> bool:
        """Nobody is there to be distrusted."""
        return False


class EnrolledWithSimulator:
    """An identity of our own making, whose authority's certificate is given to the simulator before the first call."""

    def __init__(self, reach: Reach) -> None:
        self._clock = reach.clock
        self._line = Line(reach)
        self._lock = asyncio.Lock()
        self._identity: Identity | None = None
        self._authority_pem = b""
        self._until: datetime | None = None
        self._enrolled = False

    async def ready(self, timeout: float) -> None:
        """Make an identity if there is none that lasts another day, and enrol it once however many calls wait."""
        async with self._lock:
            now = self._clock()
            if self._until is None or now + timedelta(days=1) > self._until:
                authority = create_authority("sandbox of the hub", now=now, days=DAYS_VALID)
                self._identity = authority.issue("hub.sandbox", now=now, days=DAYS_VALID)
                self._authority_pem = authority.cert_pem
                self._until = now + timedelta(days=DAYS_VALID)
                self._enrolled = False
            if not self._enrolled:
                await self._enrol(timeout)

    async def _enrol(self, timeout: float) -> None:
        asked = HttpCall("POST", TRUST_PATH, {"content-type": "application/x-pem-file"}, self._authority_pem)
        # Enrolling is no operation of the manifest; it is sent as a read because it may be repeated.
        reply = await self._line.send("need_by_reference", asked, timeout=timeout)
        if reply.status != _NO_CONTENT:
            text = f"the simulator did not enrol the certificate (HTTP {reply.status})"
            raise Retryable("setad.not_enrolled", text, after=timedelta(minutes=1))
        self._enrolled = True

    def sign(self, envelope: _Element) -> bytes:
        """Signed now. Raises Retryable before `ready`."""
        if self._identity is None:
            raise Retryable("setad.no_identity", "the identity has not been made yet")
        return sign_envelope(envelope, self._identity, now=self._clock())

    def distrusted(self) -> bool:
        """The simulator has started anew and forgotten us: enrol again."""
        self._enrolled = False
        return True

    async def close(self) -> None:
        """Close every connection."""
        await self._line.close()


def signing_for(reach: Reach) -> HandedIn | FromSettings | Missing | EnrolledWithSimulator:
    """Who signs, decided once: see the folder's README."""
    if reach.sign is not None:
        return HandedIn(reach.sign)
    if reach.settings.credential("certificate") and reach.settings.credential("private_key"):
        return FromSettings(reach)
    if urlsplit(reach.address).hostname in _THIS_MACHINE:
        return EnrolledWithSimulator(reach)
    return Missing()
