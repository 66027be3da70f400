from datetime import timedelta
from typing import Any

from pki.replay import ReplayWindow


def test_a_key_is_remembered_as_long_as_told(clock: Any) -> None:
    window = ReplayWindow(clock, timedelta(minutes=10))
    assert window.first("a")
    clock.advance(minutes=5)
    assert window.first("b")
    assert not window.first("a")
    clock.advance(minutes=5)
    assert not window.first("a")
    clock.advance(seconds=1)
    assert len(window) == 2
    assert window.first("a")
    assert not window.first("b")
