import random
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry import codes
from registry.codes import CodeError

SEED = random.Random(1405)
SAMPLE = [codes.issue(year, agency, lambda: SEED.randrange(10**12)) for year in (0, 5, 99) for agency in range(120)]
PERSIAN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")

plain = st.builds(
    lambda year, agency, draw: codes.issue(year, agency, lambda: draw),
    st.integers(0, 99),
    st.integers(0, 9999),
    st.integers(0, 10**12 - 1),
)


def refused(text: str) -> CodeError:
    with pytest.raises(CodeError) as caught:
        codes.parse(text)
    return caught.value


@pytest.mark.slow
def test_a_million_issued_codes_are_valid_and_none_repeats() -> None:
    # Of a million draws from 10^12 two meet by chance about every second time; then `open_case` draws again, as here.
    issued: set[str] = set()
    draws = 0
    while len(issued) < 1_000_000:
        issued.add(codes.issue(5, 101))
        draws += 1
    assert draws <= 1_000_012
    assert all(codes.check_digits(code[:18]) == code[18:] and code[:6] == "050101" for code in issued)
    assert all(codes.parse(code) == code for code in list(issued)[:10_000])


def test_the_parts_stand_where_the_contract_puts_them() -> None:
    code = codes.issue(4, 17, lambda: 42)
    assert code[:18] == "040017000000000042"
    assert int(code) % 97 == 1  # ISO 7064 MOD 97-10
    assert codes.group(code) == f"0400 1700 0000 0000 42{code[18:]}"


def test_every_wrong_digit_is_found() -> None:
    for code in SAMPLE:
        for place in range(20):
            for digit in "0123456789":
                if digit != code[place]:
                    wrong = code[:place] + digit + code[place + 1 :]
                    assert codes.check_digits(wrong[:18]) != wrong[18:], (code, wrong)


@pytest.mark.parametrize("apart", [1, 2])
def test_every_exchange_of_near_digits_is_found(apart: int) -> None:
    for code in SAMPLE:
        for place in range(20 - apart):
            digits = list(code)
            digits[place], digits[place + apart] = digits[place + apart], digits[place]
            wrong = "".join(digits)
            if wrong != code:
                assert refused(wrong).code == "code.check_digits"


@pytest.mark.parametrize("script", [{}, PERSIAN, ARABIC])
@pytest.mark.parametrize("between", [" ", "-", "\u200c", "\u00a0", "\u2011", "\u200f", "\u2066", "\u061c"])
def test_scripts_and_separators_are_accepted(script: dict[int, int], between: str) -> None:
    for code in SAMPLE[:20]:
        written = between.join([*code[:4], code[4:10], code[10:]]).translate(script)
        parsed = codes.parse(f"\u202b {written}\u202c")
        assert parsed == code
        assert parsed.isascii()


@given(plain, st.lists(st.sampled_from(" -\u200c\u200e\u200f\u2067\u2069"), max_size=12), st.randoms())
def test_marks_anywhere_change_nothing(code: str, marks: list[str], order: random.Random) -> None:
    written = list(code)
    for mark in marks:
        written.insert(order.randrange(len(written) + 1), mark)
    assert codes.parse("".join(written)) == code


@given(plain, st.characters(), st.integers(0, 20))
def test_anything_else_is_refused_at_its_place(code: str, character: str, place: int) -> None:
    written = code[:place] + character + code[place:]
    try:
        codes.parse(written)
    except CodeError as error:
        # A twenty-first digit makes the text too long instead; it is seen where the twenty are full.
        assert error.code in {"code.character", "code.length"}  # noqa: PT017 - some characters are welcome.
        assert error.position == (place if error.code == "code.character" else 20)  # noqa: PT017 - see above.


@pytest.mark.parametrize(
    ("text", "code", "position"),
    [
        ("", "code.length", None),
        ("1234", "code.length", None),
        ("0501 01x", "code.character", 7),
        ("\u200f۰۵۰۱–۰۱", "code.character", 5),  # An en dash is not a hyphen.
        ("²" + "0" * 19, "code.character", 0),
        ("0" * 21, "code.length", 20),
        ("0501 0000 0000 0000 0000 7", "code.length", 25),
        ("00000000000000000000", "code.check_digits", None),
    ],
)
def test_a_refusal_names_the_place_in_the_text_as_given(text: str, code: str, position: int | None) -> None:
    error = refused(text)
    assert (error.code, error.position) == (code, position)
    assert error.message_fa
    assert error.message == str(error) == error.message_en


def test_only_canonical_check_digits_pass() -> None:
    # 00 and 97 leave the same remainder, 01 and 98 too; only what `issue` writes is accepted.
    remainders = [code for code in SAMPLE if code[18:] in {"97", "98"}]
    for code in remainders:
        other = {"97": "00", "98": "01"}[code[18:]]
        assert refused(code[:18] + other).code == "code.check_digits"


@pytest.mark.parametrize(
    ("year", "agency", "draw"), [(100, 1, 0), (-1, 1, 0), (5, 10_000, 0), (5, -1, 0), (5, 1, 10**12)]
)
def test_parts_that_do_not_fit_are_refused(year: int, agency: int, draw: int) -> None:
    with pytest.raises(ValueError, match="two digits"):
        codes.issue(year, agency, lambda: draw)


def test_the_jalali_year_turns_at_midnight_in_tehran() -> None:
    # 1 Farvardin 1405 is 21 March 2026; Tehran is three and a half hours ahead.
    assert codes.jalali_year2(datetime(2026, 3, 20, 20, 29, tzinfo=UTC)) == 4
    assert codes.jalali_year2(datetime(2026, 3, 20, 20, 31, tzinfo=UTC)) == 5


def test_random12_stays_within_twelve_digits() -> None:
    assert all(0 <= codes.random12() < 10**12 for _ in range(1_000))
