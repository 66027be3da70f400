from pathlib import Path

import pytest

from connectors.contract import ContractUnusable
from connectors.from_wsdl import contract_files, from_wsdl
from connectors.port import Effect
from connectors.soap import SOAP_12, MessageInvalid, SoapCodec, to_bytes

AGENCIES = Path(__file__).parent / "agencies"
MUSEUM = (AGENCIES / "museum.wsdl").read_text(encoding="utf-8")
TYPES = (AGENCIES / "types.xsd").read_text(encoding="utf-8")

RPC = """<wsdl:definitions name="Rates" targetNamespace="urn:rates" xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/"
    xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap12/" xmlns:xs="http://www.w3.org/2001/XMLSchema"
    xmlns:r="urn:rates">
  <wsdl:types><xs:schema targetNamespace="urn:rates"><xs:complexType name="Rate"><xs:sequence>
    <xs:element name="percent" type="xs:int"/></xs:sequence></xs:complexType></xs:schema></wsdl:types>
  <wsdl:message name="in"><wsdl:part name="zone" type="xs:string"/><wsdl:part name="year" type="xs:int"/></wsdl:message>
  <wsdl:message name="out"><wsdl:part name="rate" type="r:Rate"/></wsdl:message>
  <wsdl:portType name="P"><wsdl:operation name="getRate">
    <wsdl:input message="r:in"/><wsdl:output message="r:out"/></wsdl:operation></wsdl:portType>
  <wsdl:binding name="B" type="r:P"><soap:binding style="rpc" transport="http://schemas.xmlsoap.org/soap/http"/>
    <wsdl:operation name="getRate"><soap:operation soapAction="urn:getRate" style="rpc"/>
      <wsdl:input><soap:body use="literal" namespace="urn:rates"/></wsdl:input>
      <wsdl:output><soap:body use="literal" namespace="urn:rates"/></wsdl:output></wsdl:operation></wsdl:binding>
  <wsdl:service name="S"><wsdl:port name="P" binding="r:B"><soap:address location="http://rates.example/r"/></wsdl:port>
  </wsdl:service></wsdl:definitions>"""


def written(folder: Path, wsdl: str, **files: str) -> Path:
    for name, text in {"far.wsdl": wsdl, "types.xsd": TYPES, **files}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder / "far.wsdl"


def taken(source: Path) -> None:
    """What the command does with a file."""
    contract_files(source)
    from_wsdl(source.parent, source.name)


def test_operations_effects_and_address() -> None:
    contract = from_wsdl(AGENCIES, "museum.wsdl")
    assert [(one.name, one.soap, one.effect) for one in contract.operations] == [
        ("find_plot", "findPlot", Effect.READ),
        ("send_plan", "sendPlan", Effect.ONCE),
    ]
    assert contract.operation("find_plot").title == "Is this plot protected?"
    assert (contract.address, contract.path) == ("https://museum.example", "/services/plots")
    assert (contract.version, contract.mtom) == ("urn:museum:1", False)


def test_what_a_message_holds() -> None:
    answer = from_wsdl(AGENCIES, "museum.wsdl").operation("find_plot").answer
    fields = answer["properties"]
    assert answer["required"] == ["plot", "protected", "grade"]
    assert fields["plot"] == {"type": "string", "pattern": "^[0-9]{3}-[0-9]{4}$"}
    assert fields["grade"] == {"type": "string", "enum": ["A", "B"]}
    assert fields["finding"]["type"] == "array"
    finding = fields["finding"]["items"]
    assert finding["required"] == ["grade", "on", "code"]  # `code` is an attribute.
    assert "recursive" in finding["properties"]["next"]["$comment"]
    # Of a choice neither is required, and only the first is made up.
    assert ("$comment" in fields["left"], "$comment" in fields["right"]) == (False, True)


def test_rpc_messages_are_wrapped_and_checked(tmp_path: Path) -> None:
    written(tmp_path, RPC)
    contract = from_wsdl(tmp_path, "far.wsdl")
    (rate,) = contract.operations
    assert set(rate.request["properties"]) == {"zone", "year"}
    codec = SoapCodec(tmp_path, "far.wsdl")
    assert codec.version == SOAP_12
    asked = to_bytes(codec.encode("getRate", {"zone": "6", "year": 1405}))
    assert b"<zone>6</zone>" in asked
    assert codec.read_request(asked) == ("getRate", {"zone": "6", "year": 1405})
    reply = codec.write_reply("getRate", {"rate": {"percent": 12}})
    assert codec.decode("getRate", reply) == {"rate": {"percent": 12}}
    with pytest.raises(MessageInvalid):
        codec.read_request(asked.replace(b"<year>1405</year>", b"<year>soon</year>"))
    with pytest.raises(MessageInvalid):
        codec.read_request(asked.replace(b"<zone>6</zone>", b""))


def test_only_what_is_referred_to_is_taken(tmp_path: Path) -> None:
    source = written(tmp_path, MUSEUM, **{"secret.txt": "nobody's business", "other.xsd": TYPES})
    assert set(contract_files(source)) == {"far.wsdl", "types.xsd"}


def test_files_in_folders_below(tmp_path: Path) -> None:
    inner = TYPES.replace("<xs:simpleType", '<xs:include schemaLocation="more/base.xsd"/><xs:simpleType', 1)
    more = '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:museum:types"/>'
    source = written(
        tmp_path,
        MUSEUM.replace('"types.xsd"', '"xsd/types.xsd"'),
        **{"xsd/types.xsd": inner, "xsd/more/base.xsd": more},
    )
    assert set(contract_files(source)) == {"far.wsdl", "xsd/types.xsd", "xsd/more/base.xsd"}
    assert len(from_wsdl(tmp_path, "far.wsdl").operations) == 2


BOMB = '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('"types.xsd"', '"http://elsewhere.example/types.xsd"', "contract.remote_reference"),
        ('"types.xsd"', '"file:///etc/passwd"', "contract.remote_reference"),
        ('"types.xsd"', '"/etc/passwd"', "contract.remote_reference"),
        ('"types.xsd"', '"../types.xsd"', "contract.remote_reference"),
        ('"types.xsd"', '"missing.xsd"', "contract.reference"),
        ("<wsdl:definitions", BOMB + "<wsdl:definitions", "contract.dtd"),
        ("</wsdl:types>", "</wsdl:typos>", "contract.unreadable"),
        ('maxOccurs="unbounded"', 'maxOccurs="99999999"', "contract.bomb"),
        ('name="findPlot">', 'name="findPlot"><a>' + "<b>" * 80 + "</b>" * 80 + "</a>", "contract.bomb"),
        ("wsdl:binding ", "wsdl:bonding ", "contract.unreadable"),
        ('type="t:PlotNumber"', 'type="t:Nothing"', "contract.unreadable"),
    ],
)
def test_what_is_refused_is_named(tmp_path: Path, old: str, new: str, code: str) -> None:
    text = MUSEUM.replace(old, new)
    text = text.replace("</wsdl:binding>", "</wsdl:bonding>") if "bonding" in new else text
    source = written(tmp_path, text)
    with pytest.raises(ContractUnusable) as refused:
        taken(source)
    assert refused.value.code == code


def test_a_dtd_in_an_imported_file_is_refused_too(tmp_path: Path) -> None:
    source = written(tmp_path, MUSEUM, **{"types.xsd": BOMB + TYPES})
    with pytest.raises(ContractUnusable, match=r"contract\.dtd"):
        contract_files(source)
