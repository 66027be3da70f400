"""The simulated agency side believes nothing but signed messages, and its business rules hold."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from starlette.testclient import TestClient

from connectors.port import Call, InDoubt, Refused
from connectors.setad import simulator
from connectors.simulation import SimulationContext
from connectors.soap import SoapCodec, to_bytes
from pki.certificates import Identity, create_authority
from pki.wss import sign_envelope

NOW = datetime(2026, 8, 20, 6, 30, tzinfo=UTC)
CONTRACT = Path(simulator.__file__).parent / "contract"
SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"
NATIVE = {
    "orgReference": "0190-1",
    "orgLegalId": "99900000010",
    "needType": "1431",
    "title": "خرید نهال چنار",
    "description": "هزار اصله",
    "quantity": 1000,
    "unit": "اصله",
    "estimatedPrice": "500,000,000",
    "jalaliSendDeadlineDate": "1408/10/30 - 13:00",
}
NEED = {
    "title": "خرید نهال چنار",
    "kind": "goods",
    "description": "هزار اصله",
    "quantity": 1000,
    "unit": "اصله",
    "budget_rial": 500_000_000,
    "deadline": "2030-01-20T13:00:00+03:30",
    "organisation_legal_id": "99900000010",
}
Asked = Callable[..., Call]


class Buyer:
    """Somebody who sends envelopes to the agency side."""

    def __init__(self) -> None:
        self.context = SimulationContext.fresh("setad", clock=lambda: NOW, seed=1)
        self.http = TestClient(simulator.create(self.context))
        self.codec = SoapCodec(CONTRACT, "needs.wsdl")
        authority = create_authority("buyers", now=NOW, days=30)
        self.identity = authority.issue("municipality", now=NOW, days=30)
        self.http.post("/_sim/trust", content=authority.cert_pem)

    def envelope(self, **changes: Any) -> etree._Element:
        return self.codec.encode("PublishNeed", {**NATIVE, **changes})

    def signed(self, *, identity: Identity | None = None, now: datetime = NOW, **changes: Any) -> bytes:
        return sign_envelope(self.envelope(**changes), identity or self.identity, now=now)

    def send(self, content: bytes) -> dict[str, Any]:
        reply = self.http.post(simulator.NEEDS_PATH, content=content, headers=self.codec.headers("PublishNeed"))
        read = self.codec.decode("PublishNeed", reply.content)
        assert reply.status_code == (500 if "$fault" in read else 200)
        return read

    @property
    def published(self) -> int:
        return len(self.context.ledger.effects)


@pytest.fixture
def buyer() -> Iterator[Buyer]:
    buyer = Buyer()
    with buyer.http:
        yield buyer


def test_a_signed_need_is_published(buyer: Buyer) -> None:
    read = buyer.send(buyer.signed())
    assert read["resultCode"] == "0"
    assert read["needNumber"] == "0005996682948660"
    assert read["jalaliPublishDate"] == "1405/05/29 10:00:00"
    assert buyer.published == 1


def test_what_is_sent_twice_is_published_twice(buyer: Buyer) -> None:
    numbers = {buyer.send(buyer.signed())["needNumber"] for _ in range(2)}
    assert len(numbers) == 2


def test_the_same_bytes_are_refused_the_second_time(buyer: Buyer) -> None:
    content = buyer.signed()
    buyer.send(content)
    assert buyer.send(content)["$fault"] == {"code": "wsse:FailedAuthentication", "text": "wss.replayed"}
    assert buyer.published == 1


def test_an_unsigned_message_is_refused(buyer: Buyer) -> None:
    assert buyer.send(to_bytes(buyer.envelope()))["$fault"]["code"] == "wsse:InvalidSecurity"
    assert buyer.published == 0


def test_a_stranger_is_refused(buyer: Buyer) -> None:
    stranger = create_authority("strangers", now=NOW, days=30).issue("municipality", now=NOW, days=30)
    assert buyer.send(buyer.signed(identity=stranger))["$fault"]["code"] == "wsse:InvalidSecurityToken"
    assert buyer.published == 0


@pytest.mark.parametrize("late", [timedelta(hours=-1), timedelta(hours=1)])
def test_a_message_of_another_time_is_refused(buyer: Buyer, late: timedelta) -> None:
    assert buyer.send(buyer.signed(now=NOW + late))["$fault"]["code"] == "wsu:MessageExpired"
    assert buyer.published == 0


def test_a_changed_message_is_refused(buyer: Buyer) -> None:
    changed = buyer.signed().replace(b"500,000,000", b"900,000,000")
    assert buyer.send(changed)["$fault"] == {"code": "wsse:FailedCheck", "text": "wss.digest"}
    assert buyer.published == 0


def test_a_wrapped_message_is_refused(buyer: Buyer) -> None:
    root = etree.fromstring(buyer.signed())
    header, body = root.find(f"{SOAP}Header"), root.find(f"{SOAP}Body")
    assert header is not None
    assert body is not None
    forged = buyer.envelope(title="جعلی").find(f"{SOAP}Body")
    assert forged is not None
    etree.SubElement(header, "Wrapper").append(body)
    root.append(forged)
    assert "$fault" in buyer.send(etree.tostring(root))
    assert buyer.published == 0


def test_a_signed_message_outside_the_contract_is_refused(buyer: Buyer) -> None:
    envelope = buyer.envelope()
    title = next(envelope.iter("{urn:peyvand:assumed:setad:needs:1}title"))
    title.tag = "{urn:peyvand:assumed:setad:needs:1}heading"
    content = sign_envelope(envelope, buyer.identity, now=NOW)
    assert buyer.send(content)["$fault"]["code"] == "soap:Client"
    assert buyer.published == 0


def test_rubbish_is_refused(buyer: Buyer) -> None:
    assert "$fault" in buyer.send(b"<not xml")
    assert buyer.published == 0


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"orgLegalId": "10380284792"}, "120"),
        ({"orgLegalId": "99900000024"}, "150"),
        ({"jalaliSendDeadlineDate": "1405/05/29 - 09:59"}, "130"),
        ({"jalaliSendDeadlineDate": "1405/07/31 - 09:59"}, "131"),
        ({"estimatedPrice": "1000000000001"}, "140"),
    ],
)
def test_business_rules(buyer: Buyer, changes: dict[str, Any], code: str) -> None:
    assert buyer.send(buyer.signed(**changes))["resultCode"] == code
    assert buyer.published == 0


def test_nothing_is_published_on_a_holiday(buyer: Buyer) -> None:
    buyer.http.post("/_sim/calendar", json={"holidays": ["2026-08-20"]})
    assert buyer.send(buyer.signed())["resultCode"] == "310"
    buyer.http.post("/_sim/calendar", json={"holidays": [], "opens": "11:00", "closes": "14:00"})
    assert buyer.send(buyer.signed())["resultCode"] == "311"
    assert buyer.published == 0


async def test_refusals_reach_the_hub(theatre: Any, asked: Asked) -> None:
    async with theatre.playing() as system:
        with pytest.raises(Refused) as late:
            await system.ask(asked("publish_need", {**NEED, "deadline": "2020-01-20T13:00:00+03:30"}))
        assert late.value.code == "setad.deadline_passed"
        assert "مهلت" in late.value.text
        with pytest.raises(Refused) as unknown:
            await system.ask(asked("need_by_reference", {"reference": "0190-never"}))
    assert unknown.value.code == "setad.no_such_need"


async def test_doubt_is_resolved_by_the_reference(theatre: Any, asked: Asked) -> None:
    lost, never = asked("publish_need", NEED, "0190-1"), asked("publish_need", NEED, "0190-2")
    theatre.context.faults.arm("lost_answer", operation="publish_need")
    async with theatre.playing() as system:
        with pytest.raises(InDoubt):
            await system.ask(lost)
        found = await system.ask_after(lost)
        assert await system.ask_after(never) is None
    assert found.data["need_number"] == "0005996682948660"
    assert found.aliases == {"setad": "0005996682948660"}
    assert theatre.context.ledger.count("publish_need", "0190-1") == 1
