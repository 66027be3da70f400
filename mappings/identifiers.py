"""National identifiers: what each accepts, in which form it is kept, and why one is refused.

A refusal is an `IdentifierError` with a stable code `<kind>.<reason>`; reasons are `length`, `character`,
`check_digit`, `prefix`, `parts`. What only *looks* wrong is a warning, because real holders of such numbers exist.
Persian and Arabic digits, spaces, hyphens, ZWNJ and bidi marks are accepted and removed.
"""

import re
from dataclasses import dataclass

from mappings.text import SEPARATORS, ascii_digits, persian_digits

_LEGAL_WEIGHTS = (29, 27, 23, 19, 17)
_POSTAL_FOLK = re.compile(r"(?!(\d)\1{3})[13-9]{4}[1346-9][013-9]{5}", re.ASCII)
_BILL_TYPES = frozenset("12345689")
LONGEST_INPUT = 100


class IdentifierError(ValueError):
    """An identifier that cannot be what it claims. `position` is 0-based in the text as it was given."""

    def __init__(self, code: str, position: int | None, message_en: str, message_fa: str) -> None:
        if position is not None:
            message_en = f"{message_en} (position {position})"
            message_fa = f"{message_fa} (جایگاه {persian_digits(str(position))})"
        super().__init__(message_en)
        self.code = code
        self.position = position
        self.message_en = message_en
        self.message_fa = message_fa


@dataclass(frozen=True, slots=True)
class IdentifierWarning:
    """Something unusual that is not a reason to refuse."""

    code: str
    message_en: str
    message_fa: str


@dataclass(frozen=True, slots=True)
class Checked:
    """A good identifier in the form it is kept in, with what is unusual about it."""

    value: str
    warnings: tuple[IdentifierWarning, ...] = ()


def digits_of(kind: str, text: str, *, separators: frozenset[str] = SEPARATORS) -> tuple[str, list[int]]:
    """The ASCII digits of `text` and where each stood. Anything but digits and separators is refused."""
    found: list[str] = []
    places: list[int] = []
    if len(text) > LONGEST_INPUT:
        raise wrong_length(kind, len(text), "fewer", "شماری کمتر")
    for place, mark in enumerate(ascii_digits(text)):
        if "0" <= mark <= "9":
            found.append(mark)
            places.append(place)
        elif mark not in separators:
            raise IdentifierError(
                f"{kind}.character", place, f"{text[place]!r} is not a digit", f"«{text[place]}» رقم نیست"
            )
    return "".join(found), places


def wrong_length(kind: str, found: int, wanted_en: str, wanted_fa: str) -> IdentifierError:
    """The refusal of an identifier of the wrong length."""
    return IdentifierError(
        f"{kind}.length",
        None,
        f"{found} characters where {wanted_en} are needed",
        persian_digits(f"{found} نویسه به جای {wanted_fa}"),
    )


def exact(kind: str, text: str, length: int) -> tuple[str, list[int]]:
    """Exactly `length` digits, and where each stood."""
    digits, places = digits_of(kind, text)
    if len(digits) != length:
        raise wrong_length(kind, len(digits), f"{length} digits", f"{length} رقم")
    return digits, places


def between(kind: str, text: str, least: int, most: int) -> tuple[str, list[int]]:
    """From `least` to `most` digits, and where each stood."""
    digits, places = digits_of(kind, text)
    if not least <= len(digits) <= most:
        raise wrong_length(kind, len(digits), f"{least} to {most} digits", f"{least} تا {most} رقم")
    return digits, places


def _wrong_check(kind: str, place: int) -> IdentifierError:
    return IdentifierError(f"{kind}.check_digit", place, "the check digit does not fit", "رقم کنترل درست نیست")


def national_id_check_digit(first_nine: str) -> str:
    """The tenth digit of a national ID from its first nine."""
    rest = sum(int(digit) * (10 - place) for place, digit in enumerate(first_nine)) % 11
    return str(rest if rest < 2 else 11 - rest)  # noqa: PLR2004 - the rule's own number


def check_national_id(text: str) -> Checked:
    """کد ملی: ten digits, the last a check digit. Repeated digits and unknown area prefixes only warn."""
    digits, places = exact("national_id", text, 10)
    if national_id_check_digit(digits[:9]) != digits[9]:
        raise _wrong_check("national_id", places[9])
    warnings = []
    if len(set(digits)) == 1:
        warnings.append(IdentifierWarning("national_id.repeated", "all digits are equal", "همه رقم‌ها یکسان است"))
    if digits[:3] in {"000", "999"}:
        warnings.append(
            IdentifierWarning("national_id.area_prefix", "no known area has this prefix", "پیش‌شماره حوزه شناخته نیست")
        )
    return Checked(digits, tuple(warnings))


def legal_id_check_digit(first_ten: str) -> str:
    """The eleventh digit of a legal person's ID from its first ten."""
    shift = int(first_ten[9]) + 2
    total = sum((int(digit) + shift) * _LEGAL_WEIGHTS[place % 5] for place, digit in enumerate(first_ten))
    return str(total % 11 % 10)


