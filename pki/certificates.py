"""Certificates for the sandbox and for small sites without an authority of their own; production brings its own.

Keys are ECDSA P-256: they load in microseconds where RSA takes 40 ms, and TLS, JWS and WS-Security all know them.
"""

import hashlib
import ipaddress
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from pki.errors import CertificateInvalid

_BACKDATED: Final = timedelta(minutes=5)  # Clocks of two machines differ a little.
_USAGES: Final = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate and its private key, both PEM; the key never shows in a repr."""

    cert_pem: bytes
    key_pem: bytes = field(repr=False)


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _usage(*allowed: str) -> x509.KeyUsage:
    return x509.KeyUsage(**{name: name in allowed for name in _USAGES})


def _name(common_name: str) -> x509.Name:
    try:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    except ValueError as error:
        raise CertificateInvalid("certificate.name", "a common name has 1 to 64 characters") from error


def _draft(
    common_name: str, issuer: x509.Name, key: ec.EllipticCurvePublicKey, *, now: datetime, days: int, serial: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(_name(common_name))
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(serial)
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


@dataclass(frozen=True, slots=True)
class Authority(Identity):
    """A self-signed root that issues end certificates; it cannot make further authorities."""

    def issue(
        self,
        common_name: str,
        *,
        now: datetime,
        days: int,
        dns: Sequence[str] = (),
        ips: Sequence[str] = (),
        serial: Callable[[], int] = x509.random_serial_number,
    ) -> Identity:
        """A new key and certificate for TLS on both sides and for signing.

        Without `dns` or `ips` the certificate is named by a URN made of the common name, because verifiers demand
        some alternative name. Raises CertificateInvalid for a name that cannot be written.
        """
        issuer = x509.load_pem_x509_certificate(self.cert_pem)
        issuer_key = serialization.load_pem_private_key(self.key_pem, password=None)
        if not isinstance(issuer_key, ec.EllipticCurvePrivateKey):
            raise CertificateInvalid("certificate.authority_key", "this authority's key is not ECDSA")
        try:
            names: list[x509.GeneralName] = [x509.DNSName(name) for name in dns]
            names += [x509.IPAddress(ipaddress.ip_address(address)) for address in ips]
        except ValueError as error:
            raise CertificateInvalid("certificate.name", "an alternative name cannot be written") from error
        if not names:
            names.append(x509.UniformResourceIdentifier(f"urn:peyvand:{quote(common_name, safe='')}"))
        key = ec.generate_private_key(ec.SECP256R1())
        key_id = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        certificate = (
            _draft(common_name, issuer.subject, key.public_key(), now=now, days=days, serial=serial())
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage("digital_signature"), critical=True)
            .add_extension(
                x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]),
                critical=False,
            )
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(key_id), critical=False)
            .sign(issuer_key, hashes.SHA256())
        )
        return Identity(certificate.public_bytes(serialization.Encoding.PEM), _pem(key))


def create_authority(
    common_name: str, *, now: datetime, days: int, serial: Callable[[], int] = x509.random_serial_number
) -> Authority:
    """A new root. Keep its `key_pem` in a file of mode 0600 and give out `cert_pem`."""
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        _draft(common_name, _name(common_name), key.public_key(), now=now, days=days, serial=serial())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage("key_cert_sign", "crl_sign"), critical=True)
        .sign(key, hashes.SHA256())
    )
    return Authority(certificate.public_bytes(serialization.Encoding.PEM), _pem(key))


def load_certificate(cert_pem: bytes) -> x509.Certificate:
    """The first certificate of a PEM text. Raises CertificateInvalid."""
    try:
        return x509.load_pem_x509_certificate(cert_pem)
    except (ValueError, x509.InvalidVersion) as error:
        raise CertificateInvalid("certificate.pem", "not a certificate in PEM") from error


def fingerprint(cert_pem: bytes) -> str:
    """SHA-256 over the DER of a certificate in PEM, 64 hex digits. Raises CertificateInvalid."""
    return hashlib.sha256(load_certificate(cert_pem).public_bytes(serialization.Encoding.DER)).hexdigest()
