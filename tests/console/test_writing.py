"""Values as people read them, and words from outside that stay words."""

from datetime import UTC, datetime, timedelta

import pytest
from jinja2 import Environment

from console import writing

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>\u202egnp.exe\u2066\u200f{{7*7}}"


def test_a_moment_is_jalali_in_persian_and_readable_by_machines_in_both():
    both = 'datetime="2026-11-21T10:00:00Z" title="2026-11-21 13:30:00 · 1405/08/30 13:30:00"'
    assert writing.moment(NOW, "fa") == f"<time {both}>۱۴۰۵/۰۸/۳۰ ۱۳:۳۰</time>"
    assert ">2026-11-21 13:30</time>" in writing.moment(NOW.isoformat(), "en")
    assert "—" in writing.moment(None, "en")


@pytest.mark.parametrize(
    ("seconds", "fa", "en"),
    [(0, "همین حالا", "just now"), (5, "۵ ثانیه پیش", "5 seconds ago"), (60, "۱ دقیقه پیش", "1 minute ago"),
     (7200, "۲ ساعت پیش", "2 hours ago"), (-90, "۱ دقیقه دیگر", "in 1 minute"), (86400 * 3, "۳ روز پیش", "3 days ago")],
)  # fmt: skip
def test_distances(seconds, fa, en):
    then = NOW - timedelta(seconds=seconds)
    assert f">{fa}</time>" in writing.ago(then, "fa", NOW)
    assert f">{en}</time>" in writing.ago(then, "en", NOW)


def test_numbers_and_lengths():
    assert writing.number(1234567, "fa") == "۱٬۲۳۴٬۵۶۷"
    assert writing.number(1234.5, "en") == "1,234.5"
    assert writing.milliseconds(12.4, "en") == "12 ms"
    assert writing.milliseconds(12400, "fa") == "۱۲٫۴ ثانیه"


def test_words_from_outside_are_isolated_and_inert():
    shown = writing.foreign(HOSTILE)
    assert shown.startswith("<bdi>&lt;script&gt;")
    assert "<script" not in shown
    assert "[U+202E]gnp.exe[U+2066]" in shown
    assert writing.grouped("14050001000000000000") == '<bdi dir="ltr" class="code">1405 0001 0000 0000 0000</bdi>'


def test_a_template_that_forgets_to_isolate_is_still_inert():
    environment = Environment(autoescape=True, finalize=writing.finalize)
    shown = environment.from_string("<p title='{{ x }}'>{{ x }}</p>{{ none }}").render(x=HOSTILE, none=None)
    assert "<script" not in shown
    assert "<img" not in shown
    assert not {"\u202e", "\u2066", "\u200f"} & set(shown)
    assert "می\u200cشود" in environment.from_string("{{ x }}").render(x="می\u200cشود"), "joiners are spelling"