def check_legal_id(text: str) -> Checked:
    """شناسه ملی: eleven digits, the last a check digit."""
    digits, places = exact("legal_id", text, 11)
    if legal_id_check_digit(digits[:10]) != digits[10]:
        raise _wrong_check("legal_id", places[10])
    return Checked(digits)


def sheba_check_digits(account: str) -> str:
    """The two check digits after `IR` for the 22 digits that follow them (ISO 7064 MOD 97-10)."""
    return f"{98 - int(account + '182700') % 97:02d}"


def check_sheba(text: str) -> Checked:
    """شماره شبا: `IR`, two check digits, 22 digits."""
    start = next((place for place, mark in enumerate(text) if mark not in SEPARATORS), len(text))
    if text[start : start + 2].upper() != "IR":
        raise IdentifierError("sheba.prefix", start if start < len(text) else None, "IR is missing", "IR نیامده است")
    digits, places = digits_of("sheba", "  " + text[start + 2 :])
    if len(digits) != 24:  # noqa: PLR2004 - ISO 13616 for Iran
        raise wrong_length("sheba", len(digits) + 2, "26", "۲۶")
    if sheba_check_digits(digits[2:]) != digits[:2]:
        raise _wrong_check("sheba", places[0] + start)
    return Checked(f"IR{digits}")


def bill_check_digit(prefix: str) -> str:
    """The check digit of bill and payment identifiers: weights 2 to 7 from the right, modulo 11."""
    rest = sum(int(digit) * (2 + place % 6) for place, digit in enumerate(reversed(prefix))) % 11
    return "0" if rest < 2 else str(11 - rest)  # noqa: PLR2004 - the rule's own number


def check_bill_id(text: str) -> Checked:
    """شناسه قبض: 6 to 13 digits: file, subsidiary (3), type (1), check digit. Type 6 is a municipality."""
    digits, places = between("bill_id", text, 6, 13)
    if bill_check_digit(digits[:-1]) != digits[-1]:
        raise _wrong_check("bill_id", places[-1])
    if digits[-2] in _BILL_TYPES:
        return Checked(digits)
    return Checked(digits, (IdentifierWarning("bill_id.type", "unknown bill type", "نوع قبض شناخته نیست"),))


def check_payment_id(text: str, bill_id: str | None = None) -> Checked:
    """شناسه پرداخت of one bill: 6 to 13 digits: thousands of rial, year, period (2), two check digits.

    The second check digit covers the bill too: without `bill_id` only the first can be checked.
    """
    digits, places = between("payment_id", text, 6, 13)
    if bill_check_digit(digits[:-2]) != digits[-2]:
        raise _wrong_check("payment_id", places[-2])
    if bill_id is not None and bill_check_digit(check_bill_id(bill_id).value + digits[:-1]) != digits[-1]:
        raise _wrong_check("payment_id", places[-1])
    return Checked(digits)


def payment_amount(payment_id: str) -> int:
    """The amount in rial that a good payment identifier carries."""
    return int(payment_id[:-5]) * 1000


def check_postal_code(text: str) -> Checked:
    """کد پستی: ten digits. The folk rule about which digits occur where only warns."""
    digits, _ = exact("postal_code", text, 10)
    if _POSTAL_FOLK.fullmatch(digits):
        return Checked(digits)
    return Checked(digits, (IdentifierWarning("postal_code.unusual", "unusual digits", "رقم‌ها نامعمول است"),))


def check_mobile(text: str) -> Checked:
    """شماره همراه, kept as `09` and nine digits; +98, 0098 and 98 in front are accepted."""
    digits, places = digits_of("mobile", text, separators=SEPARATORS | {"+"})
    for prefix in ("0098", "98"):
        if digits.startswith(prefix):
            digits = "0" + digits.removeprefix(prefix)
            break
    if len(digits) != 11:  # noqa: PLR2004 - 09 and nine digits
        raise wrong_length("mobile", len(digits), "11 digits", "۱۱ رقم")
    if not digits.startswith("09"):
        raise IdentifierError(
            "mobile.prefix", places[0], "a mobile number starts with 09", "شماره همراه با ۰۹ آغاز می‌شود"
        )
    return Checked(digits)


def check_foreign_id(text: str) -> Checked:
    """شماره فراگیر اتباع: 10 to 12 digits, length only."""
    return Checked(between("foreign_id", text, 10, 12)[0])


def check_economic_code(text: str) -> Checked:
    """کد اقتصادی: 11 to 14 digits, length only."""
    return Checked(between("economic_code", text, 11, 14)[0])


def check_deposit_id(text: str) -> Checked:
    """شناسه واریز of the treasury: 30 digits; no check digit is public."""
    return Checked(exact("deposit_id", text, 30)[0])


def check_notice_number(text: str) -> Checked:
    """شماره آگهی یا نیاز at Setad: sixteen digits, text because no number type of theirs holds it; length only."""
    return Checked(exact("notice_number", text, 16)[0])


def check_permit_request_number(text: str) -> Checked:
    """شماره پیگیری of the permit portal: digits; other lengths than seven or eight only warn."""
    digits, _ = between("permit_request", text, 1, 20)
    if len(digits) in {7, 8}:
        return Checked(digits)
    warning = IdentifierWarning("permit_request.length", "seven or eight digits are usual", "هفت یا هشت رقم معمول است")
    return Checked(digits, (warning,))
