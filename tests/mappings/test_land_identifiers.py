import pytest

from mappings import land_identifiers as land
from mappings.identifiers import IdentifierError


def test_a_renovation_code_has_seven_parts() -> None:
    assert land.check_renovation_code("۱-10-084-1-16-2-0").value == "1-10-84-1-16-2-0"
    for bad in (
        "1-10-84-1-16-2",
        "1-10-84-1-16-2-0-0",
        "1--84-1-16-2-0",
        "",
        "1-10-84-1-16-x-0",
        "123456789-0-0-0-0-0-0",
    ):
        with pytest.raises(IdentifierError):
            land.check_renovation_code(bad)


def test_a_renovation_code_read_off_a_screen_is_turned_round() -> None:
    assert land.check_displayed_renovation_code("۰-۲-۱۶-۱-۸۴-۱۰-۱").value == "1-10-84-1-16-2-0"
    assert land.displayed_renovation_code("1-10-84-1-16-2-0") == "0-2-16-1-84-10-1"
    assert [item.code for item in land.check_renovation_code("0-2-16-1-84-10-1").warnings] == [
        "renovation_code.reversed"
    ]
    assert (
        land.check_renovation_code("0-0-0-0-0-0-0").warnings
        == land.check_renovation_code("1-0-0-0-0-0-0").warnings
        == ()
    )
    assert land.check_renovation_code("1–10–84–1–16–2–0").value == "1-10-84-1-16-2-0"


def test_a_land_tracking_code_begins_with_its_year() -> None:
    code = land.check_land_tracking_code("۱۴۰۵ ۱۲۳ ۰۰۰۰۱ ۰۰۰۰۰۱").value
    assert land.land_tracking_parts(code) == (1405, "123", "00001", "000001")
    with pytest.raises(IdentifierError) as caught:
        land.check_land_tracking_code("202612300001000001")
    assert (caught.value.code, caught.value.position) == ("land_tracking_code.year", 0)
    with pytest.raises(IdentifierError):
        land.check_land_tracking_code(code[:-1])


def test_a_letter_in_a_renovation_code_has_its_place() -> None:
    with pytest.raises(IdentifierError) as caught:
        land.check_renovation_code("1-10-8x-1-16-2-0")
    assert caught.value.position == 6
