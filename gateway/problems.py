"""What goes wrong, in one table: stable code → HTTP status and titles (RFC 9457).

    Problem                  the only error this room raises on purpose
    └── errors: FieldProblem what is wrong with one field: pointer, code, message, position

Rooms below raise errors of their own; `edge.py` gives each its code, once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import orjson
from starlette.responses import Response

from gateway.language import Language


@dataclass(frozen=True, slots=True)
class Kind:
    """One row of the table: HTTP status and a title in both languages."""

    status: int
    fa: str
    en: str


PROBLEMS: Mapping[str, Kind] = MappingProxyType(
    {
        "json.malformed": Kind(400, "متن JSON درست نیست", "The body is not well-formed JSON"),
        "json.not_utf8": Kind(400, "متن UTF-8 نیست", "The body is not UTF-8"),
        "json.duplicate_key": Kind(400, "یک نام دو بار آمده است", "A name occurs twice in one object"),
        "json.too_deep": Kind(400, "لایه‌های تودرتو بیش از اندازه است", "The body is nested too deeply"),
        "json.number": Kind(400, "عدد نامتناهی یا ناعدد پذیرفته نیست", "A number is infinite or not a number"),
        "json.surrogate": Kind(400, "نویسهٔ ناقص در متن است", "A string holds half a surrogate pair"),
        "body.too_large": Kind(413, "حجم درخواست بیش از حد است", "The body is too large"),
        "body.media_type": Kind(415, "نوع محتوا پذیرفته نیست", "The content type is not accepted"),
        "body.encoding": Kind(415, "بدنهٔ فشرده پذیرفته نیست", "A compressed body is not accepted"),
        "body.unexpected": Kind(400, "این درخواست بدنه ندارد", "This call takes no body"),
        "header.invalid": Kind(400, "سرآیند درخواست درست نیست", "A header is malformed"),
        "request.invalid": Kind(422, "درخواست با قرارداد نمی‌خواند", "The request does not fit the contract"),
        "payload.invalid": Kind(422, "دادهٔ استعلام با قرارداد خدمت نمی‌خواند", "The payload does not fit the service"),
        "code.length": Kind(422, "درازای کد رهگیری درست نیست", "The tracking code has the wrong length"),
        "code.character": Kind(422, "نویسهٔ نادرست در کد رهگیری", "The tracking code holds a wrong character"),
        "code.check_digits": Kind(
            422, "رقم‌های کنترل کد رهگیری نادرست است", "The tracking code's check digits are wrong"
        ),
        "credential.missing": Kind(401, "اعتبارنامه‌ای فرستاده نشده است", "No credential was sent"),
        "credential.malformed": Kind(401, "شکل اعتبارنامه درست نیست", "The credential is malformed"),
        "credential.unknown": Kind(401, "اعتبارنامه شناخته نیست", "The credential is unknown"),
        "credential.expired": Kind(401, "اعتبارنامه منقضی شده است", "The credential has expired"),
        "credential.revoked": Kind(401, "اعتبارنامه باطل شده است", "The credential was revoked"),
        "credential.suspended": Kind(401, "عضو غیرفعال است", "The participant is not active"),
        "token.invalid": Kind(401, "توکن دسترسی معتبر نیست", "The access token is not valid"),
        "token.expired": Kind(401, "توکن دسترسی منقضی شده است", "The access token has expired"),
        "token.request": Kind(400, "درخواست توکن درست نیست", "The token request is malformed"),
        "token.grant": Kind(400, "این نوع اعطا پشتیبانی نمی‌شود", "This grant type is not supported"),
        "assertion.missing": Kind(401, "گواهی امضاشدهٔ متقاضی نیامده است", "No client assertion was sent"),
        "assertion.invalid": Kind(401, "گواهی امضاشدهٔ متقاضی معتبر نیست", "The client assertion is not valid"),
        "assertion.replayed": Kind(401, "گواهی امضاشده پیش‌تر به کار رفته است", "The client assertion was used before"),
        "signature.invalid": Kind(401, "امضای پیام پذیرفته نیست", "The message's signature is not accepted"),
        "soap.malformed": Kind(400, "پیام پاکت SOAP نیست", "The message is no SOAP envelope"),
        "soap.not_understood": Kind(
            400, "سرآیندی که باید فهمیده شود شناخته نیست", "A header that must be understood is unknown"
        ),
        "right.missing": Kind(403, "حق دسترسی به این خدمت داده نشده است", "No right to this service was granted"),
        "right.expired": Kind(403, "حق دسترسی منقضی شده است", "The right has expired"),
        "right.purpose": Kind(403, "حق دسترسی این هدف را در بر ندارد", "The right does not cover this purpose"),
        "right.legal_basis": Kind(
            403, "حق دسترسی این مستند قانونی را ندارد", "The right does not cover this legal basis"
        ),
        "assurance.too_low": Kind(
            403, "هویت متقاضی به اندازهٔ لازم احراز نشده است", "The person is not known surely enough for this service"
        ),
        "assurance.not_trusted": Kind(
            403,
            "اعلام این سطح اطمینان به این عضو سپرده نشده است",
            "The caller is not trusted with this level of assurance",
        ),
        "quota.exhausted": Kind(429, "سهمیهٔ امروز به پایان رسیده است", "Today's quota is used up"),
        "push.not_allowed": Kind(403, "اعلام وضعیت این سامانه مجاز نیست", "Pushing for this system is not allowed"),
        "service.unknown": Kind(422, "خدمت شناخته نیست", "The service is unknown"),
        "service.not_found": Kind(404, "خدمت یافت نشد", "There is no such service"),
        "service.not_approved": Kind(403, "خدمت تصویب نشده است", "The service is not approved"),
        "service.not_callable": Kind(409, "خدمت از راه سامانه فراخوانی نمی‌شود", "The service cannot be called"),
        "service.channel": Kind(422, "خدمت در این کانال ارائه نمی‌شود", "The service is not offered on this channel"),
        "participant.unknown": Kind(422, "عضو شناخته نیست", "The participant is unknown"),
        "case.unknown": Kind(404, "پرونده یافت نشد", "There is no such case"),
        "inquiry.unknown": Kind(404, "استعلام یافت نشد", "There is no such inquiry"),
        "inquiry.not_cancellable": Kind(409, "استعلام دیگر لغوشدنی نیست", "The inquiry can no longer be cancelled"),
        "inbox.not_allowed": Kind(403, "صندوق هیچ واحدی سپرده نشده است", "No unit's inbox was entrusted"),
        "inbox.claimed": Kind(409, "کارشناس دیگری آن را برداشته است", "Another clerk has taken it"),
        "inbox.closed": Kind(409, "پیش‌تر پاسخ داده شده است", "It has been answered already"),
        "status.reference_unknown": Kind(404, "مرجع یافت نشد", "There is no such reference"),
        "status.system_unknown": Kind(422, "این سامانه اعلام وضعیت ندارد", "The system pushes nothing by contract"),
        "status.unknown": Kind(422, "وضعیت شناخته نیست", "The status is unknown"),
        "status.time": Kind(422, "زمان رویداد پذیرفتنی نیست", "The time of the event cannot be right"),
        "alias.taken": Kind(409, "این شناسه از آن پروندهٔ دیگری است", "The alias belongs to another case"),
        "idempotency.clash": Kind(
            422, "کلید تکرار با بدنهٔ دیگری به کار رفته است", "The key was used with another body"
        ),
        "subscription.unknown": Kind(404, "اشتراک یافت نشد", "There is no such subscription"),
        "subscription.disabled": Kind(409, "اشتراک از کار افتاده است", "The subscription is disabled"),
        "subscription.too_many": Kind(409, "شمار اشتراک‌ها به سقف رسیده است", "There are too many subscriptions"),
        "session.missing": Kind(401, "وارد نشده‌اید", "You are not signed in"),
        "session.ended": Kind(401, "نشست پایان یافته است", "The session has ended"),
        "session.forged": Kind(
            403, "درخواست از صفحهٔ این سامانه نیست", "The call does not come from a page of this hub"
        ),
        "role.missing": Kind(403, "نقش شما این کار را در بر ندارد", "Your role does not cover this"),
        "sign_in.refused": Kind(
            401, "نام، گذرواژه یا رمز یکبار درست نیست", "The name, password or one-time code is wrong"
        ),
        "sign_in.later": Kind(429, "تلاش‌های نادرست زیاد بود؛ کمی بعد", "Too many wrong attempts; try again later"),
        "link.unusable": Kind(404, "این پیوند یک‌بارمصرف دیگر کار نمی‌کند", "This one-time link does not work any more"),
        "inquiry.not_parked": Kind(409, "استعلام در انتظار کسی نیست", "The inquiry is not parked"),
        "cause.unknown": Kind(404, "چنین علتی دیگر نیست", "Nothing is stuck for this cause any more"),
        "replay.nothing": Kind(409, "چیزی برای از سر گرفتن نیست", "There is nothing to take up again"),
        "replay.unknown": Kind(404, "چنین اجرایی نیست", "There is no such run"),
        "inquiry.not_in_doubt": Kind(
            409, "دربارهٔ این استعلام تردیدی نیست", "Nobody doubts what became of this inquiry"
        ),
        "inquiry.person_erased": Kind(
            409, "کلید شخص پاک شده و پرسش بازشدنی نیست", "The person's key is erased: the payload can never be opened"
        ),
        "track.refused": Kind(
            404, "پرونده‌ای با این کد و این چهار رقم یافت نشد", "No case fits this code and these four digits"
        ),
        "track.later": Kind(429, "تلاش‌های نادرست زیاد بود؛ کمی بعد", "Too many wrong attempts; try again later"),
        "officer.unknown": Kind(404, "کاربر یافت نشد", "There is no such officer"),
        "officer.username_taken": Kind(409, "این نام کاربری از آن دیگری است", "The username belongs to somebody else"),
        "officer.last_administrator": Kind(409, "مدیر دیگری نمی‌ماند", "No administrator would be left"),
        "configuration.refused": Kind(
            422, "پیکربندی پذیرفته نشد و هیچ چیز دگرگون نشد", "The configuration is refused whole"
        ),
        "configuration.unchanged": Kind(409, "چیزی دگرگون نمی‌شود", "Nothing would change"),
        "configuration.stale": Kind(
            409, "پیکربندی در این میان دگرگون شده است", "The configuration has been changed meanwhile"
        ),
        "configuration.own_change": Kind(403, "کسی پیشنهاد خود را تأیید نمی‌کند", "Nobody approves their own change"),
        "configuration.other_hash": Kind(
            409, "آنچه تأیید می‌شود آن نیست که دیده شد", "What is approved is not what was looked at"
        ),
        "configuration.decided": Kind(409, "دربارهٔ این پیشنهاد تصمیم گرفته شده است", "The change is decided already"),
        "configuration.author_only": Kind(
            403, "تنها پیشنهاددهنده آن را پس می‌گیرد", "Only its author withdraws a change"
        ),
        "change.unknown": Kind(404, "پیشنهاد یافت نشد", "There is no such change"),
        "revision.unknown": Kind(404, "ویرایش یافت نشد", "There is no such revision"),
        "connector.not_found": Kind(404, "رابط یافت نشد", "There is no such connector"),
        "connector.in_use": Kind(
            409, "استعلام‌های این رابط هنوز پایان نیافته", "Inquiries of this connector are not finished"
        ),
        "queue.unavailable": Kind(503, "صف سامانهٔ تازه ساخته نشد", "The queue of a new system cannot be made"),
        "missing_service.unknown": Kind(404, "این سرویس در فهرست نیازها نیست", "The register has no such service"),
        "missing_service.known": Kind(409, "این نام در فهرست نیازها هست", "The register has this name already"),
        "missing_service.step": Kind(409, "این گام اکنون ممکن نیست", "This step cannot be taken now"),
        "missing_service.no_letter": Kind(404, "این گام نامه‌ای ندارد", "This step is no letter"),
        "letter.font": Kind(503, "قلم نامه ساخته نشده است", "The font of letters has not been built"),
        "change.moved": Kind(409, "وضع این تغییر چیز دیگری است", "The change is in another state"),
        "change.own": Kind(409, "تغییر خود را نمی‌توان تأیید کرد", "Nobody approves a change of their own"),
        "change.not_approved": Kind(409, "شخص دومی تأیید نکرده است", "A second person has not approved it"),
        "version.unusable": Kind(422, "سند نگاشت درست نیست", "The mapping document cannot be used"),
        "version.stopped": Kind(422, "این نسخه هنوز نمی‌تواند به کار افتد", "Something stands against this version"),
        "version.unknown": Kind(404, "هیچ اتصالی این نگاشت را به کار نمی‌برد", "No connector uses this mapping"),
        "version.not_activated": Kind(409, "نسخه‌ای به کار نیفتاده است", "No version was activated"),
        "store.unavailable": Kind(503, "پایگاه داده در دسترس نیست", "The store is not available"),
        "route.unknown": Kind(404, "نشانی یافت نشد", "There is no such address"),
        "method.not_allowed": Kind(405, "این روش برای این نشانی نیست", "The method is not allowed here"),
        "internal": Kind(500, "خطای درونی", "Something failed inside the hub"),
    }
)


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong with one field.

    `pointer` is a JSON pointer into the body; `/path/…`, `/query/…` and `/header/…` point outside of it.
    `position` is the zero-based index of the wrong character, where one character is to blame.
    """

    pointer: str
    code: str
    fa: str
    en: str
    position: int | None = None

    def below(self, prefix: str) -> "FieldProblem":
        """Return the same finding, seen from a document that holds this one at `prefix`."""
        return FieldProblem(prefix + self.pointer, self.code, self.fa, self.en, self.position)

    def shown(self, language: Language) -> dict[str, Any]:
        """Write it as an item of `errors`."""
        item: dict[str, Any] = {"pointer": self.pointer, "code": self.code}
        item["message"] = self.fa if language == "fa" else self.en
        if self.position is not None:
            item["position"] = self.position
        return item


