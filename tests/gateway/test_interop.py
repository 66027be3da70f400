"""Other people's clients against our faces, over a real socket: zeep, a plain `requests` script, and curl.

Nothing here is skipped: zeep brings requests along, and curl is part of every machine that runs the tests.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import requests
import zeep
from zeep.transports import Transport

from connectors.serving import listen, serving

PORTAL, URBAN = "IR/GOV/permits", "IR/MUN/tehran/urban"

SCRIPT = """
import sys, requests

base, key, portal, portal_key = sys.argv[1:]
hub = requests.Session()
hub.headers["Authorization"] = f"Bearer {key}"
opened = hub.post(f"{base}/v1/cases", json={
    "service": "building-permit", "applicant": {"national_id": "9990000018"}, "channel": "C2G",
    "aliases": [{"system": "permit_portal", "value": "R-17"}],
})
opened.raise_for_status()
code = opened.json()["tracking_code"]
pushed = requests.post(f"{base}/v1/status", headers={"Authorization": f"Bearer {portal_key}"}, json={
    "system": "permit_portal", "reference": "R-17", "status": "12", "occurred_at": "2026-11-21T13:35:00+03:30",
})
pushed.raise_for_status()
assert pushed.json()["tracking_code"] == code
envelope = '''<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">
  <soap:Body><pushStatus xmlns="urn:peyvand:status:1"><system>permit_portal</system><reference>R-17</reference>
  <status>{}</status><occurredAt>2026-11-21T13:36:00+03:30</occurredAt></pushStatus></soap:Body></soap:Envelope>'''
for status in ("20", "99"):
    answer = requests.post(
        f"{base}/soap/status", data=envelope.format(status).encode(), auth=(portal, portal_key),
        headers={"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '"urn:peyvand:status:1/pushStatus"'},
    )
    print(answer.status_code, "status.unknown" in answer.text, code in answer.text)
print(hub.get(f"{base}/v1/cases/{code}").json()["last_status"]["title_en"])
"""


@pytest.fixture
async def base(house: Any) -> AsyncIterator[str]:
    """The address of the house behind a real server, which its WSDL names too."""
    listener = listen("127.0.0.1", 0)
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    object.__setattr__(house.parts, "base_url", address)
    async with serving(house.client.app, listener):
        yield address


async def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(
        subprocess.run, [str(word) for word in words], capture_output=True, text=True, timeout=60, check=False
    )


def open_case(house: Any, alias: str) -> Any:
    return house.call("POST", "/v1/cases", json=house.case(aliases=[{"system": "permit_portal", "value": alias}]))


@pytest.mark.parametrize("port", ["Soap11", "Soap12"])
async def test_zeep_reads_our_wsdl_and_pushes(house: Any, base: str, port: str) -> None:
    code = open_case(house, "Z-1").json()["tracking_code"]

    def talk() -> tuple[Any, Any]:
        with requests.Session() as session:
            session.headers["Authorization"] = f"Bearer {house.keys[PORTAL]}"
            client = zeep.Client(f"{base}/soap/status?wsdl", transport=Transport(session=session, timeout=20))
            status = client.bind("StatusService", port)
            asked = {
                "system": "permit_portal",
                "reference": "Z-1",
                "status": "12",
                "occurredAt": "2026-11-21T13:35:00+03:30",
                "detail": {"entry": [{"name": "note", "value": "یادداشت"}]},
            }
            pushed = status.pushStatus(**asked)
            with pytest.raises(zeep.exceptions.Fault) as refused:
                status.pushStatus(**asked | {"status": "99"})
            return pushed, refused.value

    pushed, refused = await asyncio.to_thread(talk)
    assert (pushed.trackingCode, pushed.duplicate) == (code, False)
    assert refused.detail is not None
    assert "status.unknown" in [leaf.text for leaf in refused.detail.iter()]


async def test_a_plain_requests_script_uses_both_faces(house: Any, base: str) -> None:
    ran = await run(sys.executable, "-c", SCRIPT, base, house.keys[URBAN], PORTAL, house.keys[PORTAL])
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines() == ["200 False True", "500 True False", "Approved"]


async def test_curl_uses_both_faces(house: Any, base: str, tmp_path: Path) -> None:
    case = tmp_path / "case.json"
    case.write_text(json.dumps(house.case(aliases=[{"system": "permit_portal", "value": "C-1"}])), encoding="utf-8")
    opened = await run(
        "curl", "-sS", "--fail-with-body", f"{base}/v1/cases", "-H", f"Authorization: Bearer {house.keys[URBAN]}",
        "-H", "Content-Type: application/json", "--data", f"@{case}",
    )  # fmt: skip
    assert opened.returncode == 0, opened.stderr + opened.stdout
    code = json.loads(opened.stdout)["tracking_code"]
    wsdl = await run("curl", "-sS", "--fail", f"{base}/soap/status?wsdl")
    assert "pushStatusResponse" in wsdl.stdout
    envelope = tmp_path / "push.xml"
    envelope.write_text(
        '<Envelope xmlns="http://www.w3.org/2003/05/soap-envelope"><Body><pushStatus xmlns="urn:peyvand:status:1">'
        "<system>permit_portal</system><reference>C-1</reference><status>20</status>"
        "<occurredAt>2026-11-21T10:00:00Z</occurredAt></pushStatus></Body></Envelope>",
        encoding="utf-8",
    )
    pushed = await run(
        "curl", "-sS", "--fail-with-body", f"{base}/soap/status", "--user", f"{PORTAL}:{house.keys[PORTAL]}",
        "-H", "Content-Type: application/soap+xml; charset=utf-8", "--data-binary", f"@{envelope}",
    )  # fmt: skip
    assert pushed.returncode == 0, pushed.stderr + pushed.stdout
    assert code in pushed.stdout
    stranger = await run("curl", "-sS", "-o", "-", "-w", "%{http_code}", f"{base}/soap/status", "-d", "x")
    assert "credential" in stranger.stdout or "soap.malformed" in stranger.stdout
