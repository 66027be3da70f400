from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mappings.dates import DateError, FormError, date_reader, date_writer, time_reader, time_writer

DAYS = st.dates(date(1900, 1, 1), date(2090, 12, 31))
# After the last change of the clocks in Tehran every local time is one instant.
TIMES = st.datetimes(datetime(2022, 10, 1), datetime(2090, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001 - hypothesis adds the zone
    lambda moment: moment.replace(microsecond=0)
)
FORMS = ["jalali:%Y/%m/%d", "jalali:%Y%m%d", "jalali:%d-%-m-%Y", "gregorian:%Y/%-m/%-d", "jalali-integer", "iso"]


@pytest.mark.parametrize("form", FORMS)
@settings(deadline=None)
@given(day=DAYS)
def test_days_go_there_and_back(form: str, day: date) -> None:
    written = date_writer(form)(day)
    assert date_reader(form)(str(written)) == day


@pytest.mark.parametrize("form", ["jalali:%Y/%m/%d %H:%M:%S", "gregorian:%Y%m%d%H%M%S", "iso"])
@pytest.mark.parametrize("zone", ["Asia/Tehran", "UTC"])
@settings(deadline=None)
@given(moment=TIMES)
def test_times_go_there_and_back(form: str, zone: str, moment: datetime) -> None:
    assert time_reader(form, zone)(str(time_writer(form, zone)(moment))) == moment


@pytest.mark.parametrize(
    ("form", "text", "day"),
    [
        ("jalali-integer", "13690922", date(1990, 12, 13)),
        ("jalali:%Y/%m/%d", "1402/6/11", date(2023, 9, 2)),
        ("jalali:%Y/%m/%d", "۱۴۰۲/۰۶/۱۱", date(2023, 9, 2)),
        ("gregorian:%Y/%-m/%-d", "2026/3/9", date(2026, 3, 9)),
        ("jalali:%Y/%m/%d", "1403/12/30", date(2025, 3, 20)),
        ("iso", "2026-08-19T21:00:00Z", date(2026, 8, 20)),
    ],
)
def test_days_as_systems_write_them(form: str, text: str, day: date) -> None:
    assert date_reader(form)(text) == day


@pytest.mark.parametrize(
    "text", ["1404/12/30", "1405/13/01", "1405/00/01", "1405/05", "05/05/1405", "1405-05-05", "۱۴۰۵", ""]
)
def test_what_the_calendar_does_not_have(text: str) -> None:
    with pytest.raises(DateError):
        date_reader("jalali:%Y/%m/%d")(text)


def test_tehran_keeps_its_offset_in_summer() -> None:
    assert time_writer("iso")(datetime(2026, 7, 1, tzinfo=UTC)) == "2026-07-01T03:30:00+03:30"
    assert time_reader("jalali:%Y/%m/%d - %H:%M")("1405/06/31 - 13:00") == datetime(2026, 9, 22, 9, 30, tzinfo=UTC)


def test_utc_is_written_with_z() -> None:
    assert time_writer("iso", "UTC")(datetime(2026, 7, 1, tzinfo=UTC)) == "2026-07-01T00:00:00Z"


@pytest.mark.parametrize(
    "form",
    [
        "",
        "jalali",
        "hijri:%Y%m%d",
        "jalali:%Y/%m",
        "jalali:%Y%m%d%Y",
        "jalali:%Y/%m/%d %q",
        "jalali-integer:%Y",
        "jalali:%-Y/%m/%d",
        "jalali:%Y/%m/%d %",
    ],
)
def test_forms_that_are_none(form: str) -> None:
    with pytest.raises(FormError):
        date_writer(form)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../etc/passwd", "", "/etc/passwd"])
def test_zones_that_are_none(zone: str) -> None:
    with pytest.raises(FormError):
        time_reader("iso", zone)


@settings(deadline=None)
@given(st.text())
def test_any_text_is_a_date_or_a_date_error(text: str) -> None:
    for form in FORMS:
        for read in (date_reader(form), time_reader(form)):
            try:
                read(text)
            except DateError:
                continue
