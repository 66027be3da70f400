"""Structured logs: one JSON line an event on standard error, never a payload, a national ID or a secret."""

import logging
import sys

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
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=_StandardError,
    )


class _StandardError:
    """Writes a line to whatever standard error is now: it may have been replaced since the logs were set up."""

    def __init__(self, *_: object) -> None:
        pass

    def msg(self, line: str) -> None:
        """Write one line."""
        sys.stderr.write(f"{line}\n")

    debug = info = warning = error = critical = exception = log = msg
