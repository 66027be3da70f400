import base64
import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pki.errors import KeyUnusable, SignatureInvalid
from pki.webhook import new_secret, sign, verify

KEY = bytes(range(32))
SECRET = "whsec_" + base64.b64encode(KEY).decode()
OTHER = new_secret()
BODY = '{"type":"ir.peyvand.case.status","متن":1}'.encode()


def stamp(now: datetime) -> int:
    return int(now.timestamp())


def reason(headers: dict[str, str], now: datetime, secret: str = SECRET, body: bytes = BODY) -> str:
    with pytest.raises(SignatureInvalid) as caught:
        verify(secret, headers, body, now=now, tolerance=timedelta(minutes=5))
    return caught.value.reason


def test_the_signature_is_the_one_of_the_definition(now: datetime) -> None:
    headers = sign([SECRET], "msg_1", stamp(now), BODY)
    mac = hmac.new(KEY, b"msg_1." + str(stamp(now)).encode() + b"." + BODY, hashlib.sha256).digest()
    assert headers == {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(stamp(now)),
        "webhook-signature": "v1," + base64.b64encode(mac).decode(),
    }


@given(body=st.binary(max_size=200), message_id=st.from_regex(r"[a-zA-Z0-9_-]{1,40}", fullmatch=True))
def test_what_is_signed_verifies(body: bytes, message_id: str) -> None:
    now = datetime.fromisoformat("2026-03-21T08:00:00Z")
    verify(SECRET, sign([SECRET], message_id, stamp(now), body), body, now=now)


def test_both_secrets_hold_while_one_replaces_the_other(now: datetime) -> None:
    headers = sign([OTHER, SECRET], "msg_1", stamp(now), BODY)
    assert len(headers["webhook-signature"].split(" ")) == 2
    for secret in (OTHER, SECRET):
        verify(secret, headers, BODY, now=now)
    assert reason(headers, now, new_secret()) == "webhook.signature"
    noisy = {**headers, "webhook-signature": "v1a,AAAA v2,é " + headers["webhook-signature"]}
    verify(SECRET, noisy, BODY, now=now)


def test_header_names_come_in_any_case(now: datetime) -> None:
    verify(SECRET, {k.title(): v for k, v in sign([SECRET], "m", stamp(now), BODY).items()}, BODY, now=now)


def test_old_and_future_messages_are_refused(now: datetime) -> None:
    headers = sign([SECRET], "m", stamp(now), BODY)
    verify(SECRET, headers, BODY, now=now + timedelta(minutes=5))
    verify(SECRET, headers, BODY, now=now - timedelta(minutes=5))
    assert reason(headers, now + timedelta(minutes=5, seconds=1)) == "webhook.too_old"
    assert reason(headers, now - timedelta(minutes=5, seconds=1)) == "webhook.too_new"


def test_every_alteration_is_refused(now: datetime) -> None:
    headers = sign([SECRET], "m", stamp(now), BODY)
    assert reason(headers, now, body=BODY + b" ") == "webhook.signature"
    assert reason({**headers, "webhook-id": "n"}, now) == "webhook.signature"
    assert reason({**headers, "webhook-timestamp": str(stamp(now) + 1)}, now) == "webhook.signature"
    assert (
        reason({**headers, "webhook-signature": headers["webhook-signature"].replace("v1,", "v2,")}, now)
        == "webhook.signature"
    )
    assert (
        reason({**headers, "webhook-signature": "v1 " * 40 + headers["webhook-signature"]}, now) == "webhook.signature"
    )
    broken: list[dict[str, str]] = [
        {},
        {**headers, "webhook-id": ""},
        {**headers, "webhook-id": "a.b"},
        {**headers, "webhook-timestamp": "now"},
        {**headers, "webhook-timestamp": "-1"},
        {**headers, "webhook-timestamp": "۱۲۳"},
        {**headers, "webhook-signature": ""},
        {**headers, "Webhook-Id": "another"},
    ]
    for each in broken:
        assert reason(each, now) == "webhook.headers"


def test_a_damaged_secret_is_named(now: datetime) -> None:
    for secret in (
        "",
        "whsec_",
        "whsec_!",
        "whsec_" + base64.b64encode(bytes(23)).decode(),
        base64.b64encode(KEY).decode(),
    ):
        with pytest.raises(KeyUnusable, match=r"webhook\.secret"):
            sign([secret], "m", stamp(now), BODY)
    with pytest.raises(KeyUnusable):
        sign([], "m", stamp(now), BODY)
    for message_id in ("", "a.b"):
        with pytest.raises(ValueError, match="message id"):
            sign([SECRET], message_id, stamp(now), BODY)


def test_secrets_are_fresh(counted_random: Callable[[int], bytes]) -> None:
    assert new_secret(random=counted_random) == "whsec_" + base64.b64encode((1).to_bytes(32, "big")).decode()
    assert new_secret() != new_secret()
