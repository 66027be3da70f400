from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mappings import identifiers as ids
from mappings import land_identifiers as land
from mappings.identifiers import Checked, IdentifierError
from mappings.text import ascii_digits, persian_digits


def digits(count: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=count, max_size=count)


def changed(text: str, place: int, digit: str) -> str:
    return text[:place] + digit + text[place + 1 :]


def swapped(text: str, place: int) -> str:
    return text[:place] + text[place + 1] + text[place] + text[place + 2 :]


def refusal(check: Callable[[str], Checked], text: str) -> IdentifierError | None:
    try:
        assert check(text).value.isascii()
    except IdentifierError as error:
        return error
    return None


def accepts(check: Callable[[str], Checked], text: str) -> bool:
    return refusal(check, text) is None


national_ids = digits(9).map(lambda first: first + ids.national_id_check_digit(first))
legal_ids = digits(10).map(lambda first: first + ids.legal_id_check_digit(first))
shebas = digits(22).map(lambda account: f"IR{ids.sheba_check_digits(account)}{account}")
bill_ids = st.integers(5, 12).flatmap(digits).map(lambda prefix: prefix + ids.bill_check_digit(prefix))


@st.composite
def payments(draw: st.DrawFn) -> tuple[str, str]:
    bill = draw(bill_ids)
    prefix = draw(st.integers(4, 11).flatmap(digits))
    first = prefix + ids.bill_check_digit(prefix)
    return first + ids.bill_check_digit(bill + first), bill


@pytest.mark.parametrize("text", ["9990000018", "9990000026", "9990000069"])
def test_synthetic_national_ids_are_good(text: str) -> None:
    assert ids.check_national_id(text).value == text


def test_a_national_id_with_a_wrong_check_digit_names_its_place() -> None:
    with pytest.raises(IdentifierError) as caught:
        ids.check_national_id("999-000001-9")
    assert caught.value.code == "national_id.check_digit"
    assert caught.value.position == 11
    assert "11" in caught.value.message_en
    assert "۱۱" in caught.value.message_fa


def test_length_comes_before_everything_else() -> None:
    with pytest.raises(IdentifierError) as caught:
        ids.check_national_id("999000001")
    assert caught.value.code == "national_id.length"
    assert caught.value.position is None


def test_a_letter_is_refused_at_its_place() -> None:
    with pytest.raises(IdentifierError) as caught:
        ids.check_national_id("99900x0018")
    assert (caught.value.code, caught.value.position) == ("national_id.character", 5)


def test_repeated_digits_and_unknown_areas_only_warn() -> None:
    assert [warning.code for warning in ids.check_national_id("1111111111").warnings] == ["national_id.repeated"]
    assert [warning.code for warning in ids.check_national_id("9990000018").warnings] == ["national_id.area_prefix"]
    tehran, nobody = "001", "0000003"  # Put together here, so that no file holds a number somebody might have.
    assert ids.check_national_id(tehran + nobody).warnings == ()


@settings(deadline=None)
@given(national_ids)
def test_a_made_national_id_is_good_however_it_is_written(text: str) -> None:
    assert ids.check_national_id(text).value == text
    assert ids.check_national_id(f"\u200f{persian_digits(text[:3])}-{text[3:9]} {text[9]}\u200c").value == text


@settings(deadline=None)
@given(national_ids, st.integers(0, 9), st.sampled_from("0123456789"))
def test_one_changed_digit_of_a_national_id_is_noticed_but_for_remainders_1_and_10(
    text: str, place: int, digit: str
) -> None:
    """Both remainders have the check digit 1: the rule itself is blind there, and so must we be."""
    other = changed(text, place, digit)

    def remainder(number: str) -> int:
        return sum(int(mark) * (10 - index) for index, mark in enumerate(number[:9])) % 11

    blind = place < 9 and {remainder(text), remainder(other)} == {1, 10}
    assert accepts(ids.check_national_id, other) == (other == text or blind)


@settings(deadline=None)
@given(national_ids, st.integers(0, 7))
def test_two_swapped_neighbours_of_a_national_id_are_noticed_outside_the_same_blind_spot(text: str, place: int) -> None:
    other = swapped(text, place)
    if accepts(ids.check_national_id, other):
        assert other == text or text[9] == "1"


@pytest.mark.parametrize("text", ["99900000010", "99900000024"])
def test_synthetic_legal_ids_are_good(text: str) -> None:
    assert ids.check_legal_id(text).value == text


def test_a_bad_legal_id() -> None:
    with pytest.raises(IdentifierError, match="check digit"):
        ids.check_legal_id("10380284792")


@settings(deadline=None)
@given(legal_ids, st.integers(0, 10), st.sampled_from("0123456789"))
def test_one_changed_digit_of_a_legal_id_is_noticed_unless_it_ends_in_0(text: str, place: int, digit: str) -> None:
    """Remainders 0 and 10 share the check digit 0."""
    other = changed(text, place, digit)
    if accepts(ids.check_legal_id, other):
        assert other == text or (text[10] == "0" and place < 10)


@settings(deadline=None)
@given(legal_ids)
def test_a_made_legal_id_is_good(text: str) -> None:
    assert ids.check_legal_id(text).value == text


