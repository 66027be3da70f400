from decimal import Decimal
from pathlib import Path

import pytest

from connectors.soap import ContractUnreadable, MessageInvalid, NotSoap, SoapCodec, to_bytes

TYPES = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="http://types">
  <xs:simpleType name="code">
    <xs:restriction base="xs:string"><xs:pattern value="[0-9]{4}"/></xs:restriction>
  </xs:simpleType>
</xs:schema>"""
WSDL = """<wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/%(soap)s/"
    xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:t="http://far" targetNamespace="http://far" name="Far">
  <wsdl:types><xs:schema targetNamespace="http://far" xmlns:y="http://types" elementFormDefault="qualified">
    <xs:import namespace="http://types" schemaLocation="%(location)s"/>
    <xs:element name="Ask"><xs:complexType><xs:sequence>
      <xs:element name="Code" type="y:code"/><xs:element name="Note" type="xs:string" minOccurs="0"/>
    </xs:sequence></xs:complexType></xs:element>
    <xs:element name="Answer"><xs:complexType><xs:sequence>
      <xs:element name="Amount" type="xs:decimal"/><xs:element name="Number" type="xs:integer"/>
      <xs:element name="On" type="xs:date" minOccurs="0"/><xs:element name="Raw" type="xs:base64Binary" minOccurs="0"/>
      <xs:element name="Flag" type="xs:boolean" minOccurs="0"/>
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


def contract(folder: Path, *, soap: str = "soap", location: str = "types.xsd") -> SoapCodec:
    (folder / "far.wsdl").write_text(WSDL % {"soap": soap, "location": location}, encoding="utf-8")
    (folder / "types.xsd").write_text(TYPES, encoding="utf-8")
    return SoapCodec(folder, "far.wsdl")


@pytest.fixture
def codec(tmp_path: Path) -> SoapCodec:
    return contract(tmp_path)


def test_there_and_back(codec: SoapCodec) -> None:
    asked = to_bytes(codec.encode("Ask", {"Code": "0012"}))
    assert codec.read_request(asked) == ("Ask", {"Code": "0012"})
    native = {
        "Amount": Decimal("12345678901234567890.10"),
        "Number": 98765432109876543210,
        "Flag": False,
        "On": "2026-11-21",
    }
    reply = codec.write_reply("Ask", native, prefix="anything")
    assert b"<anything:Envelope" in reply
    assert codec.decode("Ask", reply) == native | {"Amount": "12345678901234567890.10"}
    assert codec.headers("Ask") == {"content-type": "text/xml; charset=utf-8", "soapaction": '"urn:ask"'}


@pytest.mark.parametrize("native", [{}, {"Code": "12"}, {"Code": "0012", "Other": "x"}, {"Note": "only"}])
def test_requests_outside_the_contract_do_not_leave(codec: SoapCodec, native: dict[str, str]) -> None:
    with pytest.raises(MessageInvalid):
        codec.encode("Ask", native)


def test_replies_outside_the_contract(codec: SoapCodec) -> None:
    good = codec.write_reply("Ask", {"Amount": Decimal(1), "Number": 1})
    for bad in (
        good.replace(b"Number", b"Nummer"),
        good.replace(b">1<", b">one<"),
        good.replace(b"http://far", b"http://near"),
        good.replace(b"Answer", b"Ask"),
        good.replace(b":Body>", b":Buddy>"),
    ):
        assert bad != good
        with pytest.raises(MessageInvalid):
            codec.decode("Ask", bad)


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"<html/>", b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>", b"<a>" * 100 + b"</a>" * 100],
)
def test_what_is_no_envelope(codec: SoapCodec, body: bytes) -> None:
    with pytest.raises(NotSoap):
        codec.decode("Ask", body)


@pytest.mark.parametrize("soap", ["soap", "soap12"])
def test_faults_of_both_versions(tmp_path: Path, soap: str) -> None:
    codec = contract(tmp_path, soap=soap)
    assert codec.decode("Ask", codec.write_fault("env:Sender", "نه")) == {
        "$fault": {"code": "env:Sender", "text": "نه"}
    }


def test_soap_12_names_its_action_in_the_content_type(tmp_path: Path) -> None:
    codec = contract(tmp_path, soap="soap12")
    assert codec.headers("Ask") == {"content-type": 'application/soap+xml; charset=utf-8; action="urn:ask"'}
    assert b"2003/05/soap-envelope" in to_bytes(codec.encode("Ask", {"Code": "0012"}))


@pytest.mark.parametrize(
    "location", ["/etc/passwd", "file:///etc/passwd", "http://far.invalid/types.xsd", "../types.xsd", "no.xsd"]
)
def test_only_the_contracts_own_files_are_opened(tmp_path: Path, location: str) -> None:
    (tmp_path / "types.xsd").write_text(TYPES, encoding="utf-8")
    inner = tmp_path / "contract"
    inner.mkdir()
    with pytest.raises(ContractUnreadable) as unreadable:
        contract(inner, location=location)
    assert "root:" not in str(unreadable.value)
