"""What this room refuses, named by what it means for the caller.

    PkiError
    ├── SignatureInvalid      these bytes are not the word of a signer we trust
    │   └── ClaimsRefused     the signature holds, but what it says is not acceptable here and now
    ├── CertificateInvalid    a certificate cannot be read or made
    ├── SealBroken            sealed bytes cannot be opened with this key and context
    ├── KeyUnusable           key material is missing, damaged or of the wrong kind
    └── XmlRefused            a document this room will not parse

Each error carries `code`, one stable word per class for programs that answer the outside, and `reason`, a stable
dotted word for the exact cause (`jws.algorithm`, `wss.expired`). `text` is an English sentence for the log of an
operator. Neither reason nor text ever holds key material.
"""

from typing import ClassVar


class PkiError(Exception):
    """The root of this room's errors. `reason` is stable, `text` is for people."""

    code: ClassVar[str] = "pki.error"

    def __init__(self, reason: str, text: str = "") -> None:
        super().__init__(f"{reason}: {text}" if text else reason)
        self.reason = reason
        self.text = text


class SignatureInvalid(PkiError):
    """A signature, a signed note or a signed message that must not be believed."""

    code = "pki.signature_invalid"


class ClaimsRefused(SignatureInvalid):
    """A token whose signature holds and whose claims do not fit this moment or this audience."""

    code = "pki.claims_refused"


class CertificateInvalid(PkiError):
    """A certificate that cannot be read, issued or used."""

    code = "pki.certificate_invalid"


class SealBroken(PkiError):
    """Ciphertext that does not open: another key, another context, or altered bytes."""

    code = "pki.seal_broken"


class KeyUnusable(PkiError):
    """A key that is missing, damaged or not of the kind asked for."""

    code = "pki.key_unusable"


class XmlRefused(PkiError):
    """XML that is malformed, too large, too deep, or declares a document type."""

    code = "pki.xml_refused"
