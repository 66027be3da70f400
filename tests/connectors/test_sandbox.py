from datetime import UTC, datetime

from starlette.testclient import TestClient

from connectors.catalogue import PACKAGE, read_folder
from connectors.sandbox import create_sandbox

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)


def test_every_system_is_mounted_with_its_controls() -> None:
    catalogue = {"civil_registry": read_folder(PACKAGE / "civil_registry")}
    sandbox = create_sandbox(catalogue, clock=lambda: NOW, seed=1)
    with TestClient(sandbox) as http:
        page = http.get("/")
        assert "ثبت احوال" in page.text
        assert "National Organization for Civil Registration" in page.text
        assert http.post("/civil_registry/_sim/faults", json={"kind": "http_500", "operation": "identity"}).is_success
        assert http.post("/civil_registry/EstelamService", content=b"").text == "Internal Server Error"
        assert http.get("/civil_registry/_sim/faults").json() == []
        assert http.get("/civil_registry/_sim/ledger").json() == []
        assert http.get("/nobody/_sim/faults").status_code == 404
    assert sandbox.state.contexts["civil_registry"].faults.armed == ()
