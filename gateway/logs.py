"""Structured logs: one JSON line an event on standard error, never a payload, a national ID or a secret."""

import json
import logging
import sys
from collections.abc import Callable
from typing import Any

import orjson
import structlog


def configure_logs(level: int = logging.INFO) -> None:
    """Set up the hub's own log; libraries speak from warnings upwards."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(message)s")
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(serializer=_line),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=_StandardError,
        # Every inquiry writes two lines; setting a logger up costs more than the line.
        cache_logger_on_first_use=True,
    )


def _line(event: Any, default: Callable[[Any], Any]) -> str:
    """Write an event as JSON. What orjson refuses, such as a number beyond 64 bits, Python's own writer does."""
    try:
        return orjson.dumps(event, default=default).decode()
    except TypeError:
        return json.dumps(event, default=default, ensure_ascii=False)


class _StandardError:
    """Writes a line to whatever standard error is now: it may have been replaced since the logs were set up."""

    def __init__(self, *_: object) -> None:
        pass

    def msg(self, line: str) -> None:
        """Write one line."""
        sys.stderr.write(f"{line}\n")

    debug = info = warning = error = critical = exception = log = msg
