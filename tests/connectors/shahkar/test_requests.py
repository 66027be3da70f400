"""The identifier of a request: provider, Tehran time, six digits, never twice."""

from datetime import UTC, datetime

import pytest

from connectors.shahkar.requests import RequestIds, written_at

NOW = datetime(2026, 11, 21, 20, 45, 7, tzinfo=UTC)


def test_an_identifier_holds_provider_and_tehran_time() -> None:
    made = RequestIds("1234", lambda: NOW, lambda _: 41).new()
    assert made == "123420261122001507000042"
    assert written_at(made) == NOW


def test_no_identifier_comes_twice_in_one_second() -> None:
    ids = RequestIds("1234", lambda: NOW, lambda below: below - 2)
    made = [ids.new() for _ in range(1000)]
    assert len(set(made)) == 1000
    assert {len(one) for one in made} == {24}
    assert made[0].endswith("999999")
    assert made[1].endswith("000000")


@pytest.mark.parametrize("wrong", ["", "1234", "1234202611220015070000420", "۱۲۳۴20261122001507000042", "9" * 24])
def test_what_is_no_identifier(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"digits|data"):
        written_at(wrong)
