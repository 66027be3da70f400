"""What a client is built from is given out over HTTP, with the sandbox as the address, and no file beside it."""

from datetime import UTC, datetime

import pytest
import yaml
from starlette.testclient import TestClient

from connectors.catalogue import PACKAGE, read_folder
from connectors.sandbox import create_sandbox
from connectors.sandbox_contract import addressed

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
NAMES = ("civil_registry", "legal_persons", "permit_portal")


@pytest.fixture(scope="module")
def http():
    catalogue = {name: read_folder(PACKAGE / name) for name in NAMES}
    with TestClient(create_sandbox(catalogue, clock=lambda: NOW, seed=1), base_url="http://box:9") as client:
        yield client


def test_every_file_that_is_listed_is_given_and_no_other(http):
    listed = http.get("/_contract/").json()
    assert tuple(listed) == NAMES
    registry = http.get("/_contract/civil_registry/").json()
    assert registry == listed["civil_registry"]
    assert (registry["address"], registry["operations"]["identity"]["grade"]) == (
        "http://box:9/civil_registry",
        "verified",
    )
    assert "lost_zeros" in registry["operations"]["identity"]["faults"]
    for one in listed.values():
        assert any("/examples/" in name for name in one["files"])
        for name in one["files"]:
            assert http.get(name).status_code == 200, name
    for path in (
        "civil_registry/manifest.toml",
        "civil_registry/%2e%2e/shahkar/README.md",
        "nobody/",
        "nobody/README.md",
    ):
        assert http.get(f"/_contract/{path}").status_code == 404, path


def test_a_contract_names_the_sandbox_as_its_address(http):
    wsdl = http.get("/_contract/civil_registry/contract/estelam.wsdl").text
    assert 'location="http://box:9/civil_registry/EstelamService"' in wsdl
    nested = http.get("/_contract/legal_persons/contract/inquiry_special.wsdl").text
    assert 'location="http://box:9/legal_persons/legal-persons/InquirySpecial"' in nested
    openapi = yaml.safe_load(http.get("/_contract/permit_portal/contract/issuer.openapi.yaml").text)
    assert openapi["servers"] == [{"url": "http://box:9/permit_portal"}]
    query = http.get("/_contract/permit_portal/contract/read.graphql")
    assert "type Query" in query.text
    imagined = '<soap:address location="http://far/bus/services/Needs"/>'
    assert "http://here/setad/services/Needs" in addressed(
        imagined, ".wsdl", "http://here/setad", frozenset({"/services/Needs"})
    )


def test_a_system_is_made_anew(http):
    contexts = http.app.state.contexts
    contexts["permit_portal"].ledger.record("report_decision", "once", {})
    http.post("/permit_portal/_sim/faults", json={"kind": "hang", "operation": "report_decision"})
    other = contexts["civil_registry"]
    assert http.get("/permit_portal/_sim/reset").status_code == 405
    assert len(http.get("/permit_portal/_sim/ledger").json()) == 1
    assert http.post("/permit_portal/_sim/reset").status_code == 204
    assert http.get("/permit_portal/_sim/ledger").json() == http.get("/permit_portal/_sim/faults").json() == []
    assert contexts["permit_portal"].ledger.effects == ()
    assert contexts["civil_registry"] is other
