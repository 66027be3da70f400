"""WS-Security with X.509 certificates: signs SOAP envelopes here, verifies them in `pki.wss_verifier`.

    Envelope
    ├── Header
    │   └── Security ── BinarySecurityToken, Timestamp, Signature
    └── Body

The signature covers Body and Timestamp, each under exclusive canonicalisation, with SHA-256.
"""

import os
from collections.abc import Callable
from copy import deepcopy
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from lxml import etree

from pki.certificates import Identity
from pki.errors import CertificateInvalid, KeyUnusable
from pki.strict import base64_encode
from pki.wss_envelope import body_and_header, instant
from pki.wss_names import BASE64_BINARY, WSSE, WSU, WSU_ID, X509_V3, wsse, wsu
from pki.wss_verifier import VerifiedEnvelope, Verifier

__all__ = ["VerifiedEnvelope", "Verifier", "sign_envelope"]

_ID_BYTES = 16


@lru_cache(maxsize=16)
def _load(identity: Identity) -> tuple[str, xmlsec.Key, Any]:
    """The certificate in base64 DER, the key and its signature method; once per identity, since RSA costs 40 ms."""
    try:
        certificate = x509.load_pem_x509_certificate(identity.cert_pem)
        key = serialization.load_pem_private_key(identity.key_pem, password=None)
    except (ValueError, TypeError) as error:
        raise CertificateInvalid("certificate.identity", "certificate or key is not readable PEM") from error
    if key.public_key() != certificate.public_key():
        raise CertificateInvalid("certificate.identity", "the key does not belong to the certificate")
    if isinstance(key, ec.EllipticCurvePrivateKey):
        method = xmlsec.constants.TransformEcdsaSha256
    elif isinstance(key, rsa.RSAPrivateKey):
        method = xmlsec.constants.TransformRsaSha256
    else:
        raise KeyUnusable("key.kind", "WS-Security messages are signed with RSA or ECDSA")
    der = certificate.public_bytes(serialization.Encoding.DER)
    return base64_encode(der), xmlsec.Key.from_memory(identity.key_pem, xmlsec.constants.KeyDataFormatPem), method


def _prefixes(element: etree._Element) -> list[str]:
    """Every namespace prefix that `element` may use.

    Exclusive canonicalisation drops a declaration that only a value needs (`xsi:type="x:date"`); naming the
    prefixes keeps it under the signature, so that the receiver's body can still be read.
    """
    return sorted({prefix for each in element.iter(etree.Element) for prefix in each.nsmap if prefix})


def sign_envelope(
    envelope: etree._Element,
    identity: Identity,
    *,
    now: datetime,
    lifetime: timedelta = timedelta(minutes=5),
    random: Callable[[int], bytes] = os.urandom,
) -> bytes:
    """A signed copy of a SOAP 1.1 or 1.2 envelope as UTF-8 bytes; send exactly these bytes.

    Raises ValueError when `envelope` is none or is secured already, CertificateInvalid or KeyUnusable for an
    identity that cannot sign.
    """
    token_text, key, method = _load(identity)
    envelope = deepcopy(envelope)
    body, header = body_and_header(envelope)
    space = etree.QName(envelope).namespace
    names = [f"{kind}-{random(_ID_BYTES).hex()}" for kind in ("X509", "TS", "Body")]

    security = etree.SubElement(header, wsse("Security"), nsmap={"wsse": WSSE, "wsu": WSU})
    security.set(f"{{{space}}}mustUnderstand", "1")
    token = etree.SubElement(security, wsse("BinarySecurityToken"), EncodingType=BASE64_BINARY, ValueType=X509_V3)
    token.text = token_text
    timestamp = etree.SubElement(security, wsu("Timestamp"))
    etree.SubElement(timestamp, wsu("Created")).text = instant(now)
    etree.SubElement(timestamp, wsu("Expires")).text = instant(now + lifetime)
    for element, name in zip((token, timestamp, body), names, strict=True):
        element.set(WSU_ID, name)

    signature = xmlsec.template.create(envelope, xmlsec.constants.TransformExclC14N, method, ns="ds")
    security.append(signature)
    context = xmlsec.SignatureContext()
    for element in (body, timestamp):
        reference = xmlsec.template.add_reference(
            signature, xmlsec.constants.TransformSha256, uri=f"#{element.get(WSU_ID)}"
        )
        transform = xmlsec.template.add_transform(reference, xmlsec.constants.TransformExclC14N)
        xmlsec.template.transform_add_c14n_inclusive_namespaces(transform, _prefixes(element))
        context.register_id(element, "Id", WSU)
    key_info = xmlsec.template.ensure_key_info(signature)
    pointer = etree.SubElement(key_info, wsse("SecurityTokenReference"))
    etree.SubElement(pointer, wsse("Reference"), URI=f"#{names[0]}", ValueType=X509_V3)
    context.key = key
    context.sign(signature)
    return etree.tostring(envelope, encoding="UTF-8", xml_declaration=True)
