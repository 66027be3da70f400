"""How translating fails.

DocumentError   a mapping document is not usable; `findings` say where and what to write instead
MappingError    one message cannot be translated; `code` is stable, `pointer` says which field
"""

from dataclasses import dataclass

MOST_FINDINGS = 100
"""A document with more faults than this is not read to its end."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault of a mapping document. `line` is 1-based, 0 where it has no place; `suggestion` may be empty."""

    file: str
    line: int
    pointer: str
    code: str
    message: str
    suggestion: str = ""

    def __str__(self) -> str:
        hint = f" (did you mean {self.suggestion!r}?)" if self.suggestion else ""
        return f"{self.file}:{self.line}: {self.message}{hint} [{self.code}]"


class DocumentError(ValueError):
    """A mapping document with faults; nothing is compiled from it."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__("\n".join(map(str, findings)))
        self.findings = findings


class MappingError(ValueError):
    """A message that the mapping cannot translate. `pointer` is a JSON pointer into the side named by the message."""

    def __init__(self, code: str, pointer: str, message: str) -> None:
        super().__init__(f"{code} at {pointer or '/'}: {message}")
        self.code = code
        self.pointer = pointer
        self.message = message
