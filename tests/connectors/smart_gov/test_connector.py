"""The smart-government portal asked through the whole connector, over HTTP."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.port import ContractBroken, Refused, Retryable
from connectors.simulation import FaultKind

MESSAGE = {
    "national_id": "9990000018",
    "tracking_code": "05100112345678901234",
    "title": "پروانه صادر شد",
    "body": "متن پیام",
    "stage": "issued",
    "occurred_at": "2026-05-20T11:45:00+03:30",
}
CARD: dict[str, Any] = {
    "code": "10051234000",
    "version": 1,
    "title_fa": "صدور پروانه ساختمانی",
    "title_en": "Building permit",
    "provider": "IR/MUN/1001",
    "kind": "delegable",
    "electronic": "semi",
    "legal_basis": [],
    "beneficiaries": [],
    "documents": [],
    "needs_from_agencies": [],
    "attendance": False,
    "steps": [{"order": 1, "title_fa": "تشکیل پرونده", "title_en": "Opening the file"}],
    "approval_reference": "1405/1",
}


async def test_a_message_is_delivered_once_whatever_is_repeated(far: Any) -> None:
    far.context.faults.arm(FaultKind.LOST_ANSWER, operation="push_folder")
    call = far.call("push_folder", MESSAGE)
    answer = await far.system.ask(call)
    assert answer.data == {"message_id": "F00000001", "delivered_at": "2026-05-20T12:00:00+03:30"}
    assert (await far.system.ask(call)).data == answer.data
    assert far.context.ledger.count("push_folder", "r-1") == 1


async def test_one_token_serves_everybody(far: Any) -> None:
    await asyncio.gather(*(far.system.ask(far.call("push_folder", MESSAGE, f"r-{n}")) for n in range(8)))
    assert far.context.state["tokens_issued"]() == 1
    assert len(far.context.ledger.effects) == 8


async def test_an_ended_token_is_renewed_on_the_way(far: Any) -> None:
    await far.system.ask(far.call("push_folder", MESSAGE))
    far.context.faults.arm(FaultKind.EXPIRED_TOKEN, operation="publish_card")
    assert (await far.system.ask(far.call("publish_card", CARD))).data["version"] == 1
    assert far.context.state["tokens_issued"]() == 2


@pytest.mark.parametrize("kind", [FaultKind.HOLIDAY, FaultKind.OFFICE_HOURS, FaultKind.HTTP_200_ERROR])
@pytest.mark.parametrize(("operation", "payload"), [("push_folder", MESSAGE), ("publish_card", CARD)])
async def test_closed_means_the_next_working_day(
    far: Any, kind: FaultKind, operation: str, payload: dict[str, Any]
) -> None:
    far.context.faults.arm(kind, operation=operation)
    with pytest.raises(Retryable) as closed:
        await far.system.ask(far.call(operation, payload))
    assert closed.value.not_before == datetime(2026, 5, 20, 20, 30, tzinfo=UTC)  # Midnight in Tehran.
    assert far.context.ledger.effects == ()


@pytest.mark.parametrize(
    ("national_id", "code"),
    [
        ("9990000019", "smart_gov.national_id_invalid"),
        ("0000000000", "smart_gov.recipient_unknown"),
        ("9990000069", "smart_gov.folder_not_active"),
    ],
)
async def test_recipients_who_cannot_be_reached(far: Any, national_id: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        await far.system.ask(far.call("push_folder", MESSAGE | {"national_id": national_id}))
    assert refused.value.code == code


async def test_a_queued_message_has_no_time(far: Any) -> None:
    answer = await far.system.ask(far.call("push_folder", MESSAGE | {"national_id": "9990000026"}))
    assert answer.data == {"message_id": "F00000001"}


async def test_a_reference_stands_for_one_message(far: Any) -> None:
    await far.system.ask(far.call("push_folder", MESSAGE))
    with pytest.raises(Refused) as refused:
        await far.system.ask(far.call("push_folder", MESSAGE | {"title": "پیام دیگر"}))
    assert refused.value.code == "smart_gov.reference_reused"


async def test_versions_of_a_card(far: Any) -> None:
    for version in (1, 3):
        answer = await far.system.ask(far.call("publish_card", CARD | {"version": version}))
        assert answer.data["version"] == version
    for change, code in (
        ({"version": 2}, "version_superseded"),
        ({"version": 3, "title_en": "Other"}, "version_reused"),
        ({"version": 4, "approval_reference": "-"}, "approval_missing"),
    ):
        with pytest.raises(Refused) as refused:
            await far.system.ask(far.call("publish_card", CARD | change))
        assert refused.value.code == f"smart_gov.{code}"
    assert far.context.state["cards"]() == {"10051234000": [1, 3]}


async def test_a_new_state_of_delivery_is_a_broken_contract(far: Any) -> None:
    far.context.faults.arm(FaultKind.DRIFT_ENUM, operation="push_folder")
    with pytest.raises(ContractBroken):
        await far.system.ask(far.call("push_folder", MESSAGE))


async def test_the_citizen_reads_the_message(far: Any) -> None:
    update = far.system.inbound({"reference": "05100112345678901234", "status": "READ"})
    assert (update["stage"], update["title_en"]) == ("delivered", "The citizen read the message in the folder")
    with pytest.raises(ContractBroken):
        far.system.inbound({"reference": "05100112345678901234", "status": "BOUNCED"})
