from datetime import timedelta
from typing import Any

from pki.replay import ReplayWindow


def test_a_key_is_remembered_as_long_as_told(clock: Any) -> None:
    window = ReplayWindow(clock, timedelta(minutes=10))
    window.add("a")
    clock.advance(minutes=5)
    window.add("b")
    window.add("a")
    clock.advance(minutes=5)
    assert "a" in window
    clock.advance(seconds=1)
    assert "a" not in window
    assert "b" in window
    assert len(window) == 1
