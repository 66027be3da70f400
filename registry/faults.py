"""Faults of a database, told apart from mistakes and broken constraints of an act.

StoreUnavailable   the disk or the database does not answer; nothing of the act was kept
└── OutcomeUnknown it went away in the middle of a commit and did not come back in time to say what it kept
"""

from sqlalchemy.exc import DatabaseError, DBAPIError, InternalError, OperationalError, TimeoutError  # noqa: A004 - theirs.

_ALONE = {"40001", "40P01"}  # serialization_failure, deadlock_detected: alone, the act goes through.
_UNIQUE = "23505"
_NO_TABLE = "42P01"  # What SQLite calls an operational fault: the schema was never made.


class StoreUnavailable(Exception):
    """The disk or the database does not answer; nothing of the act was kept. Trying later is safe."""


class OutcomeUnknown(StoreUnavailable):
    """The database went away while it committed: whether the act was kept is not known."""


def is_fault(error: BaseException) -> bool:
    """Tell a fault of disk or database from a mistake or a broken constraint of the act itself."""
    if isinstance(error, (OperationalError, InternalError, TimeoutError)):  # The last: no reader came free.
        return True
    if isinstance(error, DBAPIError):
        # "disk image is malformed" and "not a database" come as the driver's bare DatabaseError.
        return type(error) is DatabaseError or error.connection_invalidated or _state(error) == _NO_TABLE
    return False


def crossed(error: BaseException) -> bool:
    """Tell whether another transaction was in the way, so that the same act may go through when run again."""
    return _state(error) in _ALONE


def met_a_twin(error: BaseException) -> bool:
    """Tell whether a unique key exists already, perhaps since after this transaction began to look."""
    return _state(error) == _UNIQUE


def was_lost(error: BaseException) -> bool:
    """Tell whether the fault is that of a connection that has ended."""
    if not isinstance(error, DBAPIError):
        return False
    # Class 08: connection exceptions. 57P0x: the server goes down, has crashed or is not up yet. libpq's own have none.
    state = _state(error)
    return error.connection_invalidated or (
        isinstance(error, OperationalError) and (state is None or state[:2] == "08" or state[:4] == "57P0")
    )


def unavailable(error: BaseException) -> StoreUnavailable:
    """Return what the caller hears of a fault."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    return StoreUnavailable(f"the database does not answer: {str(cause).strip()}")


def _state(error: BaseException) -> str | None:
    """Return the five characters of SQLSTATE, None for what has none."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    state = getattr(cause, "sqlstate", None)
    return state if isinstance(state, str) else None
