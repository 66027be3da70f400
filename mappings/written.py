"""A mapping document as it is written: one operation of one system, both directions, outcomes and tests."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

from mappings.errors import Finding
from mappings.source import Source

Word = str | int | bool | None
"""What a code table may hold."""
Grade = Literal["verified", "seen", "assumed"]

_EMPTY = Source("", None, b"")


class _Closed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Title(_Closed):
    """A title in Persian and English."""

    fa: str
    en: str


class CanonicalNames(_Closed):
    """The canonical models of the operation: what it is asked with and what it answers."""

    request: str | None = None
    answer: str | None = None


class Outcome(_Closed):
    """How a native reply is judged before it is translated: a code, a text, and what each code means.

    `shared` names a code table of errors; what `table` says of a code stands over it.
    """

    code: Any
    text: Any = None
    shared: str | None = None
    table: dict[str, Any] = Field(default_factory=dict)
    unknown: Any = "broken"


class Exercise(_Closed):
    """One thing a test does. Exactly one of `expect` and `error`.

    `asked` is the canonical request answered to, for `from_native`; `status` the HTTP status, for outcomes.
    """

    given: Any
    context: dict[str, str] = Field(default_factory=dict)
    asked: dict[str, Any] | None = None
    status: int | None = None
    expect: Any = None
    error: str | None = None


class Case(_Closed):
    """A test that stands in the document: exactly one direction, or there and back, where nothing is expected but what
    was given.
    """

    name: str
    to_native: Exercise | None = None
    from_native: Exercise | None = None
    outcome: Exercise | None = None
    there_and_back: Exercise | None = None


class Document(_Closed):
    """A mapping document as written. Pipelines are kept as data; the compiler reads them."""

    id: str
    version: int = Field(ge=1)
    title: Title
    description: Title | None = None
    canonical: CanonicalNames
    grade: Grade
    grades: dict[str, Grade] = Field(default_factory=dict)
    tables: dict[str, dict[str, Word]] = Field(default_factory=dict)
    to_native: dict[str, Any] | None = None
    from_native: dict[str, Any] | None = None
    outcome: Outcome | None = None
    tests: list[Case] = Field(default_factory=list)

    _source: Source = PrivateAttr(default=_EMPTY)
    _parts: object = PrivateAttr(default=None)
    _hash: str = PrivateAttr(default="")
    _models: Mapping[str, type[BaseModel]] = PrivateAttr(default_factory=dict)

    def keep_parts(self, parts: object) -> None:
        """Remember what the compiler made of this document by itself, so that it is not made twice."""
        self._parts = parts

    @property
    def parts(self) -> object:
        """What `keep_parts` was given."""
        return self._parts

    def read_from(self, source: Source, content_hash: str, models: Mapping[str, type[BaseModel]]) -> None:
        """Remember where this document was read and the canonical models it may name; called once, by the loader."""
        self._models = models
        self._source = source
        self._hash = content_hash

    @property
    def source(self) -> Source:
        """The values and lines this document was read from."""
        return self._source

    @property
    def models(self) -> Mapping[str, type[BaseModel]]:
        """The canonical models that this document may name."""
        return self._models

    @property
    def content_hash(self) -> str:
        """SHA-256 (hex) of the exact bytes of the file."""
        return self._hash

    def grade_of(self, field: str) -> Grade:
        """The grade of one field, written as in `grades` (`to_native/Map`)."""
        return self.grades.get(field, self.grade)

    def finding(self, pointer: str, code: str, message: str, suggestion: str = "") -> Finding:
        """A finding at `pointer` of this document."""
        return Finding(self._source.name, self._source.line(pointer), pointer, code, message, suggestion)


def nearest(word: str, known: list[str] | tuple[str, ...]) -> str:
    """The known word that `word` was probably meant to be, or nothing."""
    return next(iter(get_close_matches(word, known, n=1, cutoff=0.6)), "")
