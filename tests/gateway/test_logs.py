import contextlib
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import structlog

from gateway.logs import configure_logs


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = structlog.get_config()
    yield
    structlog.configure(**before)


def test_a_line_is_one_json_object_with_level_and_time(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs()
    log = structlog.get_logger("test")
    log.info("call.ended", system="پیوند", huge=2**70, at=datetime(2026, 11, 21, tzinfo=UTC), reason=None)
    log.debug("not.told")
    try:
        int("bad")
    except ValueError:
        log.exception("went.wrong")
    first, second = capsys.readouterr().err.splitlines()
    assert "پیوند" in first
    told = json.loads(first)
    assert (told["event"], told["level"], told["huge"], told["reason"]) == ("call.ended", "info", 2**70, None)
    assert datetime.fromisoformat(told["timestamp"]).tzinfo is not None
    assert "ValueError: invalid literal" in json.loads(second)["exception"]


def test_a_logger_that_has_spoken_follows_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs()
    log = structlog.get_logger("test")
    log.info("one")
    assert json.loads(capsys.readouterr().err)["event"] == "one"
    replaced = io.StringIO()
    with contextlib.redirect_stderr(replaced):
        log.info("two")
    log.info("three")
    assert json.loads(replaced.getvalue())["event"] == "two"
    assert json.loads(capsys.readouterr().err)["event"] == "three"
