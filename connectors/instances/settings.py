"""The settings of one instance: a typed model for every connector folder, and what becomes of it in a process.

An instance under its folder's own name stands over what `hub.toml` says of that system, field by field; whatever is
left out stays as `hub.toml` or the manifest has it. Secrets are references (`connectors/secrets.py`); beside those of
`hub.toml` there is `kept:<id>`, a secret that lies sealed in the database. `env:` and `file:` reach only what was made
for secrets: whoever may configure must not be able to send the hub's own keys to an address of their choice.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from enum import StrEnum
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, create_model, field_validator
from pydantic_core import PydanticCustomError

from connectors.auth_credentials import EVERYWHERE, SECRET_NAMES, Credential
from connectors.auth_forms import model_of
from connectors.auth_profiles import Auth, Profile
from connectors.catalogue import Connected
from connectors.manifest import BreakerSpec, Hours, Limits, Name, RetrySpec, Timeouts, Title
from connectors.reach import ConnectorSettings, Outage, gregorian
from connectors.secrets import SEALED, Opener, SecretUnusable, resolved
from registry.configuration.kept import KEPT, reference

_VARIABLE = re.compile(r"env:HUB_SECRET_[A-Z0-9_]+")
SECRET_FOLDERS = (PurePosixPath("/run/secrets"), PurePosixPath("/run/credentials"))
"""Where `file:` may lead: what containers and systemd hand over as secrets."""


class State(StrEnum):
    """Whether an instance is reached. Inquiries for a paused or disabled one wait in the ledger."""

    ENABLED = "enabled"
    PAUSED = "paused"
    DISABLED = "disabled"


def _reachable(credentials: dict[str, str]) -> dict[str, str]:
    """Refuse secrets in clear, and references that lead elsewhere than to secrets. Never names a value."""
    for name, text in credentials.items():
        bare = name.rpartition(".")[2]
        if bare not in KNOWN_CREDENTIALS:
            raise PydanticCustomError("credential_unknown", "there is no credential {name}", {"name": name})
        if text.startswith("env:") and not _VARIABLE.fullmatch(text):
            message = "{name}: an environment variable for a secret is called HUB_SECRET_…"
            raise PydanticCustomError("secret_reference", message, {"name": name})
        if text.startswith("file:") and not _in_a_secret_folder(text.removeprefix("file:")):
            message = "{name}: a file with a secret lies under /run/secrets or /run/credentials"
            raise PydanticCustomError("secret_reference", message, {"name": name})
        if bare in SECRET_NAMES and not text.startswith(("env:", "file:", SEALED, KEPT)):
            message = "{name} is a secret: give env:HUB_SECRET_…, file:/run/secrets/…, or seal it"
            raise PydanticCustomError("secret_in_clear", message, {"name": name})
    return credentials


def _in_a_secret_folder(path: str) -> bool:
    wanted = PurePosixPath(path)
    return ".." not in wanted.parts and any(wanted.is_relative_to(folder) for folder in SECRET_FOLDERS)


def _all_credentials() -> dict[str, Credential]:
    asked = [one for profile in Profile for one in model_of(profile)(profile=profile).credentials]
    jwt = model_of(Profile.OAUTH_CLIENT_CREDENTIALS).model_validate(
        {"profile": Profile.OAUTH_CLIENT_CREDENTIALS, "client_authentication": "private_key_jwt"}
    )
    return {one.name: one for one in (*asked, *jwt.credentials, *EVERYWHERE)}


KNOWN_CREDENTIALS = _all_credentials()
"""Every credential that some profile asks for, by name."""


class InstanceSettings(BaseModel):
    """What an administrator sets for one instance. Only what is set is kept; the rest stays as shipped."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    connector: Name
    title: Title | None = None
    state: State = State.ENABLED
    address: str | None = Field(default=None, max_length=2000, pattern=r"^https?://[^\s/?#@]+(/[^\s?#]*)?$")
    auth: Auth | None = None
    operation_auth: dict[str, Auth] = Field(default_factory=dict)
    credentials: Annotated[dict[str, Annotated[str, Field(min_length=1, max_length=20_000)]],
                           AfterValidator(_reachable)] = Field(default_factory=dict)  # fmt: skip
    trust_pem: str | None = Field(default=None, max_length=200_000, pattern=r"-----BEGIN CERTIFICATE-----")
    timeouts: Timeouts | None = None
    limits: Limits | None = None
    breaker: BreakerSpec | None = None
    retry: RetrySpec | None = None
    hours: Hours | None = None
    holidays: tuple[date, ...] = Field(default=(), max_length=400)
    outages: tuple[Outage, ...] = Field(default=(), max_length=400)
    record_replies: bool = True

    @field_validator("holidays", mode="before")
    @classmethod
    def _by_either_calendar(cls, days: Any) -> Any:
        return tuple(gregorian(day) for day in days) if isinstance(days, list | tuple) else days

    def as_data(self) -> dict[str, Any]:
        """Only what was set, as JSON data."""
        return self.model_dump(mode="json", exclude_unset=True)


