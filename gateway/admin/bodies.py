"""What the console sends to the admin API."""

from typing import Annotated, Any, Literal

from pydantic import Field

from gateway.bodies import Body, Text
from mappings.source import LARGEST
from registry.staff.officers import Role

Username = Annotated[str, Field(pattern=r"^[a-z][a-z0-9._-]{1,39}$")]
Password = Annotated[str, Field(min_length=1, max_length=4096)]
OneTimeCode = Annotated[str, Field(pattern=r"^[0-9]{6}$")]
Token = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Roles = Annotated[list[Annotated[Role, Field(strict=False)]], Field(min_length=1, max_length=len(Role))]


class SignInRequest(Body):
    """Who one is, what one knows, and what one's phone shows."""

    username: Annotated[str, Field(min_length=1, max_length=100)]
    password: Password
    code: OneTimeCode


class LinkRequest(Body):
    """A one-time link is opened."""

    token: Token


class EnrolmentRequest(Body):
    """A one-time link is used: the password, and a code that proves that the phone holds the secret."""

    token: Token
    password: Password
    code: OneTimeCode


class OfficerRequest(Body):
    """Invite an officer."""

    username: Username
    name: Text
    roles: Roles


InquiryId = Annotated[str, Field(min_length=1, max_length=64)]


class StuckRequest(Body):
    """Parked inquiries to take up again or to discard. `dry_run` tells what would happen and does nothing."""

    inquiries: Annotated[list[InquiryId], Field(min_length=1, max_length=500)]
    dry_run: bool = False


Reason = Annotated[str, Field(min_length=3, max_length=1000, pattern=r"\S")]


class ResolutionRequest(Body):
    """What became of a call in doubt, and how the officer knows; `answer` is what the far side answered."""

    found: Literal["done", "refused", "absent"]
    reason: Reason
    answer: dict[str, Any] | None = None


class NoteRequest(Body):
    """What is known of a cause of stuck work."""

    text: Reason


class OwnerRequest(Body):
    """Who looks after a cause: an officer's username, or null for nobody."""

    username: Username | None


class RunRequest(Body):
    """Take up again what a cause keeps, or only the inquiries named, so many a minute."""

    cause: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    inquiries: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=64)], ...], Field(max_length=500, strict=False)
    ] = ()
    per_minute: Annotated[int, Field(ge=1, le=600)] = 60
    dry_run: bool = False


class MappingChangeRequest(Body):
    """Propose a new version of a mapping document: its YAML text, and why."""

    document: Annotated[str, Field(min_length=1, max_length=LARGEST)]
    reason: Text


class ByHandRequest(Body):
    """A clerk's answer: what the service answers with."""

    answer: dict[str, Any]


class RefusedByHandRequest(Body):
    """A clerk's refusal; the asker reads the reason."""

    reason: Reason


class UnitsRequest(Body):
    """The units an officer acts for, by identifier."""

    units: Annotated[list[Annotated[str, Field(min_length=1, max_length=200)]], Field(max_length=100)]


class RolesRequest(Body):
    """Change what an officer may do."""

    roles: Roles


class DisclosureRequest(Body):
    """Open a payload. The reason is written into the journal beside the officer's name."""

    reason: Annotated[Text, Field(min_length=10)]
