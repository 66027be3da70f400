"""WS-Security UsernameToken Profile 1.1 (OASIS, 2006): a user name and a password in the SOAP header."""

import hashlib
import os
from collections.abc import Callable
from copy import deepcopy
from datetime import datetime, timedelta
from typing import Final, Literal

from lxml import etree

from pki.strict import base64_encode
from pki.wss_envelope import body_and_header, instant
from pki.wss_names import BASE64_BINARY, USERNAME_TOKEN, WSSE, WSU, wsse, wsu

_NONCE_BYTES: Final = 16


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
    kind = "PasswordDigest" if password_type == "digest" else "PasswordText"  # noqa: S105 - names of the profile.
    written = etree.SubElement(token, wsse("Password"), Type=f"{USERNAME_TOKEN}#{kind}")
    written.text = password_digest(nonce, created, password) if password_type == "digest" else password  # noqa: S105
    etree.SubElement(token, wsse("Nonce"), EncodingType=BASE64_BINARY).text = base64_encode(nonce)
    etree.SubElement(token, wsu("Created")).text = created
    return etree.tostring(envelope, encoding="UTF-8", xml_declaration=True)
