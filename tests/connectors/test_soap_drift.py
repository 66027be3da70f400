"""SOAP replies that say more than their WSDL: answered all the same, and told with the message that shows it."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from connectors.drift import UNKNOWN, DriftWatch, Unknown
from connectors.http import HttpReply
from connectors.new_folder import Wishes, new_folder
from connectors.port import Call, ContractBroken, Drift
from connectors.reach import ConnectorSettings
from connectors.runtime import System, build_systems
from connectors.soap import MessageInvalid, SoapCodec

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
MUSEUM = Path(__file__).parent / "agencies" / "museum.wsdl"
WSDL = """<wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"
    xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:t="http://far" targetNamespace="http://far" name="Far">
  <wsdl:types><xs:schema targetNamespace="http://far" elementFormDefault="qualified">
    <xs:simpleType name="state"><xs:restriction base="xs:string">
      <xs:enumeration value="open"/><xs:enumeration value="shut"/></xs:restriction></xs:simpleType>
    <xs:element name="Ask"><xs:complexType><xs:sequence/></xs:complexType></xs:element>
    <xs:element name="Answer"><xs:complexType><xs:sequence>
      <xs:element name="State" type="t:state"/>
      <xs:element name="Row" minOccurs="0" maxOccurs="unbounded"><xs:complexType><xs:sequence>
        <xs:element name="Area" type="xs:integer"/>
        <xs:element name="Use" minOccurs="0"><xs:simpleType><xs:restriction base="xs:string">
          <xs:enumeration value="home"/></xs:restriction></xs:simpleType></xs:element>
      </xs:sequence><xs:attribute name="kind" type="t:state"/></xs:complexType></xs:element>
    </xs:sequence></xs:complexType></xs:element>
  </xs:schema></wsdl:types>
  <wsdl:message name="in"><wsdl:part name="p" element="t:Ask"/></wsdl:message>
  <wsdl:message name="out"><wsdl:part name="p" element="t:Answer"/></wsdl:message>
  <wsdl:portType name="P"><wsdl:operation name="Ask">
    <wsdl:input message="t:in"/><wsdl:output message="t:out"/></wsdl:operation></wsdl:portType>
  <wsdl:binding name="B" type="t:P"><soap:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>
    <wsdl:operation name="Ask"><soap:operation soapAction="urn:ask"/>
      <wsdl:input><soap:body use="literal"/></wsdl:input><wsdl:output><soap:body use="literal"/></wsdl:output>
    </wsdl:operation></wsdl:binding>
  <wsdl:service name="S"><wsdl:port name="P" binding="t:B"><soap:address location="http://far.invalid/"/></wsdl:port></wsdl:service>
