import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.testclient import TestClient

from connectors.catalogue import CatalogueError, read_folder
from connectors.contract import ContractUnusable
from connectors.generic_rest.connector import GenericRest
from connectors.http import HttpReply
from connectors.manifest import HttpRequest
from connectors.new_folder import FolderTaken, Made, Wishes, new_folder
from connectors.port import Call, Effect
from connectors.sandbox import create_sandbox
from mappings.canonical import CANONICAL, CanonicalError, validate

SOURCE = Path(__file__).parents[1] / "agencies" / "archive.openapi.yaml"
NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return new_folder(SOURCE, tmp_path_factory.mktemp("root"), Wishes("archive", title_en="Archive of building files"))


@pytest.fixture
def sandbox(made: Made) -> Iterator[Any]:
    app = create_sandbox({"archive": made.connected}, clock=lambda: NOW, seed=1)
    with TestClient(app, base_url="http://sandbox/archive/api/v2") as http:
        yield SimpleNamespace(http=http, context=app.state.contexts["archive"])


def test_the_folder_holds_no_code(made: Made) -> None:
    kinds = {path.suffix for path in made.connected.folder.rglob("*") if path.is_file()}
    assert kinds == {".toml", ".yaml", ".json", ".md"}
    manifest = made.connected.manifest
    assert manifest.kind == "generic_rest"
    assert manifest.operations["lend_file"].effect is Effect.ONCE
    assert manifest.operations["lend_file"].resolved_by == "person"
    assert made.connected.manifest.title.fa == "بایگانی پرونده‌های ساختمانی"


def test_every_mapping_passes_the_tests_that_came_with_it(made: Made) -> None:
    for mapping in made.connected.mappings.values():
        assert len(mapping.run_tests()) >= 6
        assert [result for result in mapping.run_tests() if not result.passed] == []


def test_the_canonical_types_are_the_hubs_kind(made: Made) -> None:
    assert {"ArchiveLendFileRequest", "ArchiveLendFileAnswer"} <= set(CANONICAL)
    asked = {"file_number": "7", "borrower": {"national_code": "9990000018"}, "due": "2026-12-01"}
    validate("ArchiveLendFileRequest", asked)
    with pytest.raises(CanonicalError) as wrong:
        validate("ArchiveLendFileRequest", {**asked, "due": "yesterday", "borrower": {}, "more": 1})
    assert [error.pointer for error in wrong.value.errors] == ["/borrower/national_code", "/due", "/more"]


def test_what_shadows_a_models_own_attribute_is_renamed(made: Made) -> None:
    search = made.connected.mappings["get_loans_search"].document
    assert search.from_native is not None
    read, each = search.from_native["items"]
    assert read == {"path": "/body"}
    assert each["each"]["json_value"] == {"path": "/json"}


def test_the_simulator_answers_and_tells_two_requests_apart(sandbox: Any) -> None:
    first, second = (sandbox.http.get(f"/files/{number}").json() for number in ("77-1", "77-2"))
    assert (first["number"], second["number"]) == ("77-1", "77-2")
    assert first["state"] in {"OPEN", "LENT", "CLOSED"}
    assert sandbox.http.get("/files/unknown").status_code == 404


def test_the_simulator_checks_requests_by_the_contract(sandbox: Any) -> None:
    assert sandbox.http.post("/loans", json={"fileNumber": "7"}).status_code == 400
    assert sandbox.http.post("/loans", content=b"{", headers={"content-type": "application/json"}).status_code == 400
    assert sandbox.http.get("/files/77-1", params={"withHistory": "perhaps"}).status_code == 400
    assert sandbox.http.get("/files/" + "7" * 21).status_code == 400
    assert sandbox.context.ledger.effects == ()


def test_the_simulator_writes_down_what_happened(sandbox: Any) -> None:
    loan = {"fileNumber": "7", "borrower": {"nationalCode": "9990000018"}}
    for _ in range(2):
        assert sandbox.http.post("/loans", json=loan).status_code == 201
        assert sandbox.http.delete("/files/77-1").status_code == 204
    happened = [effect.operation for effect in sandbox.context.ledger.effects]
    assert (happened.count("lend_file"), happened.count("drop_reservation")) == (2, 1)


def test_the_simulator_knows_credentials_and_holidays(sandbox: Any) -> None:
    assert sandbox.http.get("/files/7", headers={"X-Archive-Key": "wrong"}).status_code == 401
    sandbox.context.calendar.holidays.add(date(2026, 11, 21))
    closed = sandbox.http.get("/files/7")
    assert (closed.status_code, closed.headers["retry-after"]) == (503, "3600")


def test_equal_seeds_answer_equally(made: Made) -> None:
    answers = []
    for _ in range(2):
        app = create_sandbox({"archive": made.connected}, clock=lambda: NOW, seed=5)
        with TestClient(app) as http:
            answers.append(http.get("/archive/api/v2/loans/search?state=LENT").json())
    assert answers[0] == answers[1] != []


