"""The names of SOAP, WS-Security (OASIS 1.0 and 1.1) and XML Signature that this room writes and accepts."""

from typing import Final

SOAP_11: Final = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_12: Final = "http://www.w3.org/2003/05/soap-envelope"
SOAP: Final = frozenset({SOAP_11, SOAP_12})

_OASIS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
WSSE: Final = f"{_OASIS}wssecurity-secext-1.0.xsd"
WSU: Final = f"{_OASIS}wssecurity-utility-1.0.xsd"
BASE64_BINARY: Final = f"{_OASIS}soap-message-security-1.0#Base64Binary"
USERNAME_TOKEN: Final = f"{_OASIS}username-token-profile-1.0"
X509_V3: Final = f"{_OASIS}x509-token-profile-1.0#X509v3"

DS: Final = "http://www.w3.org/2000/09/xmldsig#"
EXCLUSIVE: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
XML_ID: Final = "{http://www.w3.org/XML/1998/namespace}id"
WSU_ID: Final = f"{{{WSU}}}Id"

_MORE = "http://www.w3.org/2001/04/xmldsig-more#"
# SHA-1 is absent on purpose; so is everything keyed by a shared secret.
SIGNATURE_METHODS: Final = frozenset(
    f"{_MORE}{kind}-sha{bits}" for kind in ("rsa", "ecdsa") for bits in (256, 384, 512)
)
DIGEST_METHODS: Final = {
    "http://www.w3.org/2001/04/xmlenc#sha256": "sha256",
    "http://www.w3.org/2001/04/xmldsig-more#sha384": "sha384",
    "http://www.w3.org/2001/04/xmlenc#sha512": "sha512",
}


def wsse(name: str) -> str:
    """An element of the WS-Security namespace in lxml's notation."""
    return f"{{{WSSE}}}{name}"


def wsu(name: str) -> str:
    """An element of the WS-Security utility namespace in lxml's notation."""
    return f"{{{WSU}}}{name}"


def ds(name: str) -> str:
    """An element of the XML Signature namespace in lxml's notation."""
    return f"{{{DS}}}{name}"
