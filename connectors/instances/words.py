"""What each setting of an instance is called, and a sentence of help, in both languages: for forms and differences."""

from collections.abc import Mapping

from connectors.auth_credentials import Words

WORDS: Mapping[str, Words] = {
    "connector": Words(
        "رابط", "Connector", "پوشهٔ رابطی که این سامانه با آن خوانده می‌شود", "The connector folder that reaches it"
    ),
    "title": Words("عنوان", "Title", "نامی که همکاران می‌بینند", "The name that colleagues see"),
    "title.fa": Words("به فارسی", "In Persian", "", ""),
    "title.en": Words("به انگلیسی", "In English", "", ""),
    "state": Words(
        "وضعیت",
        "State",
        "فعال؛ متوقف: استعلام‌ها در دفتر می‌مانند؛ غیرفعال: سامانه هیچ خوانده نمی‌شود",
        "enabled; paused: its inquiries wait in the ledger; disabled: the system is not reached at all",
    ),
    "address": Words(
        "نشانی",
        "Address",
        "نشانی سامانه با http یا https؛ خالی یعنی شبیه‌ساز",
        "Where the system is, http or https; left out, its simulator",
    ),
    "auth": Words(
        "شیوهٔ اثبات هویت", "Auth profile", "به جای آنچه رابط اعلام کرده است", "Instead of what the connector declares"
    ),
    "auth.profile": Words("شیوه", "Profile", "", ""),
    "operation_auth": Words(
        "اثبات هویت عملیات", "Auth of operations", "برای عملیاتی که شیوهٔ دیگری دارد", "For operations that differ"
    ),
    "credentials": Words(
        "اعتبارنامه‌ها",
        "Credentials",
        "آنچه شیوهٔ اثبات هویت می‌خواهد؛ راز تنها به ارجاع: env، file، sealed یا kept",
        "What the auth profile asks for; a secret only by reference: env:, file:, sealed: or kept:",
    ),
    "trust_pem": Words(
        "گواهی‌های مورد اعتماد",
        "Trust store",
        "متن PEM ریشه‌ها، به جای ریشه‌های دستگاه؛ گواهی همیشه بررسی می‌شود",
        "Root certificates as PEM text, instead of the machine's own; certificates are always checked",
    ),
    "timeouts": Words("مهلت‌ها", "Time-outs", "به ثانیه", "In seconds"),
    "timeouts.connect": Words("برقراری اتصال", "To connect", "ثانیه", "Seconds"),
    "timeouts.total": Words("هر فراخوانی", "A whole call", "ثانیه", "Seconds"),
    "limits": Words("سقف‌ها", "Limits", "آنچه سامانه تاب می‌آورد", "What the system bears"),
    "limits.rate_per_second": Words("فراخوانی در ثانیه", "Calls a second", "", ""),
    "limits.concurrency": Words("فراخوانی هم‌زمان", "Calls at once", "", ""),
    "limits.per_day": Words("فراخوانی در روز", "Calls a day", "سهمیه‌ای که مالک سامانه داده است", "The owner's quota"),
    "breaker": Words("کلید قطع", "Circuit breaker", "پس از خطاهای پیاپی", "After faults in a row"),
    "breaker.failures": Words("خطای پیاپی", "Faults in a row", "", ""),
    "breaker.open_seconds": Words("ثانیهٔ قطع", "Seconds open", "", ""),
    "retry": Words("تکرار", "Repeats", "تنها آنچه تکرارش بی‌زیان است", "Only what may be repeated"),
    "retry.attempts": Words("شمار تلاش", "Attempts", "", ""),
    "retry.within_seconds": Words("در چند ثانیه", "Within seconds", "", ""),
    "hours": Words("ساعت کار", "Office hours", "به وقت تهران", "On Tehran's clock"),
    "hours.timezone": Words("منطقهٔ زمانی", "Time zone", "", ""),
    "hours.open": Words("آغاز", "Opens", "", ""),
    "hours.close": Words("پایان", "Closes", "", ""),
    "hours.closed_weekdays": Words("روزهای بستهٔ هفته", "Closed weekdays", "", ""),
    "holidays": Words(
        "تعطیلات",
        "Holidays",
        "روزهایی که سامانه بسته است؛ شمسی یا میلادی",
        "Days on which the system is closed: 2027-03-21, or by the Jalali calendar 1406-01-01",
    ),
    "outages": Words(
        "قطعی‌های اعلام‌شده",
        "Announced outages",
        "زمان‌هایی که سامانه خوانده نمی‌شود؛ استعلام‌ها می‌مانند",
        "Times in which the system is not asked; its inquiries wait",
    ),
    "record_replies": Words(
        "نگهداری پاسخ‌ها",
        "Keep replies",
        "مهروموم‌شده کنار هر تلاش، تا نگاشت تازه پیش از به‌کارگیری آزموده شود",
        "Sealed beside each attempt, so that a new mapping can be tried on them",
    ),
}
