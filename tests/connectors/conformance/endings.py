"""Which ends of a call are right for each fault, by the effect of the operation."""

from collections.abc import Mapping

from connectors.faults import FaultKind
from connectors.port import Effect

ANSWER, REFUSED, RETRYABLE, IN_DOUBT, BROKEN = "answer", "refused", "retryable", "in_doubt", "broken"

_REPEATABLE: Mapping[FaultKind, frozenset[str]] = {
    FaultKind.DELAY: frozenset({ANSWER}),
    FaultKind.HANG: frozenset({RETRYABLE}),
    FaultKind.RESET: frozenset({RETRYABLE}),
    FaultKind.LOST_ANSWER: frozenset({RETRYABLE}),
    FaultKind.HTTP_401: frozenset({RETRYABLE}),
    FaultKind.HTTP_500: frozenset({RETRYABLE}),
    FaultKind.HTTP_200_ERROR: frozenset({REFUSED, RETRYABLE, BROKEN}),
    FaultKind.HTTP_299: frozenset({ANSWER, REFUSED, BROKEN}),
    FaultKind.PLAIN_TEXT: frozenset({REFUSED, RETRYABLE, BROKEN}),
    FaultKind.HTML: frozenset({RETRYABLE, BROKEN}),
    FaultKind.CP1256: frozenset({ANSWER}),
    FaultKind.MOJIBAKE: frozenset({ANSWER}),
    FaultKind.OVERSIZE: frozenset({BROKEN}),
    FaultKind.TRUNCATED: frozenset({BROKEN}),
    FaultKind.HOLIDAY: frozenset({RETRYABLE}),
    FaultKind.OFFICE_HOURS: frozenset({RETRYABLE}),
    FaultKind.QUOTA: frozenset({RETRYABLE}),
    FaultKind.DUPLICATE_REQUEST: frozenset({ANSWER, REFUSED, RETRYABLE}),
    FaultKind.CLOCK_SKEW: frozenset({ANSWER, REFUSED, RETRYABLE, BROKEN}),
    FaultKind.EXPIRED_TOKEN: frozenset({ANSWER, RETRYABLE}),
    FaultKind.LOST_ZEROS: frozenset({ANSWER}),
    FaultKind.SOAP_PREFIX: frozenset({ANSWER}),
    FaultKind.DRIFT_RENAMED: frozenset({BROKEN}),
    FaultKind.DRIFT_ENUM: frozenset({BROKEN}),
    FaultKind.UNKNOWN_CODE: frozenset({BROKEN}),
}

# For `once` what may have had an effect is in doubt; Retryable and Refused promise that it had none.
_ONCE: Mapping[FaultKind, frozenset[str]] = _REPEATABLE | {
    FaultKind.HANG: frozenset({IN_DOUBT}),
    FaultKind.RESET: frozenset({IN_DOUBT}),
    FaultKind.LOST_ANSWER: frozenset({IN_DOUBT}),
    FaultKind.HTTP_401: frozenset({REFUSED, RETRYABLE, IN_DOUBT}),
    FaultKind.HTTP_500: frozenset({IN_DOUBT, RETRYABLE}),
    FaultKind.HTTP_200_ERROR: frozenset({REFUSED, RETRYABLE, IN_DOUBT}),
    FaultKind.HTTP_299: frozenset({ANSWER, REFUSED, IN_DOUBT}),
    FaultKind.PLAIN_TEXT: frozenset({REFUSED, RETRYABLE, IN_DOUBT}),
    FaultKind.HTML: frozenset({IN_DOUBT}),
    FaultKind.OVERSIZE: frozenset({IN_DOUBT}),
    FaultKind.TRUNCATED: frozenset({IN_DOUBT}),
    FaultKind.DUPLICATE_REQUEST: frozenset({ANSWER, REFUSED, RETRYABLE, IN_DOUBT}),
    FaultKind.CLOCK_SKEW: frozenset({ANSWER, REFUSED, RETRYABLE, IN_DOUBT}),
    FaultKind.EXPIRED_TOKEN: frozenset({ANSWER, RETRYABLE, IN_DOUBT}),
    FaultKind.DRIFT_RENAMED: frozenset({IN_DOUBT}),
    FaultKind.DRIFT_ENUM: frozenset({ANSWER, IN_DOUBT}),
    FaultKind.UNKNOWN_CODE: frozenset({IN_DOUBT}),
}


def expected(effect: Effect, kind: FaultKind) -> frozenset[str]:
    """The ends allowed for this fault."""
    return (_ONCE if effect is Effect.ONCE else _REPEATABLE)[kind]
