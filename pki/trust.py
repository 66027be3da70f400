"""Whom this site believes: path validation from a signer's certificate to a root, at a given time."""

from collections.abc import Sequence
from datetime import datetime

from cryptography import x509
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    Policy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from pki.errors import CertificateInvalid


def _signs(_policy: Policy, _certificate: x509.Certificate, usage: x509.KeyUsage | None) -> None:
    if usage is not None and not (usage.digital_signature or usage.content_commitment):
        raise ValueError("this certificate's key is not for signatures")


def _is_an_end(_policy: Policy, _certificate: x509.Certificate, limits: x509.BasicConstraints | None) -> None:
    if limits is not None and limits.ca:
        raise ValueError("an authority's certificate does not sign messages")


# Signing certificates of agencies often carry neither alternative names nor the key usages of TLS, so the rules of
# the web for end certificates do not apply to them; those for authorities do.
_END = (
    ExtensionPolicy.permit_all()
    .may_be_present(x509.KeyUsage, Criticality.AGNOSTIC, _signs)
    .may_be_present(x509.BasicConstraints, Criticality.AGNOSTIC, _is_an_end)
)
_AUTHORITY = ExtensionPolicy.webpki_defaults_ca()


def _load(bundles: Sequence[bytes]) -> list[x509.Certificate]:
    try:
        return [certificate for bundle in bundles for certificate in x509.load_pem_x509_certificates(bundle)]
    except (ValueError, x509.InvalidVersion) as error:
        raise CertificateInvalid("certificate.pem", "a trust file holds no readable certificate") from error


class Trust:
    """Roots (and known intermediates) as PEM bundles. Without roots nobody is believed."""

    def __init__(self, roots: Sequence[bytes], intermediates: Sequence[bytes] = ()) -> None:
        anchors = _load(roots)
        self._store = Store(anchors) if anchors else None
        self._intermediates = _load(intermediates)

    def check(self, certificate: x509.Certificate, at: datetime) -> None:
        """Raises CertificateInvalid (`certificate.untrusted`) unless a path leads to a root at the time `at`.

        Revocation is not looked at: the caller asks the registry by fingerprint, which also knows what no list says.
        """
        if self._store is None:
            raise CertificateInvalid("certificate.untrusted", "no root is trusted here")
        builder = PolicyBuilder().store(self._store).time(at)
        verifier = builder.extension_policies(ca_policy=_AUTHORITY, ee_policy=_END).build_client_verifier()
        try:
            verifier.verify(certificate, self._intermediates)
        except VerificationError as error:
            raise CertificateInvalid("certificate.untrusted", f"no path to a trusted root: {error}") from error
