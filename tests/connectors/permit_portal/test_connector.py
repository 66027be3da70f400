"""The permit portal asked through the whole connector, over HTTP."""

import json
from dataclasses import replace
from typing import Any

import pytest

from connectors.auth_profiles import OauthClientCredentials
from connectors.permit_portal.connector import create
from connectors.port import ContractBroken, InDoubt, Refused, Retryable
from connectors.simulation import FaultKind

APPROVED = {"request_number": "33100001", "decision": "approved", "decided_at": "2026-05-20T11:45:00+03:30"}
REJECTED = APPROVED | {"decision": "rejected", "condition_number": "102", "reason": "کاربری سازگار نیست"}


async def test_a_search_walks_the_pages(far: Any) -> None:
    numbers: set[str] = set()
    for page in (1, 2, 100, 101):
        answer = await far.system.ask(far.call("search", {"page": page}))
        assert (answer.data["total"], answer.data["page"], answer.data["per_page"]) == (2100, page, 21)
        numbers |= {permit["request_number"] for permit in answer.data["permits"]}
    assert len(numbers) == 63


async def test_days_travel_unpadded(far: Any) -> None:
    answer = await far.system.ask(
        far.call("search", {"issued_from": "2026-01-05", "issued_to": "2026-01-09", "page": 1})
    )
    assert answer.data["total"] > 0
    assert all("2026-01-05" <= permit["decided_on"] <= "2026-01-09" for permit in answer.data["permits"])


async def test_details_tell_the_history(far: Any) -> None:
    answer = await far.system.ask(far.call("details", {"request_number": "33109002"}))
    assert answer.data["state"] == "auto_issued"
    assert answer.data["history"][-1] == {
        "operation": "صدور خودکار با پایان مهلت",
        "reasons": ["پایان مهلت قانونی"],
        "at": "2026-05-18T12:00:00+03:30",
        "state": "auto_issued",
    }
    with pytest.raises(Refused) as refused:
        await far.system.ask(far.call("details", {"request_number": "7654321"}))
    assert refused.value.code == "permit_portal.not_found"


async def test_the_issuers_credentials_stay_on_the_issuers_side(far: Any) -> None:
    seen: dict[str, str | None] = {}
    line = far.system._guarded._connector._portal
    http = line._line._http
    send = http.send
    for operation, native in (
        ("search", {"query": "", "variables": {}}),
        ("decision_status", {"issuerReference": "r-1"}),
    ):

        async def spied(*args: Any, operation: str = operation, **more: Any) -> Any:
            seen[operation] = more["headers"].get("authorization")
            return await send(*args, **more)

        http.send = spied
        await line.exchange(operation, native, call=far.call(operation, {}), timeout=5)
    assert seen == {"search": None, "decision_status": "Basic aHViOnNlY3JldA=="}


async def test_a_decision_and_its_receipt(far: Any) -> None:
    answer = await far.system.ask(far.call("report_decision", REJECTED))
    assert answer.data["state"] == "rejected"
    assert answer.aliases == {"permit_portal": "33100001"}
    assert (await far.system.ask(far.call("decision_status", {"reference": "r-1"}))).data == answer.data
    details = await far.system.ask(far.call("details", {"request_number": "33100001"}))
    assert details.data["history"][-1]["reasons"] == ["شرط شماره 102", "کاربری سازگار نیست"]


