"""Passwords and one-time codes."""

from datetime import UTC, datetime, timedelta

import pytest

from pki.one_time_codes import STEP, code_at, enrolment_uri, fitting_step, new_code_secret
from pki.passwords import check_password, hash_password, weakness

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def test_a_password_is_kept_as_argon2id_with_its_own_salt():
    first, second = hash_password("گذرواژهٔ بلند من"), hash_password("گذرواژهٔ بلند من")
    assert first != second
    assert first.startswith("$argon2id$v=19$m=65536,t=3,p=4$")  # RFC 9106's second recommended option.
    assert check_password(first, "گذرواژهٔ بلند من")
    assert not check_password(first, "گذرواژهٔ بلند تو")


@pytest.mark.parametrize("stored", [None, "", "$argon2id$", "plain"])
def test_without_a_usable_hash_no_password_fits(stored):
    assert not check_password(stored, "")
    assert not check_password(stored, "anything at all")


@pytest.mark.parametrize(
    ("password", "found"),
    [
        ("elevenchars", "short"),
        ("x" * 1025, "long"),
        ("abcabcabcabcabc", "repeats"),
        ("Sara.Ahmadi1", "name"),
        ("sara.ahmadi walks by the river", None),
        ("چهار واژهٔ بی‌ربط", None),
    ],
)
def test_what_makes_a_password_unfit(password, found):
    assert weakness(password, names=("sara.ahmadi", "")) == found


def test_the_codes_are_those_of_rfc_6238():
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    vectors = {59: "94287082", 1111111109: "07081804", 2000000000: "69279037"}
    for seconds, expected in vectors.items():
        assert code_at(secret, datetime.fromtimestamp(seconds, UTC)) == expected[-6:]


def test_a_code_fits_for_a_step_before_and_after_and_no_longer():
    secret = new_code_secret()
    step = int(NOW.timestamp()) // STEP
    for drift in (-1, 0, 1):
        assert fitting_step(secret, code_at(secret, NOW + timedelta(seconds=STEP * drift)), NOW) == step + drift
    far = code_at(secret, NOW + timedelta(minutes=5))
    assert fitting_step(secret, far, NOW) is None or far == code_at(secret, NOW)
    assert fitting_step(secret, "", NOW) is None
    assert new_code_secret() != secret


def test_the_address_names_hub_and_officer():
    secret = "ABCDEFGH" * 4
    uri = enrolment_uri(secret, account="sara", issuer="Peyvand")
    assert uri.startswith(f"otpauth://totp/Peyvand:sara?secret={secret}&")
