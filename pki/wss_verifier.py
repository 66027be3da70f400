"""Verifies WS-Security messages and hands on nothing but what was signed.

The order is: shape, certificate, time, digests, signature, replay. The body that comes out is read back from the
very bytes whose digest was signed, so it cannot see, or be confused with, anything else of the envelope.
"""

import binascii
import hashlib
import hmac
import re
from base64 import b64decode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

import xmlsec
from cryptography import x509
from lxml import etree

from pki.errors import CertificateInvalid, SignatureInvalid, XmlRefused
from pki.replay import ReplayStore
from pki.trust import Trust
from pki.wss_names import WSU, wsu
from pki.wss_structure import Reference, Secured, read_secured
from pki.xml import parse

_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)")
_MOST_TOKEN_CHARACTERS: Final = 16_384


@dataclass(frozen=True, slots=True)
class VerifiedEnvelope:
    """What a signer said. `body` is the SOAP Body alone, without an envelope around it.

    `certificate_sha256` (64 hex digits) finds the participant in the registry; `created` is the signed time.
    """

    body: etree._Element
    certificate_sha256: str
    subject: str
    created: datetime


@lru_cache(maxsize=256)
def _public_key(der: bytes) -> xmlsec.Key:
    return xmlsec.Key.from_memory(der, xmlsec.constants.KeyDataFormatCertDer)


def _canonical(element: etree._Element, prefixes: Sequence[str]) -> bytes:
    try:
        return etree.tostring(
            element,
            method="c14n",
            exclusive=True,
            with_comments=False,
            inclusive_ns_prefixes=list(prefixes) or None,
            with_tail=False,
        )
    except etree.C14NError as error:
        # Such as a relative namespace name, which canonicalisation does not know.
        raise SignatureInvalid("wss.structure", "an element has no canonical form") from error


def _parse(data: bytes) -> etree._Element:
    try:
        return parse(data)
    except XmlRefused as error:
        raise SignatureInvalid(error.reason, error.text) from error


def _instant(timestamp: etree._Element, name: str) -> datetime:
    found = timestamp.findall(wsu(name))
    text = (found[0].text or "").strip() if len(found) == 1 else ""
    if not _INSTANT.fullmatch(text):
        raise SignatureInvalid("wss.timestamp", f"the Timestamp needs one {name} with a zone")
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise SignatureInvalid("wss.timestamp", f"{name} is not a time") from error


def _read_token(token: etree._Element) -> tuple[bytes, x509.Certificate]:
    text = "".join((token.text or "").split())
    if len(text) > _MOST_TOKEN_CHARACTERS:
        raise SignatureInvalid("wss.token", "the certificate is too large")
    try:
        der = b64decode(text, validate=True)
        return der, x509.load_der_x509_certificate(der)
    except (binascii.Error, ValueError, x509.InvalidVersion) as error:
        raise SignatureInvalid("wss.token", "the certificate cannot be read") from error


def _check_digest(reference: Reference) -> bytes:
    """The canonical bytes of the element, once their digest is the one claimed.

    xmlsec checks the digest of the same element again. It alone does where the signer listed `#default`, which
    lxml cannot pass on: the bytes then lack at most a default namespace that no element uses.
    """
    data = _canonical(reference.element, reference.prefixes)
    if "#default" in reference.prefixes:
        return data
    try:
        claimed = b64decode(reference.digest, validate=True)
    except (binascii.Error, ValueError) as error:
        raise SignatureInvalid("wss.structure", "a digest is not base64") from error
    if not hmac.compare_digest(hashlib.new(reference.hash_name, data).digest(), claimed):
        raise SignatureInvalid("wss.digest", "an element is not what was signed")
    return data


class Verifier:
    """Verifies SOAP messages signed under one of the roots in `trust` (PEM bundles; none means nobody).

    `replay` remembers messages and must outlive `max_lifetime` plus twice `skew`: a `pki.replay.ReplayWindow`, or a
    store shared by all processes. `refused` says of a certificate's SHA-256 that the registry has withdrawn it.
    """

    def __init__(
        self,
        trust: Sequence[bytes],
        clock: Callable[[], datetime],
        replay: ReplayStore,
        *,
        intermediates: Sequence[bytes] = (),
        refused: Callable[[str], bool] = lambda _fingerprint: False,
        skew: timedelta = timedelta(minutes=1),
        max_lifetime: timedelta = timedelta(minutes=10),
    ) -> None:
        self._trust = Trust(trust, intermediates)
        self._clock = clock
        self._replay = replay
        self._refused = refused
        self._skew = skew
        self._max_lifetime = max_lifetime

    def verify(self, envelope: bytes) -> VerifiedEnvelope:
        """The signed body and its signer.

        Raises SignatureInvalid with the reasons of `pki.xml.parse` and `read_secured`, and `wss.token`,
        `wss.untrusted`, `wss.revoked`, `wss.timestamp`, `wss.expired`, `wss.future`, `wss.lifetime`, `wss.digest`,
        `wss.signature`, `wss.replayed`.
        """
        secured = read_secured(_parse(envelope))
        der, certificate = _read_token(secured.token)
        fingerprint = hashlib.sha256(der).hexdigest()
        created = self._check_time(secured.timestamp)
        self._check_certificate(certificate, fingerprint)
        body = b""
        for reference in secured.references:
            data = _check_digest(reference)
            if reference.element is secured.body:
                body = data
        # Canonical bytes are taken before xmlsec runs, which may leave its marks in the tree.
        signed = _canonical(secured.signed_info, secured.prefixes)
        self._check_signature(secured, der)
        self._check_replay(fingerprint, signed)
        return VerifiedEnvelope(_parse(body), fingerprint, certificate.subject.rfc4514_string(), created)

    def _check_time(self, timestamp: etree._Element) -> datetime:
        now, created, expires = self._clock(), _instant(timestamp, "Created"), _instant(timestamp, "Expires")
        if created > now + self._skew:
            raise SignatureInvalid("wss.future", "the message is from the future")
        if expires <= now - self._skew:
            raise SignatureInvalid("wss.expired", "the message has expired")
        if not timedelta() < expires - created <= self._max_lifetime:
            raise SignatureInvalid("wss.lifetime", "the message lives longer than is allowed, or not at all")
        return created

    def _check_certificate(self, certificate: x509.Certificate, fingerprint: str) -> None:
        if self._refused(fingerprint):
            raise SignatureInvalid("wss.revoked", "the certificate has been withdrawn")
        try:
            self._trust.check(certificate, self._clock())
        except CertificateInvalid as error:
            raise SignatureInvalid("wss.untrusted", error.text) from error

    @staticmethod
    def _check_signature(secured: Secured, der: bytes) -> None:
        context = xmlsec.SignatureContext()
        try:
            for reference in secured.references:
                context.register_id(reference.element, "Id", WSU)
            context.key = _public_key(der)
            context.verify(secured.signature)
        except xmlsec.Error as error:
            raise SignatureInvalid("wss.signature", "the signature does not fit") from error

    def _check_replay(self, fingerprint: str, signed: bytes) -> None:
        # Keyed on what was signed: an ECDSA signature can be rewritten into a second valid one, this cannot.
        key = hashlib.sha256(fingerprint.encode() + signed).hexdigest()
        if not self._replay.first(key):
            raise SignatureInvalid("wss.replayed", "this message has been received before")
