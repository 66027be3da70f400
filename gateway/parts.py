"""What the gateway is given by the wiring. It makes none of it itself, so tests hand in their own."""

import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from starlette.requests import HTTPConnection

from broker.exchange import Exchange
from broker.inbox import InboxDesk
from broker.versions.desk import VersionDesk
from connectors.instances.running import Instances
from gateway.configuration.desk import ConfigurationDesk
from pki.keys import SigningKey
from pki.wss_verifier import VerifiedEnvelope
from registry.participants import Participant
from registry.snapshot import Current
from registry.store import Store


@dataclass(frozen=True, slots=True)
class OperationSchema:
    """Names of the canonical models of one operation, and what a repeated call does: read, idempotent or once."""

    request: str
    answer: str
    effect: str


class SecretBox(Protocol):
    """Seals secrets of subscriptions and officers. Two are held while one rotates, the newest first."""

    def seal(self, owner: str, secrets: Sequence[str]) -> bytes:
        """Return the ciphertext that is stored."""
        ...

    def open(self, owner: str, sealed: bytes) -> tuple[str, ...]:
        """Return the secrets that were sealed for this owner."""
        ...


@dataclass(frozen=True, slots=True)
class Parts:
    """The gateway's surroundings.

    `base_url` has no trailing slash. `vkey` is the verifier key of the journal's checkpoints. `ready` names what keeps
    the hub from serving, an empty answer means ready. `operations` finds the models of (system, operation).
    `desk` changes the configuration, `instances` are the connectors in force in this process, `versions` tries and
    activates mapping documents. `metrics` writes OpenMetrics text. `verify_envelope` checks signed SOAP messages, None
    where no root is trusted.
    """

    store: Store
    current: Current
    exchange: Exchange
    inbox: InboxDesk
    clock: Callable[[], datetime]
    signing_key: SigningKey
    vkey: str
    base_url: str
    ready: Callable[[], dict[str, str]]
    operations: Callable[[str, str], OperationSchema | None]
    secrets: SecretBox
    desk: ConfigurationDesk
    instances: Instances
    versions: VersionDesk
    metrics: Callable[[], Awaitable[bytes]]
    random: Callable[[int], bytes] = os.urandom
    verify_envelope: Callable[[bytes], VerifiedEnvelope] | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, proved by which credential."""

    participant: Participant
    credential: str

    @property
    def identifier(self) -> str:
        """The participant's identifier, `IR/<class>/<member>[/<subsystem>]`."""
        return self.participant.identifier


def parts_of(request: HTTPConnection) -> Parts:
    """The parts of the application that serves this request."""
    parts: Parts = request.app.state.parts
    return parts


def caller_of(request: HTTPConnection) -> Caller:
    """The caller that `Authentication` found; every route that is not public has one."""
    caller: Caller = request.state.caller
    return caller
