"""The profiles of SOAP envelopes: `wss-x509` signs them, `wss-username` puts a user name into their header."""

from datetime import timedelta

from lxml.etree import _Element

from connectors.auth_profiles import AuthProfile, WssUsername, WssX509
from connectors.port import Retryable
from connectors.reach import Reach, Sign
from pki.certificates import Identity
from pki.errors import PkiError
from pki.wss import sign_envelope
from pki.wss_username import add_username

#: A missing or unusable identity is a person's task; asking sooner would not help.
A_PERSONS_TASK = timedelta(hours=1)


def envelope_signer(reach: Reach, auth: AuthProfile, operation: str) -> Sign | None:
    """What an operation's envelopes are given to before they leave; None where the profile has nothing to add."""
    if isinstance(auth, WssUsername):
        return _username(reach, auth, operation)
    if isinstance(auth, WssX509):
        return _certificate(reach, operation)
    return None


def _username(reach: Reach, auth: WssUsername, operation: str) -> Sign:
    user, password = (reach.settings.credential(name, operation) for name in ("username", "password"))

    def sign(envelope: _Element) -> bytes:
        return add_username(envelope, user, password, now=reach.clock(), password_type=auth.password_type)

    return sign


def _certificate(reach: Reach, operation: str) -> Sign | None:
    certificate, key = (reach.settings.credential(name, operation) for name in ("certificate", "private_key"))
    if not (certificate and key):
        return None  # The folder may have a way of its own.
    identity = Identity(certificate.encode(), key.encode())

    def sign(envelope: _Element) -> bytes:
        try:
            return sign_envelope(envelope, identity, now=reach.clock())
        except PkiError as unusable:
            code = f"{reach.manifest.name}.identity_unusable"
            raise Retryable(code, str(unusable), after=A_PERSONS_TASK) from unusable

    return sign