</wsdl:definitions>"""
ROW = '<t:Row kind="open"><t:Area>7</t:Area><t:Use>home</t:Use></t:Row>'


@pytest.fixture(scope="module")
def codec(tmp_path_factory: pytest.TempPathFactory) -> SoapCodec:
    folder = tmp_path_factory.mktemp("far")
    (folder / "far.wsdl").write_text(WSDL, encoding="utf-8")
    return SoapCodec(folder, "far.wsdl")


def reply(inner: str) -> bytes:
    return (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
        f'<t:Answer xmlns:t="http://far" xmlns:o="http://other">{inner}</t:Answer></e:Body></e:Envelope>'
    ).encode()


@pytest.mark.parametrize(
    ("inner", "found"),
    [
        ("<t:State>open</t:State><t:Owner>9990000018</t:Owner>" + ROW, ("/Owner", "field")),
        ("<o:State>open</o:State><t:State>open</t:State>" + ROW, ("/State", "field")),
        ("<t:State>open</t:State>" + ROW.replace("</t:Row>", "<t:New/></t:Row>"), ("/Row/*/New", "field")),
        ("<t:State>open</t:State>" + ROW.replace("<t:Row ", '<t:Row colour="red" '), ("/Row/*/colour", "field")),
        ("<t:State>ajar</t:State>" + ROW, ("/State", "value")),
        ("<t:State>open</t:State>" + ROW.replace("home", "mill"), ("/Row/*/Use", "value")),
        ("<t:State>open</t:State>" + ROW.replace('"open"', '"ajar"'), ("/Row/*/kind", "value")),
        ("<t:State>open</t:State><t:n9990000018-آ/>" + ROW, ("/(unreadable name)", "field")),
    ],
)  # fmt: skip
def test_what_is_new_is_named_and_the_rest_is_read(codec: SoapCodec, inner: str, found: tuple[str, str]) -> None:
    native = codec.decode("Ask", reply(inner))
    assert native.pop(UNKNOWN) == [found]
    assert native["State"] in {"open", "ajar"}
    assert native["Row"][0]["Area"] == 7
    assert set(native) == {"State", "Row"}
    assert set(native["Row"][0]) == {"Area", "Use", "kind"}


@pytest.mark.parametrize(
    "inner",
    [
        "<t:Owner>x</t:Owner>",
        "<t:State>open</t:State><t:Owner/>" + ROW.replace("7", "seven"),
        "<t:State>open</t:State>" + ROW.replace("Area", "Aria"),
        "<t:State>open</t:State>" + ROW.replace("<t:Use>home</t:Use>", "") + "<t:State>open</t:State>",
        "<t:State><t:deep/></t:State>",
    ],
)
def test_what_lacks_something_required_or_is_wrong_is_broken(codec: SoapCodec, inner: str) -> None:
    with pytest.raises(MessageInvalid):
        codec.decode("Ask", reply(inner))


def test_a_good_reply_is_no_news_and_a_server_stays_strict(codec: SoapCodec) -> None:
    assert UNKNOWN not in codec.decode("Ask", reply("<t:State>open</t:State>" + ROW))
    with pytest.raises(MessageInvalid):
        codec.read_request(reply("<t:New/>").replace(b"Answer", b"Ask"))


def test_no_far_side_makes_up_findings() -> None:
    watch = DriftWatch({}, lambda: NOW)
    assert watch.look("op", {UNKNOWN: [("/secret", "field")]}) == ()
    assert watch.look("op", {UNKNOWN: Unknown([("/Owner", "field")])}) == (Drift("/Owner", "field"),)


class Altered:
    """The line to a far side that says more than it should."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    async def send(self, *_: Any, **__: Any) -> HttpReply:
        return HttpReply(200, {"content-type": "text/xml; charset=utf-8"}, self.body)

    async def close(self) -> None:
        """Nothing is open."""


def museum(folder: Path, alter: Mapping[bytes, bytes]) -> tuple[System, Call]:
    made = new_folder(MUSEUM, folder, Wishes("museum", title_fa="میراث فرهنگی")).connected
    system = build_systems({"museum": made}, {"museum": ConnectorSettings()}, clock=lambda: NOW, random=Random(1)).get(
        "museum"
    )
    example = next(one for one in made.examples if one.operation == "find_plot" and one.answer is not None)
    connector: Any = system._guarded._connector
    native = {name: value for name, value in example.native_reply.items() if not name.startswith("$")}
    body = connector._codec.write_reply("findPlot", native | {"grade": "A"})
    for old, new in alter.items():
        assert old in body
        body = body.replace(old, new)
    connector._line = Altered(body)
    return system, Call("i-1", "05000112345678901234", "i-1", "find_plot", example.request, NOW + timedelta(seconds=20))


async def test_an_exchange_goes_on_with_an_alarm_and_its_sample(tmp_path: Path) -> None:
    system, call = museum(tmp_path, {b"</ns0:findPlotResponse>": b"<ns0:keeper>x</ns0:keeper></ns0:findPlotResponse>"})
    answer = await system.ask(call)
    assert answer.drift == (Drift("/keeper", "field"),)
    assert b"<ns0:keeper>x</ns0:keeper>" in answer.reply
    again = await system.ask(call)
    assert (again.drift, again.data) == ((), answer.data), "told once in a while"


async def test_a_value_the_mapping_cannot_do_without_is_still_told(tmp_path: Path) -> None:
    system, call = museum(tmp_path, {b"grade>A</ns0:grade><ns0:f": b"grade>Z</ns0:grade><ns0:f"})
    with pytest.raises(ContractBroken) as broken:
        await system.ask(call)
    assert broken.value.drift == (Drift("/grade", "value"),)
