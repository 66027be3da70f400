"""What `hub connectors test` can say about a system, in both languages: what is wrong, and what to do about it."""

from enum import StrEnum
from typing import NamedTuple


class Severity(StrEnum):
    """How much a finding matters."""

    GOOD = "good"
    CAUTION = "caution"  # It may work; an administrator should know.
    FAULT = "fault"


class Finding(NamedTuple):
    """One thing that was looked at. `code` is stable."""

    code: str
    severity: Severity
    fa: str
    en: str
    do_fa: str = ""
    do_en: str = ""


class _Words(NamedTuple):
    severity: Severity
    fa: str
    en: str
    do_fa: str = ""
    do_en: str = ""


def found(code: str, **what: object) -> Finding:
    """Say one of the findings below. Raises KeyError for a code that has no words."""
    severity, *texts = WORDS[code]
    return Finding(code, severity, *(text.format_map(what) for text in texts))


_G, _C, _F = Severity.GOOD, Severity.CAUTION, Severity.FAULT


WORDS: dict[str, _Words] = {
    "switch.off": _Words(
        _F,
        "این اتصال خاموش است",
        "This connector is disabled",
        "با «hub connectors enable {name}» روشنش کنید.",
        "Enable it with `hub connectors enable {name}`.",
    ),
    "calendar.closed": _Words(
        _C,
        "سامانه اکنون تعطیل است و {opening} باز می‌شود",
        "The system is closed now and opens at {opening}",
        "پس از آن دوباره بیازمایید.",
        "Test again after that.",
    ),
    "credential.missing": _Words(
        _F,
        "اعتبارنامهٔ «{title_fa}» ({credential}) داده نشده است",
        "The credential {title_en} ({credential}) is not set",
        "در hub.toml زیر systems.{name}.credentials بنویسید.",
        "Set it in hub.toml under systems.{name}.credentials.",
    ),
    "credential.reference": _Words(
        _F,
        "یک اعتبارنامه خوانده نشد: {why}",
        "A credential cannot be read: {why}",
        "ارجاع را درست کنید یا راز را دوباره مهر کنید: hub connectors seal {name} …",
        "Correct the reference, or seal the secret anew: `hub connectors seal {name} …`.",
    ),
    "tls.settings": _Words(
        _F,
        "گواهی یا انبار اعتماد این اتصال به کار نمی‌آید: {why}",
        "This connector's certificate or trust store cannot be used: {why}",
        "trust_file و client_certificate و client_key را بررسی کنید.",
        "Check trust_file, client_certificate and client_key.",
    ),
    "address.simulator": _Words(
        _G,
        "نشانی‌ای داده نشده است؛ شبیه‌ساز در {address} آزموده می‌شود",
        "No address is set; the simulator at {address} is tested",
    ),
    "address.unencrypted": _Words(
        _C,
        "نشانی {address} رمزنگاری ندارد",
        "The address {address} is not encrypted",
        "از مالک سامانه نشانی https بخواهید.",
        "Ask the system's owner for an https address.",
    ),
    "dns.unknown": _Words(
        _F,
        "نام {host} در DNS یافت نشد",
        "DNS does not know the name {host}",
        "املای نشانی و DNS این ماشین را بررسی کنید.",
        "Check the spelling of the address, and this machine's DNS.",
    ),
    "tcp.refused": _Words(
        _F,
        "{host}:{port} اتصال را نپذیرفت",
        "{host}:{port} refuses connections",
        "درگاه نشانی را بررسی کنید؛ شاید سرویس خاموش است.",
        "Check the port of the address; the service may be down.",
    ),
    "tcp.timeout": _Words(
        _F,
        "{host}:{port} تا {seconds} ثانیه پاسخی نداد",
        "{host}:{port} did not answer within {seconds} s",
        "معمولاً دیوار آتش است: از مالک سامانه بپرسید آیا نشانی IP شما باز است.",
        "Mostly a firewall: ask the owner whether your IP address is let through.",
    ),
    "tcp.failed": _Words(
        _F,
        "اتصال به {host}:{port} ناممکن بود: {why}",
        "No connection to {host}:{port}: {why}",
        "مسیر شبکه را بررسی کنید.",
        "Check the route through the network.",
    ),
    "tcp.good": _Words(_G, "{host}:{port} در دسترس است", "{host}:{port} can be reached"),
    "tls.issuer": _Words(
        _F,
        "صادرکنندهٔ گواهی {host} را این ماشین نمی‌شناسد",
        "This machine does not know who issued the certificate of {host}",
        "گواهی ریشهٔ آن مرکز را بگیرید، درستی‌اش را بسنجید و در trust_file بگذارید.",
        "Get that authority's root certificate, verify it, and name it as trust_file.",
    ),
    "tls.expired": _Words(
        _F,
        "گواهی {host} منقضی شده است",
        "The certificate of {host} has expired",
        "مالک سامانه باید تازه‌اش کند؛ ساعت این ماشین را هم بررسی کنید.",
        "Its owner has to renew it; check this machine's clock too.",
    ),
    "tls.not_yet": _Words(
        _F,
        "گواهی {host} هنوز معتبر نشده است",
        "The certificate of {host} is not valid yet",
        "ساعت این ماشین را بررسی کنید.",
        "Check this machine's clock.",
    ),
    "tls.host": _Words(
        _F,
        "گواهی نشان‌داده‌شده برای نام {host} نیست",
        "The certificate shown is not for the name {host}",
        "با همان نامی که در گواهی است صدا بزنید؛ شاید یک میانجی پاسخ می‌دهد.",
        "Use the name that is in the certificate; something in between may be answering.",
    ),
    "tls.client_refused": _Words(
        _F,
        "سامانه گواهی این گذرگاه را نپذیرفت یا گواهی می‌خواهد",
        "The system refuses the hub's certificate, or wants one",
        "client_certificate و client_key را بدهید و گواهی را نزد مالک سامانه ثبت کنید.",
        "Set client_certificate and client_key, and have the certificate registered with the owner.",
    ),
    "tls.hung_up": _Words(
        _F,
        "{host} پس از گفت‌وگوی TLS بی‌پاسخ قطع کرد",
        "{host} hung up right after TLS, without an answer",
        "بیشتر به این معنا است که گواهی متقاضی می‌خواهد یا گواهی شما را نمی‌پذیرد: client_certificate و client_key.",
        "Mostly it wants a client certificate, or does not accept yours: client_certificate and client_key.",
    ),
    "tls.failed": _Words(
        _F,
        "گفت‌وگوی TLS با {host} شکست خورد: {why}",
        "TLS with {host} failed: {why}",
        "شاید درگاه TLS ندارد یا تنها نسخه‌های کهنه را می‌داند.",
        "The port may not speak TLS, or only versions that are too old.",
    ),
    "tls.good": _Words(
        _G, "گواهی {host} درست و تا {until} معتبر است", "The certificate of {host} is good until {until}"
    ),
    "token.refused": _Words(
        _F,
        "نشانی توکن، شناسه یا راز متقاضی را نپذیرفت",
        "The token endpoint does not accept the client's credentials",
        "client_id و client_secret (و نام و گذرواژه) را بررسی کنید.",
        "Check client_id and client_secret (and user name and password).",
    ),
    "token.failed": _Words(
        _F,
        "توکن گرفته نشد: {why}",
        "No token could be had: {why}",
        "token_path را بررسی کنید.",
        "Check token_path.",
    ),
    "http.unauthorised": _Words(
        _F,
        "سامانه اعتبارنامه را نپذیرفت (HTTP {status})",
        "The system does not accept the credentials (HTTP {status})",
        "نام و گذرواژه یا کلید را بررسی کنید؛ شاید دسترسی این سرویس داده نشده است.",
        "Check name and password or key; access to this service may not have been given.",
    ),
    "http.path": _Words(
        _F,
        "نشانی {path} در سامانه نیست (HTTP {status})",
        "The system has no {path} (HTTP {status})",
        "شاید پیشوندی از نشانی جا مانده است.",
        "A prefix of the address may be missing.",
    ),
    "http.page": _Words(
        _F,
        "به جای پاسخ سرویس، یک صفحهٔ HTML آمد (HTTP {status})",
        "An HTML page came instead of the service's answer (HTTP {status})",
        "یک میانجی یا صفحهٔ تعمیر پاسخ می‌دهد، یا نشانی برای مرورگر است.",
        "A proxy or a maintenance page answers, or the address is meant for browsers.",
    ),
    "http.proxy": _Words(
        _F,
        "یک میانجی (proxy) اعتبارنامه می‌خواهد",
        "A proxy wants credentials",
        "مسیر بی‌میانجی باز کنید؛ گذرگاه از میانجی نمی‌گذرد.",
        "Open a direct route; the hub does not go through proxies.",
    ),
    "http.fault": _Words(
        _F,
        "سامانه خطای درونی دارد (HTTP {status})",
        "The system has an internal error (HTTP {status})",
        "با مالک سامانه در میان بگذارید.",
        "Tell the system's owner.",
    ),
    "http.silent": _Words(
        _F,
        "اتصال برقرار شد ولی پاسخی نیامد: {why}",
        "Connected, but no answer came: {why}",
        "مالک سامانه باید ثبت رویداد خود را ببیند.",
        "The owner should look into the system's log.",
    ),
    "http.good": _Words(_G, "سرویس پاسخ می‌دهد (HTTP {status})", "The service answers (HTTP {status})"),
    "clock.skew": _Words(
        _C,
        "ساعت این ماشین و سامانه {seconds} ثانیه اختلاف دارد",
        "The clocks of this machine and the system differ by {seconds} s",
        "هر دو را با NTP هماهنگ کنید؛ امضا و توکن به زمان وابسته‌اند.",
        "Set both by NTP: signatures and tokens depend on the time.",
    ),
}