def test_sheba_of_the_two_examples() -> None:
    assert ids.check_sheba("ir97 9990 0000 0000 0000 0000 01").value == "IR979990000000000000000001"
    with pytest.raises(IdentifierError) as caught:
        ids.check_sheba("IR012345678901234567890123")
    assert (caught.value.code, caught.value.position) == ("sheba.check_digit", 2)


@pytest.mark.parametrize("text", ["", "979990000000000000000001", "GB979990000000000000000001"])
def test_sheba_needs_its_country(text: str) -> None:
    with pytest.raises(IdentifierError) as caught:
        ids.check_sheba(text)
    assert caught.value.code == "sheba.prefix"


@settings(deadline=None)
@given(shebas, st.integers(2, 25), st.sampled_from("0123456789"))
def test_every_changed_digit_of_a_sheba_is_noticed(text: str, place: int, digit: str) -> None:
    other = changed(text, place, digit)
    assert accepts(ids.check_sheba, other) == (other == text)


@settings(deadline=None)
@given(shebas, st.integers(2, 24))
def test_every_swapped_pair_of_a_sheba_is_noticed(text: str, place: int) -> None:
    other = swapped(text, place)
    assert accepts(ids.check_sheba, other) == (other == text)


def test_the_example_bill_and_its_payment() -> None:
    assert ids.check_bill_id("9900000199960").value == "9900000199960"
    assert ids.check_payment_id("125041280", "9900000199960").value == "125041280"
    assert ids.payment_amount("125041280") == 1_250_000


def test_a_payment_belongs_to_its_bill() -> None:
    with pytest.raises(IdentifierError):
        ids.check_payment_id("12908197", "9174639504124")


@settings(deadline=None)
@given(payments())
def test_a_made_payment_is_good(pair: tuple[str, str]) -> None:
    payment, bill = pair
    assert ids.check_payment_id(payment, bill).value == payment


@settings(deadline=None)
@given(bill_ids, st.integers(0, 12), st.sampled_from("0123456789"))
def test_one_changed_digit_of_a_bill_is_noticed_unless_the_check_digit_is_0(text: str, place: int, digit: str) -> None:
    """Remainders 0 and 1 share the check digit 0."""
    place %= len(text)
    other = changed(text, place, digit)
    if accepts(ids.check_bill_id, other):
        assert other == text or text[-1] == "0"


def test_an_unknown_bill_type_only_warns() -> None:
    text = "123450" + ids.bill_check_digit("123450")
    assert [warning.code for warning in ids.check_bill_id(text).warnings] == ["bill_id.type"]


def test_the_folk_rule_of_postal_codes_only_warns() -> None:
    assert ids.check_postal_code("16197-35744").warnings == ()
    assert [warning.code for warning in ids.check_postal_code("1234567890").warnings] == ["postal_code.unusual"]


@pytest.mark.parametrize(
    "text", ["09120000000", "+989120000000", "00989120000000", "989120000000", "۰۹۱۲ ۰۰۰ ۰۰۰۰", "+98 912-000-0000"]
)
def test_a_mobile_number_has_one_form(text: str) -> None:
    assert ids.check_mobile(text).value == "09120000000"


@pytest.mark.parametrize(
    ("text", "code"), [("0912000000", "length"), ("02120000000", "prefix"), ("0912000000o", "character")]
)
def test_what_is_no_mobile_number(text: str, code: str) -> None:
    with pytest.raises(IdentifierError) as caught:
        ids.check_mobile(text)
    assert caught.value.code == f"mobile.{code}"


def test_a_payment_without_its_bill_proves_its_first_check_digit_only() -> None:
    assert ids.check_payment_id("125041280").value == ids.check_payment_id("125041289").value[:-1] + "0"
    with pytest.raises(IdentifierError) as caught:
        ids.check_payment_id("125041270")
    assert (caught.value.code, caught.value.position) == ("payment_id.check_digit", 7)


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (ids.check_foreign_id, "1234567890", "123456789"),
        (ids.check_economic_code, "12345678901234", "123456789012345"),
        (ids.check_deposit_id, "1" * 30, "1" * 29),
        (ids.check_notice_number, "۲۰۰۵۰۰۰۰۰۱۰۰۰۰۰۱", "200500000100000"),
        (land.check_plaque_number, "0084", "12345678901"),
    ],
)
def test_some_have_a_length_only(check: Callable[[str], Checked], good: str, bad: str) -> None:
    assert check(good).value == ascii_digits(good)
    with pytest.raises(IdentifierError):
        check(bad)


@settings(deadline=None)
@given(st.text())
def test_any_text_is_an_identifier_or_a_refusal(text: str) -> None:
    for check in (
        ids.check_national_id,
        ids.check_legal_id,
        ids.check_sheba,
        ids.check_bill_id,
        ids.check_mobile,
        ids.check_postal_code,
        ids.check_payment_id,
        ids.check_permit_request_number,
        land.check_renovation_code,
        land.check_displayed_renovation_code,
        land.check_land_tracking_code,
    ):
        error = refusal(check, text)
        if error is not None:
            assert error.message_en
            assert error.message_fa
            assert error.position is None or 0 <= error.position < max(len(text), 1)
