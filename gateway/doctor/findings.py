"""A finding, and the words for every one there is."""

from enum import StrEnum
from typing import NamedTuple


class Severity(StrEnum):
    """How much a finding matters."""

    FAULT = "fault"  # Something does not work, or will not.
    CAUTION = "caution"  # It works; an operator should know.
    UNKNOWN = "unknown"  # It could not be looked at.


class Words(NamedTuple):
    """A finding's sentence and what to do, in both languages, with places for what was found."""

    severity: Severity
    fa: str
    en: str
    do_fa: str
    do_en: str


class Finding(NamedTuple):
    """One thing that was found. `code` is stable."""

    code: str
    severity: Severity
    fa: str
    en: str
    do_fa: str
    do_en: str


def found(code: str, **what: object) -> Finding:
    """Say one of the findings below of something. Raises KeyError for a code that has no words."""
    words = WORDS[code]
    return Finding(code, words.severity, *(text.format_map(what) for text in words[1:]))


_F, _C, _U = Severity.FAULT, Severity.CAUTION, Severity.UNKNOWN

WORDS: dict[str, Words] = {
    "check.impossible": Words(
        _U,
        "بررسی «{check}» ممکن نشد: {why}",
        "{check} could not be looked at: {why}",
        "با کاربری که هاب را اجرا می‌کند و پس از رفع ایرادهای دیگر دوباره اجرا کنید.",
        "Run this again as the user that runs the hub, once the other findings are dealt with.",
    ),
    "settings.damaged": Words(
        _F,
        "تنظیمات قابل استفاده نیست: {what}",
        "A setting cannot be used: {what}",
        "متغیر نام‌برده یا hub.toml را درست کنید.",
        "Correct the variable that is named, or hub.toml.",
    ),
    "settings.base_url": Words(
        _C,
        "هاب روی {listen} گوش می‌دهد ولی HUB_BASE_URL تنظیم نشده است؛ رویدادها نشانی‌ای می‌برند که از بیرون کار نمی‌کند.",
        "The hub listens on {listen} and HUB_BASE_URL is not set: events name an address that nobody outside can use.",
        "HUB_BASE_URL را برابر نشانی بیرونی هاب بگذارید، در همهٔ ماشین‌ها یکسان.",
        "Set HUB_BASE_URL to the address callers use, the same on every machine.",
    ),
    "settings.kill_at": Words(
        _F,
        "HUB_KILL_AT تنظیم است؛ فرایندها خود را می‌کشند.",
        "HUB_KILL_AT is set: processes kill themselves.",
        "آن را بردارید؛ فقط برای آزمون است.",
        "Unset it; it is for the crash test only.",
    ),
    "master_key.missing": Words(
        _F,
        "کلید اصلی نیست: {path}",
        "There is no master key: {path}",
        "نصب تازه: «hub init». وگرنه کلید را از نسخهٔ پشتیبان برگردانید؛ بدون آن هیچ محتوایی باز نمی‌شود.",
        "A new site: `hub init`. Otherwise restore it from its backup: without it no payload can be opened.",
    ),
    "master_key.unusable": Words(
        _F,
        "کلید اصلی قابل استفاده نیست: {why}",
        "The master key cannot be used: {why}",
        "HUB_MASTER_KEY یا HUB_MASTER_KEY_FILE را درست کنید؛ ۶۴ رقم شانزده‌شانزدهی یا ۴۳ نویسهٔ base64url.",
        "Correct HUB_MASTER_KEY or HUB_MASTER_KEY_FILE: 64 hex digits or 43 characters of base64url.",
    ),
    "master_key.other": Words(
        _F,
        "کلید اصلی از آنِ این پایگاه داده نیست.",
        "The master key is not the one of this database.",
        "همان کلیدی را بگذارید که پایگاه داده با آن ساخته شد؛ روی همهٔ ماشین‌ها یکی است.",
        "Use the key the database was made with; it is the same on every machine.",
    ),
    "key.exposed": Words(
        _C,
        "کاربران دیگر این ماشین می‌توانند {path} را بخوانند.",
        "Other users of this machine can read {path}.",
        "chmod 600 {path}",
        "chmod 600 {path}",
    ),
    "signing_key.missing": Words(
        _F,
        "کلید امضا نیست: {path}",
        "There is no signing key: {path}",
        "نصب تازه: «hub init». وگرنه همان پرونده را از ماشین دیگر یا پشتیبان بیاورید.",
        "A new site: `hub init`. Otherwise bring the same file from another machine or the backup.",
    ),
    "signing_key.unusable": Words(
        _F,
        "کلید امضا قابل استفاده نیست: {why}",
        "The signing key cannot be used: {why}",
        "پروندهٔ درست را از ماشین دیگر یا پشتیبان بیاورید.",
        "Bring the right file from another machine or the backup.",
    ),
    "signing_key.other": Words(
        _F,
        "آخرین نقطهٔ وارسی دفتر با کلید امضای این ماشین امضا نشده است: {why}",
        "The journal's newest checkpoint was not signed with this machine's signing key: {why}",
        "keys/hub.pem را روی همهٔ ماشین‌ها یکی کنید؛ وگرنه توکن‌ها و رسیدها جای دیگر پذیرفته نمی‌شوند.",
        "Put the same keys/hub.pem on every machine, or tokens and receipts of one are refused by the other.",
    ),
    "database.away": Words(
        _F,
        "پایگاه داده پاسخ نمی‌دهد: {why}",
        "The database does not answer: {why}",
        "HUB_DATABASE، سرور و شبکه را بررسی کنید؛ در نصب تازه «hub init».",
        "Look at HUB_DATABASE, the server and the network; for a new site, `hub init`.",
    ),
    "database.empty": Words(
        _F,
        "پایگاه داده خالی است.",
        "The database is empty.",
        "«hub init» را اجرا کنید.",
        "Run `hub init`.",
    ),
    "database.behind": Words(
        _F,
        "ساختار پایگاه داده از این نسخه عقب‌تر است.",
        "The database's schema is older than this program.",
        "«hub init» را اجرا کنید.",
        "Run `hub init`.",
    ),
    "database.ahead": Words(
        _F,
        "ساختار پایگاه داده از این نسخه جلوتر است.",
        "The database's schema is newer than this program.",
        "این ماشین را به نسخهٔ تازه‌تر هاب برسانید.",
        "Bring this machine to the newer version of the hub.",
    ),
    "database.wal": Words(
        _C,
        "این نسخهٔ SQLite با دو نویسندهٔ همزمان ممکن است سطر از دست بدهد.",
        "{why}",
        "پایگاه داده را با ابزار دیگری برای نوشتن باز نکنید؛ SQLite را به‌روز کنید.",
        "Never open the database for writing with another tool; update SQLite when you can.",
    ),
    "database.clock": Words(
        _F,
        "ساعت این ماشین با ساعت پایگاه داده {seconds:.0f} ثانیه فرق دارد.",
        "This machine's clock is {seconds:.0f} s off the database's.",
        "ساعت‌ها را با NTP یکی کنید؛ هاب از روی ساعت می‌فهمد کدام فرایند زنده است.",
        "Synchronise the clocks (NTP): the hub tells by time which process lives.",
    ),
    "processes.none": Words(
        _F,
        "هیچ فرایندی از هاب زنده نیست.",
        "No process of the hub is alive.",
        "hub serve را اجرا کنید. اگر هاب عمداً خاموش است: hub doctor --stopped",
        "Start `hub serve`. If the hub is stopped on purpose: `hub doctor --stopped`.",
    ),
    "processes.role_missing": Words(
        _F,
        "هیچ فرایند زنده‌ای این نقش‌ها را ندارد: {roles}",
        "No live process has these roles: {roles}",
        "دست‌کم یک فرایند برای هر نقش اجرا کنید: hub serve --role …",
        "Run at least one process for each: `hub serve --role …`.",
    ),
    "processes.dead": Words(
        _C,
        "فرایند {lease} ({role}) از {seen} دیگر شنیده نشده و خداحافظی هم نکرده است.",
        "Process {lease} ({role}) has not been heard of since {seen} and did not say goodbye.",
        "گزارش‌های آن ماشین را ببینید؛ کارهایش را دیگران برمی‌دارند.",
        "Look at that machine's log; others take over what it held.",
    ),
    "outbox.dead_leases": Words(
        _C,
        "{rows} سطر صندوق خروجی در دست فرایندهای مرده است: {leases}",
        "{rows} outbox rows are held by dead processes: {leases}",
        "فرایندی با نقش relay آن‌ها را ظرف نیم دقیقه برمی‌دارد؛ اگر ماند، relay اجرا کنید.",
        "A process with the role relay takes them within half a minute; if they stay, start one.",
    ),
    "outbox.overdue": Words(
        _F,
        "قدیمی‌ترین سطر صندوق خروجی {seconds:.0f} ثانیه از موعدش گذشته و کسی آن را برنداشته است.",
        "The oldest outbox row nobody has taken is {seconds:.0f} s overdue.",
        "یک فرایند relay زنده و کارگزار پیام در دسترس لازم است؛ یافته‌های دیگر را ببینید.",
        "It takes a live relay and a broker that answers; see the other findings.",
    ),
    "inquiries.parked": Words(
        _C,
        "{number} استعلام منتظر کارشناس است.",
        "{number} inquiries need a person.",
        "hub parked list",
        "hub parked list",
    ),
    "journal.unsealed": Words(
        _F,
        "{leaves} برگ دفتر مهر نشده است؛ قدیمی‌ترین از {seconds:.0f} ثانیه پیش.",
        "{leaves} journal leaves are not sealed, the oldest for {seconds:.0f} s.",
        "یک فرایند با نقش sealer اجرا کنید و گزارش آن را ببینید.",
        "Run a process with the role sealer, and look at its log.",
    ),
    "broker.address": Words(
        _F,
        "نشانی کارگزار پیام درست نیست: {why}",
        "The broker's address cannot be used: {why}",
        "HUB_BROKER را درست کنید.",
        "Correct HUB_BROKER.",
    ),
    "broker.plain": Words(
        _C,
        "ارتباط با کارگزار پیام رمز نشده است.",
        "The connection to the broker is not encrypted.",
        "amqps://… با گواهی به کار ببرید؛ deploy/rabbitmq را ببینید.",
        "Use amqps://… with certificates; see deploy/rabbitmq.",
    ),
    "broker.away": Words(
        _F,
        "کارگزار پیام در دسترس نیست: {why}",
        "The broker cannot be reached: {why}",
        "سرور و شبکه را بررسی کنید. پذیرش ادامه دارد و هیچ استعلامی گم نمی‌شود.",
        "Look at the server and the network. Intake goes on meanwhile and loses nothing.",
    ),
    "broker.refuses": Words(
        _F,
        "کارگزار پیام ما را راه نمی‌دهد: {why}",
        "The broker does not let us in: {why}",
        "کاربر، گذرواژه، گواهی و میزبان مجازی را بررسی کنید؛ deploy/rabbitmq را ببینید.",
        "Look at user, password, certificate and virtual host; see deploy/rabbitmq.",
    ),
    "broker.topology": Words(
        _F,
        "صف‌های کارگزار پیام آن نیست که باید: {what}",
        "{what}",
        "با کاربر hub-init «hub init» را اجرا کنید.",
        "Run `hub init` as the user hub-init.",
    ),
    "broker.permission": Words(
        _F,
        "کاربر کارگزار پیام اجازهٔ {verb} روی {name} را ندارد.",
        "The broker's user may not {verb} {name}.",
        "اجازه‌ها را از deploy/rabbitmq/definitions.json بگذارید، یا نقش این ماشین را با --role بگویید.",
        "Give the permissions of deploy/rabbitmq/definitions.json, or tell this machine's roles with --role.",
    ),
    "connector.unknown": Words(
        _F,
        "تنظیمی برای سامانهٔ «{name}» هست ولی چنین اتصالی وجود ندارد.",
        "There are settings for {name}, and no connector of that name.",
        "نام را در HUB_SYSTEMS__… یا hub.toml درست کنید؛ «hub connectors list» نام‌ها را می‌گوید.",
        "Correct the name in HUB_SYSTEMS__… or hub.toml; `hub connectors list` has them.",
    ),
    "connector.sandbox": Words(
        _C,
        "این سامانه‌ها هنوز شبیه‌ساز را صدا می‌زنند: {names}",
        "These systems still call the sandbox: {names}",
        "برای هر کدام HUB_SYSTEMS__<NAME>__ADDRESS را بگذارید، یا __ENABLED=false.",
        "Set HUB_SYSTEMS__<NAME>__ADDRESS for each, or __ENABLED=false.",
    ),
    "connector.plain_http": Words(
        _C,
        "این سامانه‌ها با http رمزنشده صدا زده می‌شوند: {names}",
        "These systems are called over plain http: {names}",
        "نشانی https را بگذارید.",
        "Set their https address.",
    ),
    "disk.full": Words(
        _F,
        "روی دیسک {path} فقط {megabytes} مگابایت جا مانده است.",
        "Only {megabytes} MB are left on the disk of {path}.",
        "جا باز کنید؛ دیسک پر پذیرش را متوقف می‌کند.",
        "Make room: a full disk stops intake.",
    ),
    "disk.low": Words(
        _C,
        "روی دیسک {path} {megabytes} مگابایت جا مانده است.",
        "{megabytes} MB are left on the disk of {path}.",
        "به‌زودی جا باز کنید.",
        "Make room soon.",
    ),
}
