"""Persian and Arabic text: digits, letters that look alike, marks nobody sees.

Some systems store Arabic ye and kaf, others Persian; NFKC folds neither, nor the digits. Everything here is done
by explicit tables, so that what changes can be read off this page.
"""

import re

_PERSIAN = "۰۱۲۳۴۵۶۷۸۹"
_ARABIC = "٠١٢٣٤٥٦٧٨٩"
_ASCII = "0123456789"

_TO_ASCII = {ord(mark): _ASCII[value] for digits in (_PERSIAN, _ARABIC) for value, mark in enumerate(digits)}
_TO_PERSIAN = {ord(mark): _PERSIAN[value] for digits in (_ASCII, _ARABIC) for value, mark in enumerate(digits)}

# Bidirectional controls, joiners other than ZWNJ, the byte order mark.
_UNSEEN = "\u200b\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff\u061c"
_HIDING = frozenset(_UNSEEN)
_ZWNJ = "\u200c"
_TATWEEL = "\u0640"
_HARAKAT = "".join(map(chr, (*range(0x064B, 0x0653), 0x0670)))

_LETTERS = {
    "ي": "ی",  # Arabic ye
    "ى": "ی",  # alef maksura, written for ye
    "ك": "ک",  # Arabic kaf
    "ۀ": "هٔ",
    "ە": "ه",
    "ہ": "ه",
}
_PERSIAN_FORM = str.maketrans({**_LETTERS, **dict.fromkeys(_UNSEEN + _TATWEEL + _HARAKAT, "")})
_ARABIC_FORM = str.maketrans({"ی": "ي", "ک": "ك", **dict.fromkeys(_UNSEEN, ""), _ZWNJ: " "})
_KEY_FORM = str.maketrans(
    {"أ": "ا", "إ": "ا", "ٱ": "ا", "آ": "ا", "ؤ": "و", "ئ": "ی", "ء": "", "\u0654": "", "ة": "ه", _ZWNJ: ""}
)
_SPACES = re.compile(r"\s+")

SEPARATORS = frozenset(" -\u00a0" + _ZWNJ + _UNSEEN)
"""What people put between the digits of an identifier without meaning anything by it."""


def ascii_digits(text: str) -> str:
    """Write Persian and Arabic digits as ASCII; everything else stays."""
    return text.translate(_TO_ASCII)


def persian_digits(text: str) -> str:
    """Write ASCII and Arabic digits as Persian; everything else stays."""
    return text.translate(_TO_PERSIAN)


def fold(text: str) -> str:
    """One spelling for storing: Persian ye and kaf, no tatweel, harakat or bidi marks, single spaces. ZWNJ stays."""
    return _SPACES.sub(" ", text.translate(_PERSIAN_FORM)).strip()


def fold_key(text: str) -> str:
    """One spelling for comparing, never for showing: `fold`, and hamza forms, ZWNJ, digits and case made equal."""
    return ascii_digits(fold(text).translate(_KEY_FORM)).casefold().replace(" ", "")


def fold_arabic(text: str) -> str:
    """What windows-1256 can carry: Arabic ye and kaf, ASCII digits, ZWNJ as a space."""
    return ascii_digits(text.translate(_ARABIC_FORM))


def hides_something(text: str) -> bool:
    """Whether text holds what nobody sees or what turns text round: bidi controls, joiners but ZWNJ, control marks."""
    return any(mark in _HIDING or mark < " " for mark in text)