def call_for(native: dict[str, Any], *, form: bool = False) -> Any:
    http = HttpRequest(method="POST", path="/a/{x}/{y}", form=form)
    reach: Any = SimpleNamespace(manifest=SimpleNamespace(name="s", operations={"o": SimpleNamespace(http=http)}))
    connector = GenericRest.__new__(GenericRest)
    connector.reach = reach
    return connector.call_for("o", native, Call("i", "c", "r", "o", {}, NOW))


def test_every_part_of_a_request_goes_to_its_place() -> None:
    made = call_for(
        {
            "path": {"x": "a/b", "y": 7},
            "query": {"flag": True, "list": [1, 2], "text": "ی"},
            "header": {"X-Office": "۶"},
            "body": [1],
        }
    )
    assert made.path == "/a/a%2Fb/7?flag=true&list=1&list=2&text=%DB%8C"
    assert made.headers["X-Office"] == "۶"
    assert json.loads(made.content) == [1]
    assert call_for({"path": {"x": 1, "y": 2}, "body": {"a": True}}, form=True).content == b"a=true"
    assert call_for({"path": {"x": 1, "y": 2}}).content is None


@pytest.mark.parametrize(
    ("body", "native"),
    [
        (b"", {"$http": {"status": 200}}),
        (b"[1]", {"body": [1], "$http": {"status": 200}}),
        (b'{"a": 1}', {"body": {"a": 1}, "$http": {"status": 200}}),
        (b"<html>", {"$text": "<html>", "$http": {"status": 200}}),
    ],
)
def test_every_reply_is_read(body: bytes, native: Any) -> None:
    assert GenericRest.__new__(GenericRest).read("o", HttpReply(200, {}, body)) == native


def test_wishes_are_heard(tmp_path: Path) -> None:
    wishes = Wishes("archive", only=["lend_file"], effects={"lend_file": Effect.IDEMPOTENT}, owner="IR/MUN/archive")
    manifest = new_folder(SOURCE, tmp_path, wishes).connected.manifest
    assert list(manifest.operations) == ["lend_file"]
    assert manifest.operations["lend_file"].effect is Effect.IDEMPOTENT
    assert manifest.owner == "IR/MUN/archive"
    with pytest.raises(FolderTaken):
        new_folder(SOURCE, tmp_path, wishes)
    with pytest.raises(ContractUnusable, match="there is no such operation"):
        new_folder(SOURCE, tmp_path, Wishes("other", only=["nothing"]))
    with pytest.raises(ContractUnusable, match=r"contract\.name"):
        new_folder(SOURCE, tmp_path, Wishes("../up"))
    assert [path.name for path in tmp_path.iterdir()] == ["archive"]


def test_an_example_that_does_not_fit_is_replaced_and_told(tmp_path: Path) -> None:
    wrong = SOURCE.read_text(encoding="utf-8").replace("state: LENT}", "state: BURNT}")
    source = tmp_path / "archive.yaml"
    source.write_text(wrong, encoding="utf-8")
    made = new_folder(source, tmp_path / "root", Wishes("archive", only=["lend_file"]))
    assert "does not fit its schema" in made.notes[0]
    assert made.connected.examples[0].answer is not None
    assert made.connected.examples[0].answer["state"] in {"LENT", "QUEUED"}


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("canonical/ArchiveLendFileAnswer.json", '"type": "object"', '"type": "thing"', "an object with properties"),
        ("canonical/ArchiveLendFileAnswer.json", '"loan_id"', '"_x"', "a field is named by letters"),
        ("canonical/ArchiveLendFileAnswer.json", '"loan_id": {', '"other": {', "required names fields"),
        ("contract/archive.openapi.yaml", "/loans:", "/lent:", "no such method and path"),
        ("manifest.toml", 'kind = "generic_rest"', "", "__init__.py: missing"),
        ("manifest.toml", 'kind = "generic_rest"', 'kind = "generic_soap"', "does not go with kind"),
        ("manifest.toml", 'openapi = "contract/archive.openapi.yaml"', 'openapi = "contract/none"', "none"),
    ],
)
def test_a_damaged_folder_names_what_is_wrong(tmp_path: Path, file: str, old: str, new: str, said: str) -> None:
    folder = new_folder(SOURCE, tmp_path, Wishes("archive", only=["lend_file"])).connected.folder
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(CatalogueError, match=said):
        read_folder(folder)


def test_a_folder_may_not_redefine_the_hubs_own_types(made: Made, tmp_path: Path) -> None:
    folder = new_folder(SOURCE, tmp_path, Wishes("archive", only=["lend_file"])).connected.folder
    (folder / "canonical" / "Person.json").write_text('{"type": "object", "properties": {}}', encoding="utf-8")
    with pytest.raises(CatalogueError, match="the hub's own"):
        read_folder(folder)
