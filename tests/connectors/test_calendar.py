from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from connectors.calendar import OfficeCalendar
from connectors.manifest import Hours
from connectors.reach import ConnectorSettings

TEHRAN = ZoneInfo("Asia/Tehran")
OFFICE = Hours(open=time(7, 30), close=time(14, 0), closed_weekdays=("thursday", "friday"))


def tehran(day: int, hour: int, minute: int = 0) -> datetime:
    """An instant of November 2026; the 21st is a Saturday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=TEHRAN)


@pytest.mark.parametrize(
    ("now", "opening"),
    [
        (tehran(21, 9), tehran(21, 9)),
        (tehran(21, 6), tehran(21, 7, 30)),
        (tehran(21, 14), tehran(22, 7, 30)),
        (tehran(25, 15), tehran(28, 7, 30)),  # Wednesday afternoon: Thursday and Friday are closed.
    ],
)
def test_next_opening(now: datetime, opening: datetime) -> None:
    found = OfficeCalendar(OFFICE).next_opening(now)
    assert found == opening
    assert found.tzinfo is UTC


def test_holidays_are_skipped() -> None:
    calendar = OfficeCalendar(OFFICE, [date(2026, 11, 22), date(2026, 11, 23)])
    assert calendar.next_open_day(tehran(21, 9)) == tehran(24, 7, 30)
    assert not calendar.is_open(tehran(22, 9))
    assert calendar.tomorrow(tehran(21, 9)) == tehran(24, 7, 30)


def test_without_hours_only_holidays_close() -> None:
    calendar = OfficeCalendar(None, [date(2026, 11, 22)])
    assert calendar.is_open(datetime(2026, 11, 21, 23, 59, 59, 999_999, TEHRAN))
    assert calendar.next_opening(tehran(22, 9)) == tehran(23, 0)
    assert calendar.tomorrow(tehran(23, 9)) == tehran(24, 0)


def test_the_day_is_tehrans() -> None:
    # 21:00 UTC on the 21st is half past midnight on the 22nd in Tehran.
    calendar = OfficeCalendar(None, [date(2026, 11, 22)])
    assert not calendar.is_open(datetime(2026, 11, 21, 21, 0, tzinfo=UTC))


def test_a_calendar_that_never_opens_is_a_mistake() -> None:
    every_day = Hours(closed_weekdays=("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"))
    with pytest.raises(ValueError, match="holidays"):
        OfficeCalendar(every_day).next_opening(tehran(21, 9))


def test_announced_outages_close_and_the_opening_after_them_is_a_working_hour() -> None:
    night, day = (tehran(21, 22), tehran(22, 9)), (tehran(22, 8, 30), tehran(22, 23))
    calendar = OfficeCalendar(OFFICE, outages=[day, night])
    assert calendar.is_open(tehran(21, 9))
    assert not calendar.is_open(tehran(22, 8)), "the office is open, the system is not"
    assert calendar.next_opening(tehran(21, 23)) == tehran(23, 7, 30), "two outages touch, and then it is night"
    assert OfficeCalendar(None, outages=[night]).next_opening(tehran(21, 22)) == night[1]
    assert OfficeCalendar(None, outages=[night]).is_open(night[1])


def test_holidays_are_written_by_either_calendar() -> None:
    written = {"holidays": ["1406-01-01", "1406/1/2", "2027-03-23"]}
    settings = ConnectorSettings.model_validate(written)
    assert settings.holidays == (date(2027, 3, 21), date(2027, 3, 22), date(2027, 3, 23))
    for wrong in ("1406-13-01", "1406-12-30"):
        with pytest.raises(ValidationError, match="Jalali"):
            ConnectorSettings.model_validate({"holidays": [wrong]})
    for outage in ({"begins": "2026-11-22T10:00:00", "ends": "2026-11-22T12:00:00+03:30"},
                   {"begins": "2026-11-22T12:00:00+03:30", "ends": "2026-11-22T12:00:00+03:30"}):  # fmt: skip
        with pytest.raises(ValidationError):
            ConnectorSettings.model_validate({"outages": [outage]})


def test_what_closes_and_when_it_closes_next() -> None:
    office = OfficeCalendar(OFFICE, [date(2026, 11, 23)], [(tehran(21, 9), tehran(21, 10))])
    assert office.closed_by(tehran(21, 8)) is None
    assert office.next_closing(tehran(21, 8)) == (tehran(21, 9), "outage")
    assert office.closed_by(tehran(21, 9, 30)) == "outage"
    assert office.next_closing(tehran(21, 9, 30)) is None, "it is closed"
    closing = office.next_closing(tehran(21, 11))
    assert closing is not None
    assert closing[1] == "hours"
    assert office.closed_by(tehran(21, 23)) == "hours"
    assert office.closed_by(tehran(23, 9)) == "holiday"
    assert office.closed_by(tehran(27, 9)) == "weekday"
    always = OfficeCalendar(None, [date(2026, 11, 23)])
    assert always.next_closing(tehran(21, 9)) == (tehran(23, 0), "holiday")
    assert OfficeCalendar(None).next_closing(tehran(21, 9)) is None
