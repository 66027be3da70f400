"""The manifest of a connector folder: everything about a system that is data, read from `manifest.toml`."""

import tomllib
from datetime import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from connectors.auth_profiles import Auth, NoAuth
from connectors.port import Effect

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Pointer = Annotated[str, Field(pattern=r"^(/[^/]+)+$")]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
Count = Annotated[int, Field(ge=1)]
Seconds = Annotated[float, Field(gt=0)]


class ManifestError(Exception):
    """A manifest that cannot be used. `problems` are sentences; each names the file and the key."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Part(BaseModel):
    """One table of the manifest. Unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Title(Part):
    """A text in both languages."""

    fa: str = Field(min_length=1)
    en: str = Field(min_length=1)


class Grade(StrEnum):
    """How well the contract of an operation is known."""

    VERIFIED = "verified"
    SEEN = "seen"
    ASSUMED = "assumed"


class Timeouts(Part):
    """Seconds: to reach the system, and for a whole call."""

    connect: Seconds = 5.0
    total: Seconds = 30.0


class Limits(Part):
    """What the system bears: calls begun a second, calls at once, and calls in one day of Tehran (none: no quota)."""

    rate_per_second: Seconds = 20.0
    concurrency: Count = 16
    per_day: Count | None = None


class BreakerSpec(Part):
    """After `failures` technical faults in a row no call is made for `open_seconds`."""

    failures: Count = 5
    open_seconds: Seconds = 30.0


class RetrySpec(Part):
    """How often a call that may be repeated is made, all within so many seconds."""

    attempts: Count = 3
    within_seconds: Seconds = 20.0


class Hours(Part):
    """Office hours on the clock of `timezone`. Holidays are settings, since they change every year."""

    timezone: Literal["Asia/Tehran"] = "Asia/Tehran"
    open: time = time(0, 0)
    close: time = time(23, 59, 59)
    closed_weekdays: tuple[Weekday, ...] = ()

    @model_validator(mode="after")
    def _opens_before_it_closes(self) -> Self:
        if self.open >= self.close:
            raise ValueError("open must be before close")
        return self


class Soap(Part):
    """Where the WSDL lies in the folder, and the path the service is called at under the system's address.

    `mtom` sends base64 beside the envelope (MTOM); what comes that way is read in any case.
    """

    wsdl: str = Field(pattern=r"^contract/.+")
    path: str = Field(default="/", pattern=r"^/")
    mtom: bool = False


class HttpRequest(Part):
    """Method and path under the system's address. `{Name}` in a path is filled from the native request.

    `form` sends the body as a form instead of JSON (kind `generic_rest`).
    """

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "POST"
    path: str = Field(pattern=r"^/")
    form: bool = False


class Rest(Part):
    """Where the OpenAPI file lies in the folder of a system that needs no code of its own."""

    openapi: str = Field(pattern=r"^contract/.+")


class Operation(Part):
    """One thing the system can be asked. `timeout` in seconds and `auth` override the system's own.

    `encrypted` are pointers into the native request: each value there leaves as a JWE for the provider.
    `resolve_request` builds the payload of `resolve_with`: a value is `$reference`, `$inquiry_id`, `$tracking_code`,
    a JSON pointer into the first payload, or a constant. `resolved_by = "person"` says that nobody can be asked: a call
    in doubt is parked for a person to find out. `stage_from` points at the stage the answer says the case has come to.
    `alias_from` points at the system's own number of the case in the answer, `aliases` at those of others, by system.
    """

    title: Title
    effect: Effect
    request: str = Field(min_length=1)
    answer: str = Field(min_length=1)
    mapping: str | None = Field(default=None, pattern=r"^mappings/[a-z0-9_]+\.yaml$")
    grade: Grade
    timeout: Seconds | None = None
    http: HttpRequest | None = None
    soap: str | None = None
    resolve_with: Name | None = None
    resolve_request: dict[str, str] = Field(default_factory=dict)
    resolved_by: Literal["person"] | None = None
    alias_from: Pointer | None = None
    aliases: dict[Name, Pointer] = Field(default_factory=dict)
    stage_from: Pointer | None = None
    retries: bool = True
    auth: Auth | None = None
    encrypted: tuple[Pointer, ...] = ()


class NativeReply(Part):
    """How a portal is answered in its own words: its code, and the HTTP status it expects with it."""

    code: str
    http: int = Field(default=200, ge=200, le=599)


class Inbound(Part):
    """The mapping that reads what the system sends of its own accord.

    `status` is what it pushes about a case. Anything else is a message in the system's own words at
    `/v1/portals/<system>/<name>`: with a `service` it is a question to the municipality, asked for `purpose` on
    `legal_basis`; without, it tells where a case stands. `replies` go by `accepted`, a problem's code, `otherwise`.
    """

    mapping: str = Field(pattern=r"^mappings/[a-z0-9_]+\.yaml$")
    grade: Grade
    title: Title | None = None
    service: str | None = None
    purpose: str = ""
    legal_basis: str = ""
    replies: dict[str, NativeReply] = Field(default_factory=dict)

    def faults(self, name: str) -> list[str]:
        """What is missing for a message of this name."""
        problems = []
        if name != "status" and not {"accepted", "otherwise"} <= set(self.replies):
            problems.append("replies: say how 'accepted' and 'otherwise' are worded")
        if self.service is not None and not (self.purpose and self.legal_basis):
            problems.append("service: a question names its purpose and its legal_basis")
        return problems

    def reply_to(self, problem: str) -> NativeReply:
        """The reply to a problem, by its code; `accepted` where there was none."""
        return self.replies.get(problem) or self.replies["otherwise"]


