from typing import Any

import pytest
from lxml import etree

from connectors.soap_envelope import SOAP_11, SOAP_12
from gateway.soap import NAMESPACE
from gateway.used_messages import UsedMessages
from pki.certificates import create_authority, fingerprint
from pki.wss import Verifier, sign_envelope
from registry import credentials

PORTAL, URBAN = "IR/GOV/permits", "IR/MUN/tehran/urban"
MEDIA = {SOAP_11: "text/xml; charset=utf-8", SOAP_12: "application/soap+xml; charset=utf-8"}
VERSIONS = pytest.mark.parametrize("version", [SOAP_11, SOAP_12])
GOOD = {
    "system": "permit_portal",
    "reference": "12345678",
    "status": "12",
    "occurredAt": "2026-11-21T13:35:00+03:30",
}


def message(version: str = SOAP_11, *, header: str = "", more: str = "", **changes: Any) -> bytes:
    fields = "".join(f"<p:{name}>{value}</p:{name}>" for name, value in (GOOD | changes).items() if value is not None)
    return (
        f'<e:Envelope xmlns:e="{version}" xmlns:p="{NAMESPACE}"><e:Header>{header}</e:Header>'
        f"<e:Body><p:pushStatus>{fields}{more}</p:pushStatus></e:Body></e:Envelope>"
    ).encode()


def post(house: Any, body: bytes, *, version: str = SOAP_11, who: str = PORTAL, **headers: str) -> Any:
    sent = {"content-type": MEDIA[version], "authorization": f"Bearer {house.keys[who]}"} | headers
    return house.client.post("/soap/status", content=body, headers={k: v for k, v in sent.items() if v})


def known_case(house: Any) -> Any:
    body = house.case(aliases=[{"system": "permit_portal", "value": "12345678"}])
    return house.call("POST", "/v1/cases", json=body).json()["tracking_code"]


def said(answer: Any) -> dict[str, str]:
    """Every leaf of the answer, by local name."""
    root = etree.fromstring(answer.content)
    leaves = [(etree.QName(leaf).localname, leaf.text or "") for leaf in root.iter() if not len(leaf)]
    return dict(reversed(leaves))  # Of two with one name the first.


@VERSIONS
def test_a_push_by_soap_is_the_same_as_by_rest(house: Any, version: str) -> None:
    code = known_case(house)
    entries = "<p:detail><p:entry><p:name>note</p:name><p:value>یادداشت</p:value></p:entry></p:detail>"
    answer = post(house, message(version, more=entries), version=version)
    assert (answer.status_code, answer.headers["content-type"]) == (200, MEDIA[version])
    told = said(answer)
    assert (told["trackingCode"], told["duplicate"], told["outOfOrder"]) == (code, "false", "false")
    again = house.call(
        "POST",
        "/v1/status",
        who=PORTAL,
        json={
            "system": "permit_portal",
            "reference": "12345678",
            "status": "12",
            "occurred_at": "2026-11-21T13:35:00+03:30",
            "detail": {"note": "یادداشت"},
        },
    )
    assert again.json()["duplicate"] is True


def test_the_description_names_this_hub(house: Any) -> None:
    answer = house.client.get("/soap/status?wsdl")
    assert answer.status_code == 200
    assert 'location="https://hub.test/soap/status"' in answer.text
    assert house.client.get("/soap/status").status_code == 405


@VERSIONS
@pytest.mark.parametrize(
    ("changes", "code", "status"),
    [
        ({"status": "99"}, "status.unknown", 422),
        ({"reference": "000"}, "status.reference_unknown", 404),
        ({"system": "setad"}, "push.not_allowed", 403),
        ({"occurredAt": "2026-11-21T15:00:00Z"}, "status.time", 422),
        ({"occurredAt": "2026-11-21T13:35:00"}, "request.invalid", 422),
        ({"occurredAt": "12026-11-21T13:35:00Z"}, "request.invalid", 422),
        ({"reference": None}, "request.invalid", 422),
        ({"sequence": "-1"}, "request.invalid", 422),
        ({"extra": "1"}, "request.invalid", 422),
    ],
)
def test_a_problem_comes_as_a_fault_with_its_stable_code(
    house: Any, version: str, changes: dict[str, Any], code: str, status: int
) -> None:
    known_case(house)
    answer = post(house, message(version, **changes), version=version)
    told = said(answer)
    assert (told["code"], told["status"]) == (code, str(status)), answer.text
    assert answer.status_code == (500 if version == SOAP_11 else status)
    assert told["titleFa"] != told["titleEn"]
    assert len(told["traceId"]) == 32
    blamed = "soapenv:Client" if version == SOAP_11 else "soapenv:Sender"
    assert told["faultcode" if version == SOAP_11 else "Value"] == blamed


