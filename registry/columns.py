"""Column types that mean the same in every database, and how constraints are named."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Dialect, Integer, MetaData, Text, TypeDecorator

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


_json_text = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


def _microseconds(value: datetime | None) -> int | None:
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError(f"a time without zone cannot be stored: {value!r}")
    return (value - _EPOCH) // _MICROSECOND


def _instant(value: int | None) -> datetime | None:
    return None if value is None else _EPOCH + timedelta(microseconds=value)


def _text_of(value: Any) -> str | None:
    return None if value is None else _json_text(value)


def _value_of(text: str | None) -> Any:
    return None if text is None else json.loads(text)


class Instant(TypeDecorator[datetime]):
    """An aware UTC time, stored as integer microseconds since 1970: exact, ordered, the same in every database.

    A naive time raises ValueError. The conversions are given whole, because SQLAlchemy's own frame around
    `process_bind_param` costs as much as they do, and an inquiry has two dozen times.
    """

    impl = BigInteger
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], int | None]:  # noqa: ARG002 - SQLAlchemy passes it.
        """Return what gives microseconds."""
        return _microseconds

    def result_processor(self, dialect: Dialect, coltype: Any) -> Callable[[int | None], datetime | None]:  # noqa: ARG002 - SQLAlchemy passes them.
        """Return what gives the aware UTC time."""
        return _instant


class Json(TypeDecorator[Any]):
    """JSON as compact text with Persian letters kept readable; no database-specific JSON type. None stays NULL."""

    impl = Text
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], str | None]:  # noqa: ARG002 - SQLAlchemy passes it.
        """Return what gives the JSON text."""
        return _text_of

    def result_processor(self, dialect: Dialect, coltype: Any) -> Callable[[str | None], Any]:  # noqa: ARG002 - SQLAlchemy passes them.
        """Return what reads the text."""
        return _value_of


# SQLite gives automatic, never reused numbers only to a column of exactly this type.
Serial = BigInteger().with_variant(Integer(), "sqlite")

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)