@lru_cache(maxsize=256)
def _typed(connector: str, operations: tuple[str, ...]) -> type[InstanceSettings]:
    names = Literal[operations]  # type: ignore[valid-type]  # Known when the folder is read.
    model: type[InstanceSettings] = create_model(
        f"{''.join(part.title() for part in connector.split('_'))}Settings",
        __base__=InstanceSettings,
        connector=(Literal[connector], ...),  # type: ignore[arg-type]  # The same.
        operation_auth=(dict[names, Auth], Field(default_factory=dict)),
    )
    return model


def model_for(connected: Connected) -> type[InstanceSettings]:
    """The model of this folder's instances: it knows the folder's operations."""
    return _typed(connected.name, tuple(connected.manifest.operations))


def sealed_away(settings: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The settings with every `sealed:` text replaced by a reference to it, and those texts, to be kept."""
    credentials = settings.get("credentials")
    if not isinstance(credentials, Mapping):
        return dict(settings), []
    sealed = {name: text.removeprefix(SEALED) for name, text in credentials.items() if _is_sealed(text)}
    kept = {name: reference(text) for name, text in sealed.items()}
    return {**settings, "credentials": {**credentials, **kept}}, list(sealed.values())


def _is_sealed(text: object) -> bool:
    return isinstance(text, str) and text.startswith(SEALED)


def named(connected: Connected, name: str, own: InstanceSettings) -> Connected:
    """The folder as this instance: under its name, with what the instance sets over the manifest, value by value."""
    manifest = connected.manifest
    over: dict[str, Any] = {
        part: _filled(getattr(manifest, part), value)
        for part in ("title", "timeouts", "limits", "hours", "breaker", "retry")
        if (value := getattr(own, part)) is not None
    }
    return replace(connected, name=name, manifest=manifest.model_copy(update={"name": name, **over}))


def _filled(shipped: Any, own: BaseModel) -> Any:
    """What is set, and the rest as shipped."""
    return (
        own if shipped is None else shipped.model_copy(update={key: getattr(own, key) for key in own.model_fields_set})
    )


def settled(
    instance: Connected,
    own: InstanceSettings,
    over: ConnectorSettings,
    *,
    secrets: Mapping[str, str],
    vault: Callable[[], Opener],
) -> ConnectorSettings:
    """The settings in force of a `named` instance: what it sets, over `over`; its secrets in clear in memory.

    `secrets` has the sealed texts of `kept:` references. Raises SecretUnusable, PkiError.
    """
    name = instance.name
    lost = [key for key, text in own.credentials.items() if text.startswith(KEPT) and text not in secrets]
    if lost:
        raise SecretUnusable(f"{name}: no sealed secret is kept for {', '.join(lost)}")
    texts = {key: SEALED + secrets[text] if text.startswith(KEPT) else text for key, text in own.credentials.items()}
    opened = resolved(name, {key: SecretStr(text) for key, text in texts.items()}, vault=vault)
    update: dict[str, Any] = {part: getattr(own, part) for part in _TAKEN & own.model_fields_set}
    if own.limits is not None:
        update["limits"] = None  # The manifest of the instance has them.
    if own.timeouts is not None:  # A time for whole calls stands over those that operations declare.
        update["timeouts"] = instance.manifest.timeouts if "total" in own.timeouts.model_fields_set else None
    if "state" in own.model_fields_set:
        update |= {"enabled": own.state is not State.DISABLED, "paused": own.state is State.PAUSED}
    update["credentials"] = {**over.credentials, **opened}
    return over.model_copy(update=update)


_TAKEN = frozenset({"address", "auth", "operation_auth", "trust_pem", "holidays", "outages", "record_replies"})