@pytest.mark.parametrize(
    ("body", "headers", "code"),
    [
        (b"", {}, "soap.malformed"),
        (b"<a/>", {}, "soap.malformed"),
        (b"{}", {}, "soap.malformed"),
        (b'<!DOCTYPE e [<!ENTITY a "b">]>' + message(), {}, "soap.malformed"),
        (message().decode().encode("utf-16"), {}, "body.media_type"),
        (message(), {"content-type": "application/json"}, "body.media_type"),
        (message(), {"content-type": "text/xml; charset=windows-1256"}, "body.media_type"),
        (message(), {"content-type": MEDIA[SOAP_12]}, "body.media_type"),
        (message(), {"content-encoding": "gzip"}, "body.encoding"),
        (message(header='<x:a xmlns:x="urn:x" e:mustUnderstand="1"/>'), {}, "soap.not_understood"),
        (message().replace(b"pushStatus", b"pullStatus"), {}, "request.invalid"),
        (b"x" * (1024 * 1024 + 1), {}, "body.too_large"),
    ],
)
def test_what_is_no_message_of_ours(house: Any, body: bytes, headers: dict[str, str], code: str) -> None:
    before = house.rows()
    if code == "body.media_type" and body.startswith(b"\xff\xfe"):
        headers = {"content-type": "text/xml; charset=utf-16"}
    answer = post(house, body, **headers)
    assert said(answer)["code"] == code
    assert house.rows() == before


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("", "credential.missing"),
        ("Basic !!!", "credential.malformed"),
        ("Basic YQ==", "credential.malformed"),
        ("Bearer hub_x", "credential.malformed"),
        ("Digest x", "credential.malformed"),
    ],
)
def test_who_calls_must_be_known(house: Any, header: str, code: str) -> None:
    answer = post(house, message(), authorization=header)
    assert (answer.status_code, said(answer)["code"]) == (401, code)
    assert answer.headers["www-authenticate"].startswith("Basic ")


def test_basic_is_the_participants_name_and_its_key(house: Any) -> None:
    known_case(house)
    body = message()
    good = house.client.post(
        "/soap/status", content=body, headers={"content-type": MEDIA[SOAP_11]}, auth=(PORTAL, house.keys[PORTAL])
    )
    assert good.status_code == 200
    for user, key in ((URBAN, house.keys[PORTAL]), (PORTAL, house.keys["expired"]), (PORTAL, "hub_unknown")):
        bad = house.client.post(
            "/soap/status", content=body, headers={"content-type": MEDIA[SOAP_11]}, auth=(user, key)
        )
        assert bad.status_code == 401


def test_a_fault_speaks_the_callers_language(house: Any) -> None:
    told = said(post(house, message(status="99"), **{"accept-language": "fa"}))
    assert told["faultstring"] == "status.unknown: وضعیت شناخته نیست"


@pytest.fixture
def signers(house: Any) -> Any:
    """A root that is trusted, a certificate registered for the portal, one registered for nobody."""
    now = house.clock()
    root, stranger = (create_authority(name, now=now, days=10) for name in ("root", "stranger"))
    verify = Verifier([root.cert_pem], house.clock, UsedMessages(house.store, house.clock)).verify
    object.__setattr__(house.parts, "verify_envelope", verify)
    portal, nobody = root.issue("portal", now=now, days=5), root.issue("nobody", now=now, days=5)
    foreign = stranger.issue("portal", now=now, days=5)
    added = house.change(
        lambda t: credentials.add_certificate(t, participant=PORTAL, sha256=fingerprint(portal.cert_pem), now=now)
    )
    return {"roots": [root.cert_pem], "portal": portal, "nobody": nobody, "foreign": foreign, "credential": added.id}


@VERSIONS
def test_a_signed_message_needs_no_other_credential(house: Any, signers: Any, version: str) -> None:
    code = known_case(house)
    signed = sign_envelope(etree.fromstring(message(version)), signers["portal"], now=house.clock())
    answer = post(house, signed, version=version, authorization="")
    assert (answer.status_code, said(answer)["trackingCode"]) == (200, code), answer.text
    again = post(house, signed, version=version, authorization="")
    assert said(again)["code"] == "signature.invalid"
    assert "wss.replayed" in said(again)["detail"]
    # Another process verifies with a memory of its own, and the registry it shares with the first.
    other = Verifier(signers["roots"], house.clock, UsedMessages(house.store, house.clock)).verify
    object.__setattr__(house.parts, "verify_envelope", other)
    assert "wss.replayed" in said(post(house, signed, version=version, authorization=""))["detail"]


def test_only_what_was_signed_counts(house: Any, signers: Any) -> None:
    """The signed Body is moved aside and a forged one put in its place: signature wrapping."""
    known_case(house)
    root = etree.fromstring(sign_envelope(etree.fromstring(message()), signers["portal"], now=house.clock()))
    body = root.find(f"{{{SOAP_11}}}Body")
    header = root.find(f"{{{SOAP_11}}}Header")
    assert body is not None
    assert header is not None
    forged = etree.fromstring(message(status="20")).find(f"{{{SOAP_11}}}Body")
    assert forged is not None
    root.replace(body, forged)
    header.append(body)
    answer = post(house, etree.tostring(root), authorization="")
    assert (answer.status_code, said(answer)["code"]) == (401, "signature.invalid")


@pytest.mark.parametrize(("who", "code"), [("nobody", "credential.unknown"), ("foreign", "signature.invalid")])
def test_a_certificate_must_be_vouched_for_and_registered(house: Any, signers: Any, who: str, code: str) -> None:
    signed = sign_envelope(etree.fromstring(message()), signers[who], now=house.clock())
    # A good key beside a bad signature does not help: what is signed must hold.
    answer = post(house, signed)
    assert (answer.status_code, said(answer)["code"]) == (401, code)


def test_a_withdrawn_certificate_ends(house: Any, signers: Any) -> None:
    house.change(lambda t: credentials.revoke(t, signers["credential"], house.clock()))
    signed = sign_envelope(etree.fromstring(message()), signers["portal"], now=house.clock())
    assert said(post(house, signed, authorization=""))["code"] == "credential.unknown"


def test_without_a_trusted_root_no_signature_is_believed(house: Any, signers: Any) -> None:
    object.__setattr__(house.parts, "verify_envelope", None)
    signed = sign_envelope(etree.fromstring(message()), signers["portal"], now=house.clock())
    assert said(post(house, signed))["code"] == "signature.invalid"