class Problem(Exception):
    """The call ends here with the problem `code` of the table. `extra` are members beside the standard ones."""

    def __init__(
        self,
        code: str,
        detail: tuple[str, str] | None = None,
        *,
        errors: Sequence[FieldProblem] = (),
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.kind = PROBLEMS[code]
        self.detail = detail  # Persian, English.
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.extra = dict(extra or {})

    def document(self, language: Language, trace_id: str | None) -> dict[str, Any]:
        """Write the problem document; without a `trace_id` as an item of a batch."""
        persian = language == "fa"
        document: dict[str, Any] = {"status": self.kind.status, "code": self.code}
        document["title"] = self.kind.fa if persian else self.kind.en
        document["detail"] = (self.detail[0] if persian else self.detail[1]) if self.detail else document["title"]
        if trace_id is not None:
            document["trace_id"] = trace_id
        if self.errors:
            document["errors"] = [error.shown(language) for error in self.errors]
        return document | self.extra


def respond(problem: Problem, language: Language, trace_id: str) -> Response:
    """Turn a problem into an HTTP answer. A 401 names the scheme (RFC 9110 §11.6.1)."""
    headers = {"Content-Language": language, "Vary": "Accept-Language", "Cache-Control": "no-store"} | problem.headers
    if problem.kind.status == 401:  # noqa: PLR2004 - the status is its own name.
        headers.setdefault("WWW-Authenticate", f'Bearer realm="peyvand", error="{problem.code}"')
    body = orjson.dumps(problem.document(language, trace_id))
    return Response(body, problem.kind.status, headers, media_type="application/problem+json")
