"""TLS contexts. A client's always checks the far side: there is no parameter, and no setting, to switch it off."""

import os
import ssl
import tempfile
from pathlib import Path
from typing import Final

from pki.certificates import Identity
from pki.errors import CertificateInvalid, KeyUnusable

_LEAST: Final = ssl.TLSVersion.TLSv1_2


def client_context(*, trust_pem: str | None = None, identity: Identity | None = None) -> ssl.SSLContext:
    """A context that demands a valid certificate of the right name.

    `trust_pem` is a bundle of roots used instead of the machine's own; `identity` is shown to a far side that asks.
    Raises CertificateInvalid (`certificate.trust`), KeyUnusable (`tls.identity`). Costs tens of milliseconds.
    """
    try:
        # An empty text would silently mean the machine's own roots.
        context = ssl.create_default_context(cadata=trust_pem if trust_pem is None else f"{trust_pem}\n")
    except (ssl.SSLError, ValueError) as error:
        raise CertificateInvalid("certificate.trust", "the trust store holds no certificate in PEM") from error
    if trust_pem is not None and not context.cert_store_stats()["x509_ca"]:
        raise CertificateInvalid("certificate.trust", "the trust store holds no certificate of an authority")
    context.minimum_version = _LEAST
    if identity is not None:
        _present(context, identity)
    return context


def server_context(identity: Identity) -> ssl.SSLContext:
    """A context for a server that shows `identity`. Raises KeyUnusable."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = _LEAST
    _present(context, identity)
    return context


def _present(context: ssl.SSLContext, identity: Identity) -> None:
    """The library reads a key from a file only: one of mode 0600 that lives for this call."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "identity.pem"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(identity.key_pem + b"\n" + identity.cert_pem)
        try:
            context.load_cert_chain(path, password=_no_password)
        except (ssl.SSLError, ValueError) as error:
            raise KeyUnusable("tls.identity", "certificate and key are no pair of PEM texts") from error


def _no_password() -> str:
    """An encrypted key is refused; without this the library would ask at the terminal."""
    raise ValueError("the key is encrypted")
