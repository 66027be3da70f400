from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import xmlsec
from lxml import etree

from pki.certificates import Authority, Identity, create_authority
from pki.keys import SigningKey
from pki.replay import ReplayWindow
from pki.wss import Verifier, sign_envelope
from pki.wss_names import SOAP_11, SOAP_12, WSU, WSU_ID, ds

NOW = datetime(2026, 3, 21, 8, 0, tzinfo=UTC)


class Clock:
    """Stands still until it is told to move."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **amount: float) -> None:
        self.now += timedelta(**amount)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture(scope="session")
def rsa_key() -> SigningKey:
    return SigningKey.generate("RS256")


@pytest.fixture(scope="session")
def signing_keys(rsa_key: SigningKey) -> dict[str, SigningKey]:
    return {"Ed25519": SigningKey.generate(), "ES256": SigningKey.generate("ES256"), "RS256": rsa_key}


@pytest.fixture(scope="session")
def authority() -> Authority:
    return create_authority("Sandbox root", now=NOW, days=3650)


@pytest.fixture(scope="session")
def identity(authority: Authority) -> Identity:
    return authority.issue("setad", now=NOW, days=365)


@pytest.fixture
def counted_random() -> Callable[[int], bytes]:
    """Predictable bytes, different at every call."""
    calls = iter(range(1, 1_000_000))
    return lambda count: next(calls).to_bytes(count, "big")


ENVELOPE = """<soap:Envelope xmlns:soap="{soap}" xmlns:s="urn:setad"><soap:Body>
  <s:publish><s:title>خرید ۱۰ دستگاه</s:title><!-- remark --><s:amount>100</s:amount></s:publish>
</soap:Body></soap:Envelope>"""


@pytest.fixture(params=[SOAP_11, SOAP_12], ids=["soap11", "soap12"])
def any_envelope(request: pytest.FixtureRequest) -> etree._Element:
    return etree.fromstring(ENVELOPE.format(soap=request.param))


@pytest.fixture
def envelope() -> etree._Element:
    return etree.fromstring(ENVELOPE.format(soap=SOAP_11))


@pytest.fixture
def signed(envelope: etree._Element, identity: Identity) -> bytes:
    return sign_envelope(envelope, identity, now=NOW)


@pytest.fixture
def verifier(authority: Authority, clock: Clock) -> Verifier:
    return Verifier([authority.cert_pem], clock, ReplayWindow(clock, timedelta(hours=1)))


def _signed_again(root: etree._Element, identity: Identity) -> etree._Element:
    context = xmlsec.SignatureContext()
    (signature,) = root.iter(ds("Signature"))
    for reference in signature.iter(ds("Reference")):
        for element in root.iter():
            if element.get(WSU_ID) == reference.get("URI", "")[1:]:
                context.register_id(element, "Id", WSU)
    for value in signature.iter(ds("DigestValue"), ds("SignatureValue")):
        value.text = None
    context.key = xmlsec.Key.from_memory(identity.key_pem, xmlsec.constants.KeyDataFormatPem)
    context.sign(signature)
    return root


@pytest.fixture
def resign() -> Callable[[etree._Element, Identity], etree._Element]:
    """What a trusted but careless or hostile signer would send: the same structure with everything recomputed."""
    return _signed_again