class Exempt(Part):
    """A rule of quality that does not apply, and why."""

    exempt: str = Field(min_length=1)


class Question(Part):
    """An open question to the owner of the system."""

    fa: str = Field(min_length=1)
    en: str = Field(min_length=1)


class Manifest(Part):
    """A connector's declaration. `owner` is the participant that runs the system.

    `kind` names the package beside the folders that reads this one; without it the folder has its own `connector.py`
    and `simulator.py`.
    """

    name: Name
    title: Title
    owner: str = Field(pattern=r"^IR/(GOV|MUN|COM|ORG)/[^/]+(/[^/]+)?$")
    kind: Literal["generic_rest", "generic_soap", "inbox"] | None = None
    transport: Literal["rest", "soap", "inbox"]
    contract_version: str = Field(min_length=1)
    auth: Auth = NoAuth()
    timeouts: Timeouts = Timeouts()
    limits: Limits = Limits()
    breaker: BreakerSpec = BreakerSpec()
    retry: RetrySpec = RetrySpec()
    hours: Hours | None = None
    soap: Soap | None = None
    rest: Rest | None = None
    operations: dict[Name, Operation] = Field(min_length=1)
    inbound: dict[Name, Inbound] = Field(default_factory=dict)
    quality: dict[Name, Literal["done", "todo"] | Exempt] = Field(default_factory=dict)
    questions: tuple[Question, ...] = ()

    def timeout_of(self, operation: str) -> float:
        """Seconds one call of the operation may take."""
        return self.operations[operation].timeout or self.timeouts.total


def load_manifest(path: Path) -> Manifest:
    """Read a `manifest.toml`. Raises ManifestError with every problem at once."""
    try:
        raw: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise ManifestError([f"{path}: {problem}"]) from problem
    try:
        manifest = Manifest.model_validate(raw)
    except ValidationError as invalid:
        raise ManifestError(
            [
                f"{path}: {'.'.join(str(step) for step in error['loc']) or 'manifest'}: {error['msg']}"
                for error in invalid.errors(include_url=False)
            ]
        ) from invalid
    problems = [f"{path}: {problem}" for problem in _contradictions(manifest)]
    if manifest.name != path.parent.name:
        problems.append(f"{path}: name: {manifest.name!r} must be the folder's name, {path.parent.name!r}")
    if problems:
        raise ManifestError(problems)
    return manifest


def _contradictions(manifest: Manifest) -> list[str]:
    """What no single key shows."""
    problems = []
    if manifest.transport == "soap" and manifest.soap is None:
        problems.append("soap: a SOAP system needs the table [soap] with its WSDL")
    if manifest.kind == "generic_rest" and manifest.rest is None:
        problems.append("rest: a system of kind generic_rest needs the table [rest] with its OpenAPI file")
    transports = {"generic_rest": "rest", "generic_soap": "soap", "inbox": "inbox", None: manifest.transport}
    if transports[manifest.kind] != manifest.transport or (manifest.transport == "inbox") != (manifest.kind == "inbox"):
        problems.append(f"transport: {manifest.transport} does not go with kind {manifest.kind}")
    for name, inbound in manifest.inbound.items():
        problems.extend(f"inbound.{name}.{problem}" for problem in inbound.faults(name))
    for name, operation in manifest.operations.items():
        key = f"operations.{name}"
        if (operation.mapping is None) != (manifest.kind == "inbox"):
            problems.append(f"{key}.mapping: every system but an inbox has a mapping, and an inbox has none")
        if manifest.kind == "inbox" and operation.effect is Effect.ONCE:
            problems.append(f"{key}.effect: an inbox takes a question once however often it comes: 'idempotent'")
        if manifest.transport == "rest" and operation.http is None:
            problems.append(f"{key}.http: a REST operation needs a method and a path")
        if manifest.transport == "soap" and operation.soap is None:
            problems.append(f"{key}.soap: a SOAP operation needs its name in the WSDL")
        problems.extend(_resolving(manifest, key, operation))
    return problems


def _resolving(manifest: Manifest, key: str, operation: Operation) -> list[str]:
    """What is wrong with the way an operation asks whether it happened."""
    if operation.resolve_with is None:
        if operation.effect is Effect.ONCE and operation.resolved_by is None:
            return [f"{key}.resolve_with: an operation with effect 'once' needs a way to ask whether it happened"]
        return []
    resolver = manifest.operations.get(operation.resolve_with)
    if resolver is None:
        return [f"{key}.resolve_with: there is no operation {operation.resolve_with!r}"]
    problems = []
    if resolver.effect is not Effect.READ:
        problems.append(f"{key}.resolve_with: {operation.resolve_with!r} must have effect 'read'")
    if resolver.answer != operation.answer:
        problems.append(f"{key}.resolve_with: {operation.resolve_with!r} must answer with {operation.answer}")
    if not operation.resolve_request:
        problems.append(f"{key}.resolve_request: say how the question of {operation.resolve_with!r} is built")
    return problems