@pytest.mark.parametrize("number", [None, "", "  "])
async def test_a_rejection_without_a_condition_never_leaves(far: Any, number: str | None) -> None:
    with pytest.raises(Refused) as refused:
        await far.system.ask(far.call("report_decision", REJECTED | {"condition_number": number}))
    assert refused.value.code == "permit_portal.condition_required"
    assert far.context.ledger.effects == ()
    assert far.system.status.last_error == ""


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"condition_number": "999"}, "permit_portal.condition_unknown"),
        ({"request_number": "33109002"}, "permit_portal.auto_issued"),
        ({"request_number": "33109003"}, "permit_portal.already_decided"),
        ({"request_number": "33109005"}, "permit_portal.wrong_state"),
        ({"request_number": "1234567"}, "permit_portal.not_found"),
        ({"reason": None}, "permit_portal.reason_required"),
    ],
)
async def test_the_portal_refuses(far: Any, change: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as refused:
        await far.system.ask(far.call("report_decision", REJECTED | change))
    assert refused.value.code == code
    assert refused.value.text
    assert far.context.ledger.effects == ()


async def test_an_automatic_issue_can_be_revoked(far: Any) -> None:
    revoked = {**APPROVED, "request_number": "33109002", "decision": "revoked", "reason": "سند باطل شد"}
    assert (await far.system.ask(far.call("report_decision", revoked))).data["state"] == "revoked"


async def test_a_lost_answer_is_asked_for_and_not_repeated(far: Any) -> None:
    far.context.faults.arm(FaultKind.LOST_ANSWER, operation="report_decision")
    call = far.call("report_decision", APPROVED)
    with pytest.raises(InDoubt):
        await far.system.ask(call)
    answer = await far.system.ask_after(call)
    assert (answer.data["state"], answer.aliases) == ("approved", {"permit_portal": "33100001"})
    assert far.context.ledger.count("report_decision", "r-1") == 1


async def test_a_decision_that_never_arrived_is_proved_absent(far: Any) -> None:
    far.context.faults.arm(FaultKind.HTTP_500, operation="report_decision")
    call = far.call("report_decision", APPROVED)
    with pytest.raises(InDoubt):
        await far.system.ask(call)
    assert await far.system.ask_after(call) is None
    assert (await far.system.ask(call)).data["state"] == "approved"


async def test_a_repeated_reference_is_in_doubt_and_resolved(far: Any) -> None:
    call = far.call("report_decision", APPROVED)
    first = await far.system.ask(call)
    with pytest.raises(InDoubt) as doubt:
        await far.system.ask(call)
    assert doubt.value.code == "permit_portal.reference_repeated"
    assert (await far.system.ask_after(call)).data == first.data


async def test_wrong_credentials_change_nothing(far: Any) -> None:
    far.context.faults.arm(FaultKind.HTTP_401, operation="report_decision")
    with pytest.raises(Retryable) as wrong:
        await far.system.ask(far.call("report_decision", APPROVED))
    assert wrong.value.code == "permit_portal.credentials_rejected"
    assert far.context.ledger.effects == ()


async def test_a_new_state_is_a_broken_contract(far: Any) -> None:
    far.context.faults.arm(FaultKind.DRIFT_ENUM, operation="details")
    with pytest.raises(ContractBroken):
        await far.system.ask(far.call("details", {"request_number": "33100001"}))


@pytest.mark.parametrize("operation", ["search", "details"])
async def test_spoilt_text_is_read_as_it_was_meant(far: Any, operation: str) -> None:
    payload = {"page": 1} if operation == "search" else {"request_number": "9900010"}
    clean = await far.system.ask(far.call(operation, payload))
    far.context.faults.arm(FaultKind.MOJIBAKE, operation=operation)
    assert (await far.system.ask(far.call(operation, payload))).data == clean.data
    far.context.faults.arm(FaultKind.CP1256, operation=operation)
    old = await far.system.ask(far.call(operation, payload))
    assert _folded(old.data) == _folded(clean.data)


def _folded(data: Any) -> str:
    """An old system writes Arabic letters and ASCII digits."""
    return json.dumps(data, ensure_ascii=False).translate(str.maketrans("یک۰۱۲۳۴۵۶۷۸۹", "يك0123456789"))


async def test_the_issuers_side_takes_tokens_too(far: Any) -> None:
    oauth = OauthClientCredentials()
    manifest = far.system.manifest.model_copy(update={"auth": oauth})
    reach = replace(far.system._guarded._connector._portal.reach, manifest=manifest)
    portal = create(reach)
    call = far.call("decision_status", {"reference": "earlier-33109003"})
    reply = await portal.exchange("decision_status", {"issuerReference": "earlier-33109003"}, call=call, timeout=5)
    assert reply["status"] == "approved"
    await portal.close()


async def test_pushed_states_become_stages(far: Any) -> None:
    update = far.system.inbound({"reference": "33100001", "status": "auto_issued"})
    assert (update["stage"], update["title_fa"]) == ("auto_issued", "با پایان مهلت قانونی مجوز خودکار صادر شد")
    with pytest.raises(ContractBroken):
        far.system.inbound({"reference": "33100001", "status": "lost"})
