"""What is needed of a service that does not exist yet, and what is said of each step towards it."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from gateway.bodies import Body, ServiceId, Text
from gateway.reading import FieldError
from registry.missing import LETTERS, Step

Day = Annotated[date, Field(strict=False)]
"""A Gregorian day, RFC 3339: `2026-11-22`."""
Sentence = Annotated[str, Field(min_length=1, max_length=1000, pattern=r"^[^\x00-\x1f\x7f]+$")]
MissingId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,59}$")]

USUAL_PATIENCE = 30
"""Days given for an answer unless the register says otherwise: this hub's custom, no regulation at hand sets one."""


class Bilingual(Body):
    """One text, in Persian and in English."""

    fa: Sentence
    en: Sentence


class NeededField(Body):
    """One field that the service is asked with, or answers with."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,59}$")]
    direction: Literal["asked", "answered"]
    fa: Sentence
    en: Sentence
    form: Bilingual
    required: bool


class Need(Body):
    """Who needs it, for what, on which legal basis, and how it should look. `answer_days` is how long one waits."""

    needed_by: Annotated[list[Text], Field(min_length=1, max_length=50)]
    processes: list[ServiceId] = Field(default_factory=list, max_length=50)
    purpose: Bilingual
    legal_bases: Annotated[list[Bilingual], Field(min_length=1, max_length=20)]
    effect: Literal["read", "idempotent", "once"]
    fields: Annotated[list[NeededField], Field(min_length=1, max_length=100)]
    calls_per_day: Annotated[int, Field(ge=1, le=100_000_000)] | None = None
    answer_days: Annotated[int, Field(ge=1, le=3650)] = USUAL_PATIENCE


class AmendRequest(Body):
    """The next version of what is needed, whole."""

    owner: Text
    title: Bilingual
    record: Need


class MissingRequest(AmendRequest):
    """Enter a service into the register. `owner` is the agency that has the data."""

    id: MissingId


class Signatory(Body):
    """Who signs, as it stands under the letter."""

    name: Bilingual
    title: Bilingual


class SentLetter(Body):
    """The letter as it left the secretariat. Without `addressee` it goes to the interoperability working group."""

    number: Text
    date: Day
    signatory: Signatory
    addressee: Bilingual | None = None
    annexes: list[Bilingual] = Field(default_factory=list, max_length=20)


class Reply(Body):
    """What came back, in its own words. `promised_on` is the day by which the service is to exist."""

    number: Text
    date: Day
    text: Annotated[str, Field(min_length=1, max_length=4000)]
    promised_on: Day | None = None


class StepRequest(Body):
    """A step: `letter` with request and remind, `reply` with answer and refuse, `service` with make_available."""

    step: Annotated[Step, Field(strict=False)]
    letter: SentLetter | None = None
    reply: Reply | None = None
    service: ServiceId | None = None
    note: Sentence | None = None

    @model_validator(mode="after")
    def _what_belongs_to_it(self) -> Self:
        wanted = {Step.ANSWER: "reply", Step.REFUSE: "reply", Step.MAKE_AVAILABLE: "service"}.get(self.step)
        wanted = "letter" if self.step in LETTERS else wanted
        given = {name for name in ("letter", "reply", "service") if getattr(self, name) is not None}
        if self.step is Step.NOTE or given != ({wanted} if wanted else set()):
            raise FieldError(
                "missing_service.step",
                f"این گام همراه «{wanted or 'هیچ'}» می‌آید.",
                f"The step {self.step.value} comes with {wanted or 'nothing'}.",
            )
        return self
