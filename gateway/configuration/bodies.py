"""What the console sends to change the configuration."""

from typing import Annotated, Any

from pydantic import Field

from connectors.instances.settings import State
from gateway.bodies import Body

Reason = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
CredentialName = Annotated[str, Field(pattern=r"^([a-z][a-z0-9_]{0,49}\.)?[a-z][a-z0-9_]{0,49}$")]
Base = Annotated[int, Field(ge=0, le=2**31 - 1)]


class PlanRequest(Body):
    """A site document, as `hub export` writes it; tells what applying it would change."""

    document: dict[str, Any]


class ChangeRequest(Body):
    """Put a site document in force, made on revision `base`."""

    document: dict[str, Any]
    base: Base
    reason: Reason


class RollbackRequest(Body):
    """Put revision `to` in force again, having seen revision `base`."""

    to: Base
    base: Base
    reason: Reason


class ApprovalRequest(Body):
    """Approve a change; `hash` is that of the document the approver has looked at."""

    hash: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    reason: Reason


class ReasonRequest(Body):
    """Why."""

    reason: Reason


class ConnectorRequest(Body):
    """Settings of one instance, whole; null takes them away. `secrets` are in clear here, and nowhere afterwards."""

    settings: dict[str, Any] | None
    secrets: dict[CredentialName, Annotated[str, Field(min_length=1, max_length=20_000)]] = Field(default_factory=dict)
    base: Base
    reason: Reason
    dry_run: bool = False


class StateRequest(Body):
    """Pause, resume, disable or enable."""

    state: Annotated[State, Field(strict=False)]
    reason: Reason


class ProbeRequest(Body):
    """Test an instance as it is, or with settings that are not saved yet."""

    settings: dict[str, Any] | None = None
    secrets: dict[CredentialName, Annotated[str, Field(min_length=1, max_length=20_000)]] = Field(default_factory=dict)
