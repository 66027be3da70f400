"""The simulated portal's own quirks, seen from outside."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from connectors.permit_portal import simulator
from connectors.permit_portal.accounts import LIFETIME, WRONG_PASSWORD
from connectors.permit_portal.data import STATUSES
from connectors.simulation import FaultKind, SimulationContext

NOW = datetime(2026, 5, 20, 8, 30, tzinfo=UTC)
QUERIES = Path(simulator.__file__).parent / "contract" / "queries"
ACCOUNT = ("hub", "secret")


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def context(clock: Clock) -> SimulationContext:
    return SimulationContext.fresh("permit_portal", clock=clock, seed=1)


@pytest.fixture
def http(context: SimulationContext) -> Iterator[TestClient]:
    with TestClient(simulator.create(context)) as client:
        yield client


def search(http: TestClient, **wanted: Any) -> Any:
    query = (QUERIES / "search.graphql").read_text(encoding="utf-8")
    reply = http.post("/graphql", json={"query": query, "variables": {"input": wanted}})
    assert reply.status_code == 200
    return reply.json()


def found(http: TestClient, **wanted: Any) -> Any:
    return search(http, **wanted)["data"]["filterLicenses"]


def category(answer: Any) -> str:
    assert answer["data"] is None
    return str(answer["errors"][0]["extensions"]["category"])


def test_twenty_one_a_page_and_no_more_than_2100(http: TestClient) -> None:
    first = found(http, page="1")
    assert len(first["license"]) == 21
    assert first["pagination"] == {"total": 2100, "per_page": 21, "current_page": 1}
    assert len(found(http, page="100")["license"]) == 21
    assert found(http, page="101")["license"] == []


def test_the_page_is_text(http: TestClient) -> None:
    assert category(search(http, page=1)) == "graphql"
    assert category(search(http, page="first")) == "validation"


def test_days_are_unpadded_and_gregorian(http: TestClient) -> None:
    assert category(search(http, responded_at_from="2026/03/09")) == "validation"
    assert category(search(http, responded_at_from="2026-3-9")) == "validation"
    assert category(search(http, responded_at_from="2026/2/30")) == "validation"
    some = found(http, responded_at_from="2026/1/5", responded_at_to="2026/1/9")["license"]
    assert some
    assert all("2026-01-05" <= one["responded_at"][:10] <= "2026-01-09" for one in some)


def test_filters_narrow(http: TestClient) -> None:
    assert found(http, title="پروانه ساختمانی", province_id="33", township_id="3312")["pagination"]["total"] > 0
    assert found(http, organization_codes=["7003"])["license"][0]["organization_title"] == "اداره کل ورزش و جوانان"
    assert found(http, name="متقاضی نمونه 015")["pagination"]["total"] == 1
    assert category(search(http, nonsense="x")) == "graphql"


def test_the_filter_tells_arabic_from_persian_letters(http: TestClient) -> None:
    assert found(http, title="كسب")["pagination"]["total"] > 0
    assert found(http, title="کسب")["pagination"]["total"] == 0


def test_count_and_provinces(http: TestClient) -> None:
    places = "provinceTownship { province_id township { township_id } }"
    query = "query($i: LicenseFilter!) { countFilteredLicenses(input: $i) " + places + " }"
    data = http.post("/graphql", json={"query": query, "variables": {"i": {"name": "نمونه 015"}}}).json()["data"]
    assert data["countFilteredLicenses"] == 1
    tehran = data["provinceTownship"][0]
    assert (tehran["province_id"], tehran["township"][0]["township_id"]) == ("33", "3310")


def test_a_body_that_is_no_query(http: TestClient) -> None:
    assert category(http.post("/graphql", content=b"hello").json()) == "request"
    assert category(http.post("/graphql", json=[1]).json()) == "request"
    assert category(http.post("/graphql", json={"query": "{ x }", "variables": [1]}).json()) == "request"


def test_an_unknown_number_has_no_licence(http: TestClient) -> None:
    query = (QUERIES / "details.graphql").read_text(encoding="utf-8")
    data = http.post("/graphql", json={"query": query, "variables": {"id": "1234567"}}).json()["data"]
    assert data["licenseRequestDetails"]["license"] is None
    assert data["licenseRequestDetails"]["history"] == []


def test_every_state_is_reachable(http: TestClient) -> None:
    query = "query($id: String!) { licenseRequestDetails { license(id: $id) { status { status_slug } } } }"
    slugs = set()
    for number in ["33100001", *(f"3310900{last}" for last in range(1, 9))]:
        data = http.post("/graphql", json={"query": query, "variables": {"id": number}}).json()["data"]
        slugs.add(data["licenseRequestDetails"]["license"]["status"]["status_slug"])
    assert slugs == set(STATUSES)


def test_the_tracking_page(http: TestClient) -> None:
    assert "در حال بررسی" in http.get("/track/33100001").text
    assert http.get("/track/1").status_code == 404


def test_the_issuer_side_asks_who_calls(http: TestClient) -> None:
    for auth in (None, ("hub", WRONG_PASSWORD)):
        reply = http.get("/issuer/v1/requests/33100001", auth=auth)
        assert (reply.status_code, reply.json()["code"]) == (401, "unauthorized")
    assert http.get("/issuer/v1/requests/33100001", headers={"authorization": "Basic ***"}).status_code == 401


def test_requests_and_their_conditions(http: TestClient) -> None:
    request = http.get("/issuer/v1/requests/33100001", auth=ACCOUNT).json()
    assert request == {
        "requestNumber": "33100001",
        "title": "پروانه ساختمانی",
        "status": "under_review",
        "deadline": "2026-06-19T08:30:00+00:00",
    }
    conditions = http.get("/issuer/v1/requests/33100001/conditions", auth=ACCOUNT).json()["conditions"]
    assert [condition["number"] for condition in conditions] == ["101", "102", "103", "104", "105"]
    assert http.get("/issuer/v1/requests/9900001", auth=ACCOUNT).status_code == 404


@pytest.mark.parametrize(
    "change",
    [
        {"decision": "MAYBE"},
        {"decidedAt": "yesterday"},
        {"decidedAt": "2026-05-20T12:00:00"},
        {"issuerReference": ""},
        {"issuerReference": "x" * 65},
        {"surprise": "x"},
        {"reason": 5},
    ],
)
def test_a_malformed_decision(http: TestClient, context: SimulationContext, change: dict[str, Any]) -> None:
    sound = {"issuerReference": "r-1", "decision": "APPROVE", "decidedAt": "2026-05-20T12:00:00+03:30"}
    reply = http.post("/issuer/v1/requests/33100001/decisions", json=sound | change, auth=ACCOUNT)
    assert (reply.status_code, reply.json()["code"]) == (400, "malformed")
    assert context.ledger.effects == ()


def test_a_decision_is_recorded_once_and_shown(http: TestClient, context: SimulationContext) -> None:
    asked = {"issuerReference": "r-1", "decision": "APPROVE", "decidedAt": "2026-05-20T12:00:00+03:30"}
    first = http.post("/issuer/v1/requests/33100001/decisions", json=asked, auth=ACCOUNT)
    again = http.post("/issuer/v1/requests/33100001/decisions", json=asked, auth=ACCOUNT)
    assert (first.status_code, again.status_code, again.json()["code"]) == (201, 409, "reference_repeated")
    assert http.get("/issuer/v1/decisions/r-1", auth=ACCOUNT).json() == first.json()
    assert http.get("/_sim/state").json()["decisions"][-1] == first.json()
    assert context.ledger.count("report_decision", "r-1") == 1


def test_a_clock_far_behind_sees_decisions_of_the_future(http: TestClient, context: SimulationContext) -> None:
    context.faults.arm(FaultKind.CLOCK_SKEW, operation="report_decision")
    asked = {"issuerReference": "r-1", "decision": "APPROVE", "decidedAt": "2026-05-20T12:00:00+03:30"}
    reply = http.post("/issuer/v1/requests/33100001/decisions", json=asked, auth=ACCOUNT)
    assert reply.json()["code"] == "decided_in_future"


def test_tokens_are_as_good_as_accounts_until_they_end(http: TestClient, clock: Clock) -> None:
    form = {"grant_type": "client_credentials"}
    assert http.post("/oauth2/token", data=form).status_code == 401
    assert http.post("/oauth2/token", data={"grant_type": "password"}, auth=ACCOUNT).status_code == 400
    token = http.post("/oauth2/token", data=form, auth=ACCOUNT).json()["access_token"]
    bearer = {"authorization": f"Bearer {token}"}
    assert http.get("/issuer/v1/decisions/earlier-33109003", headers=bearer).status_code == 200
    clock.now += LIFETIME
    reply = http.get("/issuer/v1/decisions/earlier-33109003", headers=bearer)
    assert (reply.status_code, reply.json()["code"]) == (401, "token_expired")
    assert http.get("/issuer/v1/decisions/x", headers={"authorization": "Bearer x"}).json()["code"] == "unauthorized"
