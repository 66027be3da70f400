"""From the offers to the contract at the simulated agency side, and the session of the board's second list."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.faults import FaultKind
from connectors.port import Call, Refused, Retryable
from connectors.setad.awards import Awarded, Awards, Registered
from connectors.setad.needs import AWARDED, FIRST, LONG_AWARDED, Needs, Refusal

BEGAN = datetime(2026, 8, 20, 6, 30, tzinfo=UTC)
Asked = Callable[..., Call]


@pytest.fixture
def now() -> list[datetime]:
    return [BEGAN]


@pytest.fixture
def needs() -> Needs:
    return Needs()


@pytest.fixture
def awards(needs: Needs, now: list[datetime]) -> Awards:
    return Awards(needs, lambda: now[0])


def choice(need: str, offer: str = "1", reference: str = "ref") -> dict[str, str]:
    return {"orgReference": reference, "needNumber": need, "offerNumber": offer}


def contract(need: str, winner: str = "99900000024") -> dict[str, str]:
    return {"orgReference": "ref", "needNumber": need, "contractorLegalId": winner}


def test_offers_stay_sealed_until_the_deadline(awards: Awards, needs: Needs, now: list[datetime]) -> None:
    need = needs.publish(
        {
            "orgReference": "r",
            "orgLegalId": "99900000010",
            "title": "t",
            "jalaliSendDeadlineDate": "1405/06/01 - 13:00",
            "estimatedPrice": "5",
        },
        BEGAN,
    )
    assert not isinstance(need, Refusal)
    page = {"needNumber": need.number, "pageNumber": "1"}
    sealed, early = awards.offers(page), awards.award(choice(need.number))
    assert isinstance(sealed, Refusal)
    assert isinstance(early, Refusal)
    assert (sealed.code, early.code) == ("210", "210")
    now[0] += timedelta(days=4)
    opened = awards.offers(page)
    assert not isinstance(opened, Refusal)
    assert dict(opened)["totalElements"] == "2"


def test_the_pages_of_offers_are_ten_ten_three_and_then_none(awards: Awards) -> None:
    found = [awards.offers({"needNumber": FIRST.number, "pageNumber": str(page)}) for page in (1, 2, 3, 4)]
    assert [len(dict(page)["offers"]) for page in found if not isinstance(page, Refusal)] == [10, 10, 3, 0]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (choice("0005980000000099"), "200"),
        (choice(FIRST.number, "24"), "220"),
        (choice(FIRST.number, "0"), "220"),
        (choice(FIRST.number, "3"), "221"),
        (choice(AWARDED.number), "230"),
    ],
)
def test_an_award_that_cannot_be(awards: Awards, asked: dict[str, str], code: str) -> None:
    refused = awards.award(asked)
    assert isinstance(refused, Refusal)
    assert refused.code == code


def test_a_contract_is_taken_once_from_the_winner_within_seven_days(awards: Awards, now: list[datetime]) -> None:
    def code(need: str, **more: str) -> str:
        outcome = awards.register(contract(need, **more))
        return outcome.code if isinstance(outcome, Refusal) else "0"

    assert code(FIRST.number) == "231"
    assert code(LONG_AWARDED.number) == "240"
    assert code(AWARDED.number, winner="99900000010") == "232"
    assert code(AWARDED.number) == "0"
    assert code(AWARDED.number) == "241"
    made = awards.award(choice(FIRST.number, reference="mine"))
    assert isinstance(made, Awarded)
    assert dict(made.members)["jalaliContractDueDate"] == "1405/06/05"
    now[0] += timedelta(days=7, seconds=1)
    assert code(FIRST.number) == "240"
    assert awards.find(awards.awarded, "mine") == made.members
    assert isinstance(awards.find(awards.registered, "nobody's"), Refusal)
    assert isinstance(awards.registered[AWARDED.number], Registered)


async def test_the_award_and_the_contract_give_the_case_their_numbers(theatre: Any, asked: Asked) -> None:
    async with theatre.playing() as system:
        award = {"need_number": FIRST.number, "offer_number": "1", "decided_on": "2026-08-20", "reason": "r"}
        answer = await system.ask(asked("award_need", award))
        assert answer.aliases == {"setad": FIRST.number, "setad_award": answer.data["award_number"]}
        with pytest.raises(Refused, match="already_awarded"):
            await system.ask(asked("award_need", award))


async def test_a_session_that_ends_is_renewed_and_one_that_is_never_good_waits(theatre: Any, asked: Asked) -> None:
    async with theatre.playing() as system:
        question = asked("list_grid", {"page": 2, "page_size": 3})
        assert (await system.ask(question)).data["page"] == 2
        theatre.context.faults.arm(FaultKind.EXPIRED_TOKEN, operation="list_grid")
        assert (await system.ask(question)).data["page"] == 2
        theatre.context.faults.arm(FaultKind.EXPIRED_TOKEN, operation="list_grid", times=None)
        with pytest.raises(Retryable, match="session_refused") as waits:
            await system.ask(question)
        assert waits.value.after is not None
