"""The live state of a system in words, Persian and English: what is so, one sentence each, the gravest first."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import NamedTuple

from persiantools.jdatetime import JalaliDate

from connectors.live import LiveSystem
from mappings.dates import jalali_text


class Words(NamedTuple):
    """One sentence. `grave` where it keeps calls from being made, or wants a person."""

    fa: str
    en: str
    grave: bool = False


STANDINGS: dict[str, Words] = {
    "unreached": Words("هیچ فرایندی به آن دسترسی ندارد", "reached by no process", grave=True),
    "disabled": Words("خاموش", "disabled", grave=True),
    "paused": Words("متوقف", "paused", grave=True),
    "closed": Words("تعطیل", "closed"),
    "quota_used": Words("سهمیهٔ امروز تمام شده", "today's quota used up", grave=True),
    "open": Words("کلید قطع باز است", "breaker open", grave=True),
    "told": Words("خود سامانه گفته است که فعلاً نپرسید", "the system asks not to be asked", grave=True),
    "failing": Words("آخرین فراخوان ناموفق بود", "the last call failed", grave=True),
    "good": Words("خوب", "good"),
}
"""One word or two for each `standing`."""

_CLOSINGS = {
    "outage": ("قطعی اعلام‌شده", "an announced outage"),
    "holiday": ("تعطیلی", "a holiday"),
    "weekday": ("روز تعطیل هفته", "the weekly day off"),
    "hours": ("پایان ساعت کار", "the end of office hours"),
}
_SAYS: dict[str, tuple[str, str]] = {
    "unreached": (
        "هیچ فرایند روشنی این سامانه را فرا نمی‌خواند؛ «hub serve» را اجرا کنید.",
        "No running process makes calls to this system: run `hub serve`.",
    ),
    "disabled": (
        "مدیر آن را خاموش کرده است؛ با «hub connectors enable» روشن می‌شود و پرسش‌ها می‌مانند.",
        "An administrator has disabled it; `hub connectors enable` puts it on again, its inquiries wait.",
    ),
    "paused": ("در تنظیمات متوقف شده است؛ پرسش‌ها می‌مانند.", "The settings pause it; its inquiries wait."),
}


def in_words(live: LiveSystem, now: datetime) -> list[Words]:
    """Every sentence there is to say of the system, what keeps calls from being made first."""
    said = [*_keeping(live, now), *_held(live)]
    if not said:
        said.append(Words("چیزی جلوی فراخوان‌ها را نگرفته است.", "Nothing keeps calls from being made."))
    return said if live.seen_at is None else [*said, *_use(live), *_ahead(live)]


def _keeping(live: LiveSystem, now: datetime) -> Iterator[Words]:
    for word, so in (("unreached", live.seen_at is None), ("disabled", not live.enabled), ("paused", live.paused)):
        if so:
            yield Words(*_SAYS[word], grave=True)
    if live.opens_at is not None:
        fa, en = _CLOSINGS[live.closed_by or "hours"]
        opens = jalali_text(live.opens_at)
        yield Words(
            f"اکنون بسته است ({fa}) و {opens} باز می‌شود.", f"Closed now ({en}); opens at {_utc(live.opens_at)}."
        )
    if live.quota_left == 0 and live.quota_resets_at is not None:
        yield Words(
            f"سهمیهٔ امروز ({live.quota}) تمام شده و {jalali_text(live.quota_resets_at)} از نو آغاز می‌شود.",
            f"Today's quota of {live.quota} is used up; it begins anew at {_utc(live.quota_resets_at)}.",
            grave=True,
        )
    if live.breaker != "closed" and live.probe_at is not None:
        yield Words(
            f"کلید قطع پس از «{live.last_error}» باز شده است؛ آزمایش بعدی {jalali_text(live.probe_at)}.",
            f"The breaker opened after {live.last_error}; the next call tries at {_utc(live.probe_at)}.",
            grave=True,
        )
    if live.told_until is not None and live.told_until > now:
        yield Words(
            f"خود سامانه گفته است تا {jalali_text(live.told_until)} نپرسید ({live.told_code}).",
            f"The system itself said not to ask before {_utc(live.told_until)} ({live.told_code}).",
            grave=True,
        )
    if live.standing(now) == "failing" and live.last_error_at is not None:
        yield Words(
            f"آخرین فراخوان ناموفق بود: «{live.last_error}» در {jalali_text(live.last_error_at)}.",
            f"The last call failed: {live.last_error} at {_utc(live.last_error_at)}.",
            grave=True,
        )


def _held(live: LiveSystem) -> Iterator[Words]:
    if live.in_doubt:
        fa = f"سرنوشت {live.in_doubt} پرسش روشن نیست؛ پیش از هر کار از سامانه پرسیده می‌شود."
        yield Words(
            fa, f"{live.in_doubt} inquiries are in doubt: the system is asked before anything else.", grave=True
        )
    if live.parked:
        fa = f"{live.parked} پرسش کنار گذاشته شده و منتظر تصمیم شماست («hub parked list»)."
        yield Words(fa, f"{live.parked} inquiries are parked and need a person (`hub parked list`).", grave=True)
    if live.waits:
        yield Words(f"{live.waits} پرسش در نوبت تلاش بعدی است.", f"{live.waits} inquiries wait for their next try.")
    if live.drift:
        fa = f"{live.drift} تفاوت با قرارداد دیده شده است («hub connectors drift list»)."
        en = f"{live.drift} differences to its contract were seen (`hub connectors drift list`)."
        yield Words(fa, en, grave=True)


def _use(live: LiveSystem) -> Iterator[Words]:
    queue = (f"، {live.waiting} در صف", f", {live.waiting} waiting for a place") if live.waiting else ("", "")
    yield Words(
        f"{live.calls} از {live.concurrency} فراخوان هم‌زمان در جریان است{queue[0]}؛ "
        f"{live.begun} از {live.rate_per_second:g} فراخوان در ثانیه آغاز شده است.",
        f"{live.calls} of {live.concurrency} calls at once are under way{queue[1]}; "
        f"{live.begun} of {live.rate_per_second:g} a second were begun.",
    )
    if live.quota is None or live.quota_resets_at is None:
        fa = f"امروز {live.asked_today} بار پرسیده شده؛ سهمیه‌ای تعیین نشده است."
        yield Words(fa, f"Asked {live.asked_today} times today; no quota is set.")
    else:
        yield Words(
            f"امروز {live.asked_today} بار پرسیده شده، {live.quota_left} از {live.quota} مانده است؛ "
            f"{jalali_text(live.quota_resets_at)} از نو.",
            f"Asked {live.asked_today} times today, {live.quota_left} of {live.quota} left; "
            f"anew at {_utc(live.quota_resets_at)}.",
        )
    if live.last_reply_at is not None:
        yield Words(f"آخرین پاسخ: {jalali_text(live.last_reply_at)}", f"Last reply: {_utc(live.last_reply_at)}")


def _ahead(live: LiveSystem) -> Iterator[Words]:
    if live.closes_at is not None and live.opens_at is None:
        fa, en = _CLOSINGS[live.closes_by or "hours"]
        yield Words(f"بستهٔ بعدی: {jalali_text(live.closes_at)} ({fa})", f"Closes next: {_utc(live.closes_at)} ({en})")
    if live.next_outage is not None:
        begins, ends = live.next_outage
        yield Words(
            f"قطعی اعلام‌شده: {jalali_text(begins)} تا {jalali_text(ends)}",
            f"Announced outage: {_utc(begins)} to {_utc(ends)}",
        )
    if live.next_holiday is not None:
        yield Words(f"تعطیلی بعدی: {_jalali(live.next_holiday)}", f"Next holiday: {live.next_holiday}")


def _utc(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _jalali(day: date) -> str:
    return str(JalaliDate(day).strftime("%Y/%m/%d"))
