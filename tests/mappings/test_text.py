import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mappings.text import Folded, ascii_digits, fold, fold_arabic, fold_key, hides_something, persian_digits


def test_digits_both_ways() -> None:
    assert ascii_digits("۱۴۰۵/٠٥/29") == "1405/05/29"
    assert persian_digits("1405/٠5") == "۱۴۰۵/۰۵"


@settings(deadline=None)
@given(st.text("0123456789۰۱۲۳۴۵۶۷۸۹ آبپ"))
def test_digits_there_and_back(text: str) -> None:
    assert ascii_digits(persian_digits(text)) == ascii_digits(text)
    assert persian_digits(ascii_digits(text)) == persian_digits(text)


def test_a_folded_name_has_persian_letters_and_no_ornament() -> None:
    assert fold("  عَلـي   كريمی\u200f ") == "علی کریمی"
    assert fold("می\u200cشود") == "می\u200cشود"


@pytest.mark.parametrize(("left", "right"), [("مؤسسه", "موسسه"), ("می‌شود", "میشود"), ("آب", "اب"), ("كد ۱", "کد1")])
def test_keys_make_spellings_equal(left: str, right: str) -> None:
    assert fold_key(left) == fold_key(right)


@settings(deadline=None)
@given(st.text(alphabet=st.sampled_from("علیكيکۀئؤأإآةـ۰۱ \u200c\u064bAb")))
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert fold_key(fold_key(text)) == fold_key(text)


def test_windows_1256_can_carry_what_was_folded_for_it() -> None:
    assert fold_arabic("علی می‌گوید ۱۲").encode("cp1256").decode("cp1256") == "علي مي گويد 12"


def test_a_folded_text_is_every_spelling_and_shows_its_own() -> None:
    arabic, persian = Folded("علي كريمي ١٢"), Folded("علی کریمی ۱۲")
    assert arabic == persian
    assert {arabic: 1}[persian] == 1
    assert (str(arabic), str(persian)) == ("علي كريمي ١٢", "علی کریمی ۱۲")
    assert arabic != Folded("علی کریمی ۱۳")


@pytest.mark.parametrize("text", ["a\u202eb", "a\u2066b", "a\u200bb", "a\tb", "\x00"])
def test_what_hides_or_turns_text(text: str) -> None:
    assert hides_something(text)
    assert not hides_something("می\u200cشود ۱۲ abc")
