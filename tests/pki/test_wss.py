import base64
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from lxml import etree
from signxml.verifier import SignatureConfiguration, XMLVerifier
from zeep.wsse.signature import BinarySignature
from zeep.wsse.utils import get_security_header

from pki.certificates import Authority, Identity, create_authority, fingerprint
from pki.errors import CertificateInvalid, KeyUnusable
from pki.keys import SigningKey
from pki.wss import Verifier, sign_envelope
from pki.wss_names import DS, WSU, wsse, wsu


@pytest.fixture(scope="session")
def rsa_identity(authority: Authority, rsa_key: SigningKey, identity: Identity) -> Identity:
    template = x509.load_pem_x509_certificate(identity.cert_pem)
    issuer = x509.load_pem_x509_certificate(authority.cert_pem).subject
    builder = x509.CertificateBuilder(
        issuer,
        template.subject,
        rsa_key.material.public_key(),
        5,
        template.not_valid_before_utc,
        template.not_valid_after_utc,
    )
    for extension in template.extensions:
        if not isinstance(extension.value, x509.SubjectKeyIdentifier):
            builder = builder.add_extension(extension.value, extension.critical)
    certificate = builder.sign(SigningKey.from_pem(authority.key_pem).material, hashes.SHA256())
    return Identity(certificate.public_bytes(serialization.Encoding.PEM), rsa_key.to_pem())


def test_lxml_and_xmlsec_share_one_libxml2() -> None:
    assert xmlsec.get_libxml_version() == etree.LIBXML_VERSION
    assert etree.LIBXML_VERSION == etree.LIBXML_COMPILED_VERSION


@pytest.mark.parametrize("kind", ["ecdsa", "rsa"])
def test_what_is_signed_verifies_and_only_the_body_comes_out(
    any_envelope: etree._Element,
    identity: Identity,
    rsa_identity: Identity,
    verifier: Verifier,
    now: datetime,
    kind: str,
) -> None:
    signer = {"ecdsa": identity, "rsa": rsa_identity}[kind]
    before = etree.tostring(any_envelope)
    data = sign_envelope(any_envelope, signer, now=now)
    assert etree.tostring(any_envelope) == before
    result = verifier.verify(data)
    assert f"{kind}-sha256".encode() in data
    assert result.certificate_sha256 == fingerprint(signer.cert_pem)
    assert result.subject == "CN=setad"
    assert result.created == now
    assert result.body.getparent() is None
    assert etree.QName(result.body).localname == "Body"
    assert result.body.findtext(".//{urn:setad}title") == "خرید ۱۰ دستگاه"
    assert "remark" not in etree.tostring(result.body, encoding="unicode")


@pytest.mark.parametrize("kind", ["ecdsa", "rsa"])
def test_signxml_agrees(
    any_envelope: etree._Element, identity: Identity, rsa_identity: Identity, now: datetime, kind: str
) -> None:
    signer = {"ecdsa": identity, "rsa": rsa_identity}[kind]
    data = sign_envelope(any_envelope, signer, now=now)
    certificate = x509.load_pem_x509_certificate(signer.cert_pem)
    results = XMLVerifier().verify(
        etree.fromstring(data),
        x509_cert=certificate,
        expect_config=SignatureConfiguration(location=".//", expect_references=2, verification_time=now),
    )
    assert isinstance(results, list)
    assert [etree.QName(result.signed_xml).localname for result in results if result.signed_xml is not None] == [
        "Body",
        "Timestamp",
    ]


def test_xmlsec_alone_agrees(signed: bytes, identity: Identity) -> None:
    root = etree.fromstring(signed)
    context = xmlsec.SignatureContext()
    for element in (root[1], root.find(f".//{wsu('Timestamp')}")):
        assert element is not None
        context.register_id(element, "Id", WSU)
    context.key = xmlsec.Key.from_memory(identity.cert_pem, xmlsec.constants.KeyDataFormatCertPem)
    signature = root.find(f".//{{{DS}}}Signature")
    assert signature is not None
    context.verify(signature)


