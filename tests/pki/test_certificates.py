import ipaddress
from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import NameOID
from cryptography.x509.verification import PolicyBuilder, Store

from pki.certificates import Authority, Identity, create_authority, fingerprint
from pki.errors import CertificateInvalid
from pki.keys import SigningKey
from pki.trust import Trust


def read(identity: Identity) -> x509.Certificate:
    return x509.load_pem_x509_certificate(identity.cert_pem)


def test_a_certificate_serves_both_ends_of_tls(authority: Authority, now: datetime) -> None:
    identity = authority.issue("hub", now=now, days=90, dns=["hub.example.ir"], ips=["127.0.0.1", "::1"])
    builder = PolicyBuilder().store(Store([read(authority)])).time(now)
    for subject in (x509.DNSName("hub.example.ir"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))):
        builder.build_server_verifier(subject).verify(read(identity), [])
    builder.build_client_verifier().verify(read(identity), [])
    SigningKey.from_pem(identity.key_pem)


def test_without_names_there_is_a_urn(authority: Authority, now: datetime) -> None:
    names = read(authority.issue("سامانه 1", now=now, days=1)).extensions.get_extension_for_class(
        x509.SubjectAlternativeName
    )
    (name,) = names.value.get_values_for_type(x509.UniformResourceIdentifier)
    assert name.startswith("urn:peyvand:%D8")


def test_it_is_valid_in_its_days_only(authority: Authority, now: datetime) -> None:
    certificate = read(authority.issue("x", now=now, days=10))
    trust = Trust([authority.cert_pem])
    trust.check(certificate, now)
    for moment in (now - timedelta(minutes=6), now + timedelta(days=10, seconds=1)):
        with pytest.raises(CertificateInvalid) as caught:
            trust.check(certificate, moment)
        assert caught.value.reason == "certificate.untrusted"


def test_serials_and_keys_differ(authority: Authority, now: datetime) -> None:
    one, two = (authority.issue("x", now=now, days=1) for _ in range(2))
    assert read(one).serial_number != read(two).serial_number
    assert one.key_pem != two.key_pem
    assert read(authority.issue("x", now=now, days=1, serial=lambda: 7)).serial_number == 7
    assert fingerprint(one.cert_pem) == read(one).fingerprint(hashes.SHA256()).hex()


def test_only_the_authority_is_believed(authority: Authority, now: datetime) -> None:
    stranger = create_authority("Sandbox root", now=now, days=10)
    certificate = read(stranger.issue("x", now=now, days=1))
    own = read(authority.issue("x", now=now, days=1))
    for trust, judged in (
        (Trust([authority.cert_pem]), certificate),
        (Trust([]), own),
        (Trust([authority.cert_pem]), read(authority)),
    ):
        with pytest.raises(CertificateInvalid, match="untrusted"):
            trust.check(judged, now)
    Trust([authority.cert_pem + stranger.cert_pem]).check(certificate, now)


def test_an_issued_certificate_issues_nothing(authority: Authority, now: datetime) -> None:
    middle = authority.issue("middle", now=now, days=10)
    below = Authority(middle.cert_pem, middle.key_pem).issue("below", now=now, days=1)
    with pytest.raises(CertificateInvalid, match="untrusted"):
        Trust([authority.cert_pem], [middle.cert_pem]).check(read(below), now)


def test_a_key_that_is_not_for_signatures_signs_no_messages(now: datetime) -> None:
    key = SigningKey.generate("ES256").material
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")])
    root = create_authority("root", now=now, days=10)
    usage = x509.KeyUsage(*[False, False, False, False, True, False, False, False, False])
    draft = x509.CertificateBuilder(read(root).subject, name, key.public_key(), 1, now, now + timedelta(days=1))
    root_key = SigningKey.from_pem(root.key_pem).material
    extended = draft.add_extension(usage, critical=True)
    with pytest.raises(CertificateInvalid, match="not for signatures"):
        Trust([root.cert_pem]).check(extended.sign(root_key, hashes.SHA256()), now)


def test_what_cannot_be_written_or_read_is_refused(authority: Authority, now: datetime, rsa_key: SigningKey) -> None:
    with pytest.raises(CertificateInvalid, match=r"certificate\.name"):
        create_authority("", now=now, days=1)
    for names in ({"dns": ["سلام"]}, {"ips": ["300.1.1.1"]}):
        with pytest.raises(CertificateInvalid, match=r"certificate\.name"):
            authority.issue("x", now=now, days=1, **names)
    with pytest.raises(CertificateInvalid, match="authority_key"):
        Authority(authority.cert_pem, rsa_key.to_pem()).issue("x", now=now, days=1)
    with pytest.raises(CertificateInvalid):
        fingerprint(b"nothing")
    with pytest.raises(CertificateInvalid):
        Trust([b"nothing"])


def test_no_repr_shows_a_private_key(authority: Authority) -> None:
    assert "PRIVATE" not in repr(authority)
