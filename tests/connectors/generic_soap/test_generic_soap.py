from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.testclient import TestClient

from connectors.new_folder import Made, Wishes, new_folder
from connectors.sandbox import create_sandbox
from connectors.soap import SoapCodec, to_bytes
from connectors.soap_attachments import packed, unpacked
from connectors.soap_envelope import child_of

SOURCE = Path(__file__).parents[1] / "agencies" / "museum.wsdl"
NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return new_folder(SOURCE, tmp_path_factory.mktemp("root"), Wishes("museum", title_fa="میراث فرهنگی"))


@pytest.fixture
def museum(made: Made) -> Iterator[Any]:
    app = create_sandbox({"museum": made.connected}, clock=lambda: NOW, seed=1)
    codec = SoapCodec(made.connected.folder / "contract", "museum.wsdl")
    with TestClient(app, base_url="http://sandbox") as http:

        def send(body: bytes, kind: str = "text/xml; charset=utf-8") -> Any:
            return http.post("/museum/services/plots", content=body, headers={"content-type": kind})

        yield SimpleNamespace(send=send, codec=codec, context=app.state.contexts["museum"])


def test_the_folder_holds_no_code_and_its_mappings_hold(made: Made) -> None:
    files = {path.relative_to(made.connected.folder).as_posix() for path in made.connected.folder.rglob("*.*")}
    assert {"contract/museum.wsdl", "contract/types.xsd", "mappings/send_plan.yaml"} <= files
    assert not [name for name in files if name.endswith(".py")]
    for mapping in made.connected.mappings.values():
        assert len(mapping.run_tests()) >= 6
        assert [result for result in mapping.run_tests() if not result.passed] == []
    assert "guessed from its name" in made.notes[0]


def test_the_simulator_answers_what_fits_and_repeats_what_was_asked(museum: Any) -> None:
    answer = museum.send(to_bytes(museum.codec.encode("findPlot", {"plot": "123-4567"})))
    native = museum.codec.decode("findPlot", answer.content)
    assert native["plot"] == "123-4567"
    assert native["grade"] in {"A", "B"}
    assert museum.context.ledger.effects == ()


def test_the_simulator_refuses_by_the_schema(museum: Any) -> None:
    good = to_bytes(museum.codec.encode("findPlot", {"plot": "123-4567"}))
    for body in (good.replace(b"123-4567", b"1"), good.replace(b"findPlot", b"losePlot"), b"<html/>", b""):
        answer = museum.send(body)
        assert answer.status_code == 500
        assert museum.codec.decode("findPlot", answer.content)["$fault"]["code"] == "soapenv:Client"


def test_an_attachment_beside_the_envelope_means_the_same(museum: Any) -> None:
    native = {"plot": "123-4567", "plan": "aGVsbG8="}
    envelope = museum.codec.encode("sendPlan", native)
    inside = museum.send(to_bytes(envelope))
    kind, body = packed(envelope, museum.codec.binary(str(child_of(envelope).tag)))
    assert b"hello" in body
    beside = museum.send(body, kind)
    assert beside.headers["content-type"].startswith("multipart/related")
    read = unpacked(beside.headers["content-type"], beside.content)
    assert museum.codec.decode("sendPlan", read) == museum.codec.decode("sendPlan", inside.content)
    first, second = museum.context.ledger.effects
    assert first.digest == second.digest