@pytest.mark.parametrize("kind", ["ecdsa", "rsa"])
def test_what_zeep_signs_is_verified(
    any_envelope: etree._Element,
    identity: Identity,
    rsa_identity: Identity,
    verifier: Verifier,
    now: datetime,
    tmp_path: Path,
    kind: str,
) -> None:
    signer, method = {
        "ecdsa": (identity, xmlsec.constants.TransformEcdsaSha256),
        "rsa": (rsa_identity, xmlsec.constants.TransformRsaSha256),
    }[kind]
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    key.write_bytes(signer.key_pem)
    certificate.write_bytes(signer.cert_pem)
    timestamp = etree.SubElement(get_security_header(any_envelope), wsu("Timestamp"))
    etree.SubElement(timestamp, wsu("Created")).text = now.isoformat()
    etree.SubElement(timestamp, wsu("Expires")).text = (now + timedelta(minutes=5)).isoformat()
    foreign = BinarySignature(str(key), str(certificate), None, method, xmlsec.constants.TransformSha256)
    foreign.apply(any_envelope, {})
    result = verifier.verify(etree.tostring(any_envelope))
    assert result.body.findtext(".//{urn:setad}amount") == "100"


def test_time_and_names_are_arguments(
    envelope: etree._Element, identity: Identity, now: datetime, counted_random: Callable[[int], bytes]
) -> None:
    root = etree.fromstring(
        sign_envelope(envelope, identity, now=now, lifetime=timedelta(seconds=90), random=counted_random)
    )
    assert root.findtext(f".//{wsu('Created')}") == "2026-03-21T08:00:00.000Z"
    assert root.findtext(f".//{wsu('Expires')}") == "2026-03-21T08:01:30.000Z"
    token = root.find(f".//{wsse('BinarySecurityToken')}")
    assert token is not None
    assert token.get(f"{{{WSU}}}Id") == "X509-" + (1).to_bytes(16, "big").hex()
    der = x509.load_pem_x509_certificate(identity.cert_pem).public_bytes(serialization.Encoding.DER)
    assert base64.b64decode(token.text or "") == der


def test_headers_that_are_there_stay(
    envelope: etree._Element, identity: Identity, verifier: Verifier, now: datetime
) -> None:
    header = etree.Element(etree.QName(envelope).text.replace("Envelope", "Header"))
    etree.SubElement(header, "{urn:a}To").text = "hub"
    envelope.insert(0, header)
    data = sign_envelope(envelope, identity, now=now)
    assert etree.fromstring(data).findtext(".//{urn:a}To") == "hub"
    verifier.verify(data)


def test_what_cannot_be_signed_is_refused(
    envelope: etree._Element, identity: Identity, authority: Authority, signed: bytes, now: datetime
) -> None:
    for wrong in (etree.Element("a"), etree.Element(str(etree.QName(envelope).text)), etree.fromstring(signed)):
        with pytest.raises(ValueError, match="envelope"):
            sign_envelope(wrong, identity, now=now)
    stranger = create_authority("x", now=now, days=1)
    for unfit in (Identity(authority.cert_pem, stranger.key_pem), Identity(b"", b"")):
        with pytest.raises(CertificateInvalid):
            sign_envelope(envelope, unfit, now=now)


def test_a_key_that_xml_signatures_do_not_know_is_refused(envelope: etree._Element, now: datetime) -> None:
    key = SigningKey.generate().material
    name = x509.Name([])
    certificate = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1)).sign(key, None)
    unfit = Identity(certificate.public_bytes(serialization.Encoding.PEM), SigningKey(key).to_pem())
    with pytest.raises(KeyUnusable):
        sign_envelope(envelope, unfit, now=now)


def test_names_inside_values_keep_their_meaning(identity: Identity, verifier: Verifier, now: datetime) -> None:
    text = """<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope" xmlns="urn:default" xmlns:x="urn:types">
      <e:Body><answer xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="x:date">
        <inner xmlns:y="urn:more" kind="y:z"/></answer></e:Body></e:Envelope>"""
    body = verifier.verify(sign_envelope(etree.fromstring(text), identity, now=now)).body
    answer, inner = body[0], body[0][0]
    assert (answer.tag, answer.nsmap["x"], inner.nsmap["y"]) == ("{urn:default}answer", "urn:types", "urn:more")
