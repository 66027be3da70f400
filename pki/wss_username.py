"""WS-Security UsernameToken Profile 1.1 (OASIS, 2006): a user name and a password in the SOAP header."""

import hashlib
import hmac
import os
from collections.abc import Callable
from copy import deepcopy
from datetime import datetime, timedelta
from typing import Final, Literal

from lxml import etree

from pki.errors import SignatureInvalid, XmlRefused
from pki.replay import ReplayStore
from pki.strict import base64_decode, base64_encode
from pki.wss_envelope import body_and_header, instant
from pki.wss_names import BASE64_BINARY, USERNAME_TOKEN, WSSE, WSU, wsse, wsu
from pki.xml import parse

_NONCE_BYTES: Final = 16
_DIGEST, _TEXT = f"{USERNAME_TOKEN}#PasswordDigest", f"{USERNAME_TOKEN}#PasswordText"


def password_digest(nonce: bytes, created: str, password: str) -> str:
    """Base64 of SHA-1 over nonce, instant and password: §3.1 of the profile knows no other hash."""
    return base64_encode(hashlib.sha1(nonce + created.encode() + password.encode(), usedforsecurity=False).digest())


def add_username(
    envelope: etree._Element,
    username: str,
    password: str,
    *,
    now: datetime,
    password_type: Literal["digest", "text"] = "digest",  # noqa: S107 - a kind, no password.
    lifetime: timedelta = timedelta(minutes=5),
    random: Callable[[int], bytes] = os.urandom,
) -> bytes:
    """A copy of a SOAP envelope with a Timestamp and a UsernameToken, as UTF-8 bytes.

    Raises ValueError when `envelope` is none or is secured already.
    """
    envelope = deepcopy(envelope)
    _, header = body_and_header(envelope)
    space = etree.QName(envelope).namespace
    security = etree.SubElement(header, wsse("Security"), nsmap={"wsse": WSSE, "wsu": WSU})
    security.set(f"{{{space}}}mustUnderstand", "1")
    created = instant(now)
    timestamp = etree.SubElement(security, wsu("Timestamp"))
    etree.SubElement(timestamp, wsu("Created")).text = created
    etree.SubElement(timestamp, wsu("Expires")).text = instant(now + lifetime)
    token = etree.SubElement(security, wsse("UsernameToken"))
    etree.SubElement(token, wsse("Username")).text = username
    nonce = random(_NONCE_BYTES)
    kind = _DIGEST if password_type == "digest" else _TEXT  # noqa: S105 - names of the profile.
    written = etree.SubElement(token, wsse("Password"), Type=kind)
    written.text = password_digest(nonce, created, password) if password_type == "digest" else password  # noqa: S105
    etree.SubElement(token, wsse("Nonce"), EncodingType=BASE64_BINARY).text = base64_encode(nonce)
    etree.SubElement(token, wsu("Created")).text = created
    return etree.tostring(envelope, encoding="UTF-8", xml_declaration=True)


def verify_username(
    envelope: bytes,
    password_of: Callable[[str], str | None],
    *,
    now: datetime,
    replay: ReplayStore,
    max_age: timedelta = timedelta(minutes=5),
    skew: timedelta = timedelta(minutes=1),
) -> str:
    """For the side that is called: whose token the envelope carries, fresh and for the first time.

    `password_of` knows the password of a user, None where there is none; `replay` must outlive `max_age` plus `skew`.
    Raises SignatureInvalid: `wss.structure`, `wss.timestamp`, `wss.expired`, `wss.future`, `wss.password`,
    `wss.replayed`, and the reasons of `pki.xml.parse`.
    """
    try:
        root = parse(envelope)
    except XmlRefused as refused:
        raise SignatureInvalid(refused.reason, refused.text) from refused
    tokens = root.findall(f".//{wsse('UsernameToken')}")
    within = root.findall(f"*/{wsse('Security')}/{wsse('UsernameToken')}")
    if len(tokens) != 1 or tokens != within:
        raise SignatureInvalid("wss.structure", "one UsernameToken stands in the Security header")
    name, password, nonce_text, created_text = (
        _only(tokens[0], tag) for tag in (wsse("Username"), wsse("Password"), wsse("Nonce"), wsu("Created"))
    )
    try:
        nonce, created = base64_decode(nonce_text), datetime.fromisoformat(created_text)
    except ValueError as error:
        raise SignatureInvalid("wss.timestamp", "Nonce is base64, Created an instant") from error
    if created.tzinfo is None:
        raise SignatureInvalid("wss.timestamp", "Created has a zone")
    if created > now + skew:
        raise SignatureInvalid("wss.future", "the token is from the future; compare the clocks")
    if created <= now - max_age:
        raise SignatureInvalid("wss.expired", "the token is too old; compare the clocks")
    known = password_of(name)
    kind = tokens[0].findall(wsse("Password"))[0].get("Type", _TEXT)
    if known is None or kind not in {_DIGEST, _TEXT}:
        raise SignatureInvalid("wss.password", "no such user, or another form of password")
    expected = password_digest(nonce, created_text, known) if kind == _DIGEST else known
    if not hmac.compare_digest(expected.encode(), password.encode()):
        raise SignatureInvalid("wss.password", "the password is another one")
    if not replay.first(f"{name}\0{nonce_text}"):
        raise SignatureInvalid("wss.replayed", "this nonce has been used before")
    return name


def _only(token: etree._Element, tag: str) -> str:
    found = token.findall(tag)
    text = (found[0].text or "").strip() if len(found) == 1 else ""
    if not text:
        raise SignatureInvalid("wss.structure", f"one {etree.QName(tag).localname} stands in the token")
    return text
