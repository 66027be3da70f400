from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from connectors.catalogue import PACKAGE, read_folder
from connectors.http import HttpClient, NotSent
from connectors.sandbox import create_sandbox
from connectors.sandbox_tls import sandbox_identity
from connectors.serving import listen, serving
from pki.tls import client_context, server_context

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


def test_a_fault_is_switched_on_by_a_plain_form() -> None:
    catalogue = {"civil_registry": read_folder(PACKAGE / "civil_registry")}
    sandbox = create_sandbox(catalogue, clock=lambda: NOW, seed=1)
    faults, ledger = (getattr(sandbox.state.contexts["civil_registry"], part) for part in ("faults", "ledger"))
    with TestClient(sandbox, follow_redirects=True) as http:
        page = http.get("/_admin/civil_registry").text
        assert '<option value="identity/http_500">' in page
        assert "<script" not in page
        assert "دفتر اثرها" in page
        form = {"fault": "identity/delay", "times": "always", "seconds": "0.5"}
        shown = http.post("/_admin/civil_registry", data=form).text
        (armed,) = faults.armed
        assert (armed.kind, armed.operation, armed.times, armed.options) == (
            "delay",
            "identity",
            None,
            {"seconds": 0.5},
        )
        assert "همیشه · always" in shown
        ledger.record("identity", "<b>reference</b>", {})
        assert "&lt;b&gt;reference" in http.get("/_admin/civil_registry").text
        for wrong in ({"fault": "identity/none"}, {"fault": "identity/delay", "times": "x"}, {}):
            assert http.post("/_admin/civil_registry", data=wrong).status_code == 422
        foreign = http.post("/_admin/civil_registry", data={"clear": "1"}, headers={"Origin": "https://evil.example"})
        assert foreign.status_code == 403
        assert len(faults.armed) == 1
        http.post("/_admin/civil_registry", data={"clear": "1"}, headers={"Origin": "http://testserver"})
        assert faults.armed == ()
        assert http.get("/_admin/nobody").status_code == 404
        assert http.get("/_root.pem").status_code == 404


async def test_the_sandbox_speaks_https_under_its_own_root(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    identity, root = sandbox_identity(tmp_path / "sandbox", now=now, hosts=["127.0.0.1", "sandbox.example"])
    again, same = sandbox_identity(tmp_path / "sandbox", now=now, hosts=[])
    assert same == root, "the root stays, so that clients trust it once"
    assert again.key_pem != identity.key_pem
    assert (tmp_path / "sandbox" / "root.key").stat().st_mode & 0o777 == 0o600
    sandbox = create_sandbox({}, clock=lambda: now, root=root)
    async with serving(sandbox, listen("127.0.0.1", 0), server_context(identity)) as url:
        assert url.startswith("https://127.0.0.1:")
        trusting, usual = HttpClient(tls=client_context(trust_pem=root.decode())), HttpClient()
        try:
            given = await trusting.send("GET", f"{url}/_root.pem", headers={}, content=None, timeout=5)
            with pytest.raises(NotSent, match="certificate"):
                await usual.send("GET", url, headers={}, content=None, timeout=5)
        finally:
            await trusting.close()
            await usual.close()
    assert given.body == root
