"""What a connector is given to reach its system: where it is, how to call, how to prove who calls."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Self

from lxml.etree import _Element
from persiantools.jdatetime import JalaliDate
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from connectors.auth_profiles import Auth, AuthProfile
from connectors.faults import Clock
from connectors.manifest import Limits, Manifest, Timeouts

_JALALI = re.compile(r"(1[0-6][0-9]{2})[-/]([0-9]{1,2})[-/]([0-9]{1,2})")

_ISO = re.compile(r"[12][0-9]{3}-[0-9]{2}-[0-9]{2}")

#: Signs a whole SOAP envelope and gives back its bytes.
Sign = Callable[[_Element], bytes]


def gregorian(written: object) -> object:
    """A written date as the day it is; what is no date stays as it is. Raises ValueError for a day no calendar has.

    The years of the two calendars are 621 apart: below 1700 it is Jalali.
    """
    if not isinstance(written, str):
        return written
    if not (found := _JALALI.fullmatch(written)):
        return date.fromisoformat(written) if _ISO.fullmatch(written) else written
    try:
        return JalaliDate(*(int(part) for part in found.groups())).to_gregorian()
    except ValueError as wrong:
        raise ValueError(f"{written} is no day of the Jalali calendar") from wrong


class Outage(BaseModel):
    """An announced outage, from `begins` to `ends`, both with an offset; `note` is for people."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    begins: AwareDatetime
    ends: AwareDatetime
    note: str = ""

    @model_validator(mode="after")
    def _begins_before_it_ends(self) -> Self:
        if self.begins >= self.ends:
            raise ValueError("an outage begins before it ends")
        return self


class ConnectorSettings(BaseModel):
    """What an administrator sets for one system."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    enabled: bool = True
    """`false`: the hub does not reach this system at all."""
    paused: bool = False
    """`true`: its inquiries wait in the ledger until it is taken up again."""
    address: str | None = Field(default=None, pattern=r"^https?://[^\s]+$")
    """Where the system is; left out, its simulator."""
    credentials: dict[str, SecretStr] = Field(default_factory=dict)
    """What the auth profile asks for, by name; `<operation>.<name>` for one operation only. A secret stands here as
    `env:NAME`, `file:PATH` or `sealed:…`."""
    auth: Auth | None = None
    """Instead of the manifest's profile, but for operations that have one of their own."""
    operation_auth: dict[str, Auth] = Field(default_factory=dict)
    """Instead of every other profile, by operation."""
    trust_file: Path | None = None
    """A PEM bundle instead of the machine's own; certificates are always checked."""
    trust_pem: str | None = None
    """The same bundle as text; stands over `trust_file`."""
    timeouts: Timeouts | None = None
    """Instead of the manifest's."""
    limits: Limits | None = None
    """Instead of the manifest's."""
    holidays: tuple[date, ...] = ()
    """Days on which the system is closed: `2027-03-21`, or by the Jalali calendar `1406-01-01`."""
    outages: tuple[Outage, ...] = ()
    """Announced times in which the system is not asked; its inquiries wait."""
    record_replies: bool = True
    """Keep each native reply sealed beside its attempt, so that a new mapping can be tried on it before it is used."""
    sandbox: str = "http://127.0.0.1:8090"
    """Where the simulators are."""

    @field_validator("holidays", mode="before")
    @classmethod
    def _by_either_calendar(cls, days: Any) -> Any:
        return tuple(gregorian(day) for day in days) if isinstance(days, list | tuple) else days

    def address_of(self, folder: Path) -> str:
        """Where an instance of this folder is called, without a slash at the end: its address, or its simulator."""
        return (self.address or f"{self.sandbox.rstrip('/')}/{folder.name}").rstrip("/")

    def credential(self, name: str, operation: str = "") -> str:
        """The credential in clear text, the operation's own before the system's; empty when none was set."""
        secret = self.credentials.get(f"{operation}.{name}") or self.credentials.get(name)
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
    signs: Mapping[str, Sign | None] = field(default_factory=dict)

    def auth(self, operation: str) -> AuthProfile:
        """The profile in force for an operation; for "" the system's own. Settings stand over the manifest."""
        declared = self.manifest.operations.get(operation)
        own = self.settings.operation_auth.get(operation) or (declared.auth if declared else None)
        return own or self.settings.auth or self.manifest.auth

    def signer(self, operation: str) -> Sign | None:
        """What signs the operation's SOAP envelopes, if anything does."""
        return self.signs.get(operation, self.sign)
