from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from lxml import etree
from zeep.wsse.username import UsernameToken

from pki.errors import SignatureInvalid
from pki.replay import ReplayWindow
from pki.wss_names import wsse, wsu
from pki.wss_username import add_username, verify_username

KNOWN = {"hub": "secret"}


@pytest.fixture
def check(clock: Any, now: datetime) -> Callable[[bytes], str]:
    replay = ReplayWindow(clock, timedelta(minutes=10))
    return lambda data: verify_username(data, KNOWN.get, now=now, replay=replay)


def reason(check: Callable[[bytes], str], data: bytes) -> str:
    with pytest.raises(SignatureInvalid) as refused:
        check(data)
    return refused.value.reason


@pytest.mark.parametrize("kind", ["digest", "text"])
def test_a_token_is_taken_once(check: Any, envelope: etree._Element, now: datetime, kind: Any) -> None:
    data = add_username(envelope, "hub", "secret", now=now, password_type=kind)
    assert check(data) == "hub"
    assert reason(check, data) == "wss.replayed"
    assert check(add_username(envelope, "hub", "secret", now=now, password_type=kind)) == "hub"


def test_what_zeep_writes_is_understood(check: Any, envelope: etree._Element, now: datetime) -> None:
    for digest in (True, False):
        token = UsernameToken("hub", "secret", nonce=f"n-{digest}", created=now, use_digest=digest)
        written, _ = token.apply(etree.fromstring(etree.tostring(envelope)), {})
        if digest:
            assert check(etree.tostring(written)) == "hub"
        else:
            assert reason(check, etree.tostring(written)) == "wss.structure", "without nonce and time"


@pytest.mark.parametrize(
    ("minutes", "found"), [(-6, "wss.expired"), (2, "wss.future"), (-4, ""), (0.5, "")]
)  # fmt: skip
def test_a_token_is_of_this_time(
    check: Any, envelope: etree._Element, now: datetime, minutes: float, found: str
) -> None:
    data = add_username(envelope, "hub", "secret", now=now + timedelta(minutes=minutes))
    if found:
        assert reason(check, data) == found
    else:
        assert check(data) == "hub"


def test_what_is_wrong_is_named_and_not_remembered(check: Any, envelope: etree._Element, now: datetime) -> None:
    good = add_username(envelope, "hub", "secret", now=now)
    assert reason(check, add_username(envelope, "hub", "other", now=now)) == "wss.password"
    assert reason(check, add_username(envelope, "nobody", "secret", now=now)) == "wss.password"
    assert reason(check, etree.tostring(envelope)) == "wss.structure"
    assert reason(check, b"<!DOCTYPE a []><a/>") == "xml.dtd"

    def altered(tag: str, change: Callable[[etree._Element], None]) -> bytes:
        root = etree.fromstring(good)
        change(next(iter(root.iter(tag))))
        return etree.tostring(root)

    def doubled(element: etree._Element) -> None:
        parent = element.getparent()
        assert parent is not None
        parent.append(etree.fromstring(etree.tostring(element)))

    def emptied(element: etree._Element) -> None:
        element.text = ""

    def shifted(element: etree._Element) -> None:
        element.text = "2026-01-01T00:00:00"

    assert reason(check, altered(wsse("UsernameToken"), doubled)) == "wss.structure"
    assert reason(check, altered(wsse("Nonce"), doubled)) == "wss.structure"
    assert reason(check, altered(wsse("Username"), emptied)) == "wss.structure"
    root = etree.fromstring(good)
    shifted(next(root.iter(wsse("UsernameToken"))).findall(wsu("Created"))[0])
    assert reason(check, etree.tostring(root)) == "wss.timestamp"
    assert check(good) == "hub"
