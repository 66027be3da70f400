"""What a connector is given to reach its system: where it is, how to call, how to prove who calls."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from lxml.etree import _Element
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from connectors.faults import Clock
from connectors.manifest import Limits, Manifest, Timeouts

#: Signs a whole SOAP envelope and gives back its bytes.
Sign = Callable[[_Element], bytes]


class ConnectorSettings(BaseModel):
    """What an administrator sets for one system.

    `address` without a value is the system's simulator. `credentials` holds what the auth profile asks for:
    `username`, `password`, `key`, `client_id`, `client_secret`; on the exchange centre's buses also
    `provider_username`, `provider_password`, `pid`. `trust_file` is a PEM bundle that replaces the
    machine's own; certificates are always checked.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    enabled: bool = True
    paused: bool = False
    address: str | None = Field(default=None, pattern=r"^https?://[^\s]+$")
    credentials: dict[str, SecretStr] = Field(default_factory=dict)
    trust_file: Path | None = None
    timeouts: Timeouts | None = None
    limits: Limits | None = None
    holidays: tuple[date, ...] = ()
    sandbox: str = "http://127.0.0.1:8090"

    def credential(self, name: str) -> str:
        """The credential in clear text; empty when none was set."""
        secret = self.credentials.get(name)
        return secret.get_secret_value() if secret else ""


@dataclass(frozen=True)
class Reach:
    """Everything a folder's `connector.create` is given. `address` has no slash at its end."""

    manifest: Manifest
    folder: Path
    address: str
    settings: ConnectorSettings
    clock: Clock
    sign: Sign | None = None
