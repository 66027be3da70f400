"""The public board: its habits, and how the hub reads them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.port import Call, ContractBroken
from connectors.setad.board import Board, QueryRefused
from connectors.setad.notices import COUNT, population

Asked = Callable[..., Call]
NOW = datetime(2026, 8, 20, 6, 30, tzinfo=UTC)


def board(now: datetime = NOW) -> Board:
    return Board(lambda: now)


def test_the_population_shows_every_habit() -> None:
    cards = [notice.card for notice in population(NOW.date())]
    numbers = [card["number"] for card in cards]
    assert len(set(numbers)) == COUNT
    assert all(isinstance(number, str) and len(number) == 16 for number in numbers)
    assert any(number.startswith("00") for number in numbers)
    assert any(not number.isascii() for number in numbers)
    assert {type(card["basePrice"]) for card in cards} == {str, int, type(None)}
    assert any("," in str(card["basePrice"]) for card in cards)
    assert {str(card["isEmergency"]) for card in cards} == {"False", "None", "0", "1", "True"}
    assert {type(card["needType"]) for card in cards} == {str, int}
    assert any(card["jalaliDocumentDeadlineDate"] == "-" for card in cards)
    assert any("ي" in card["title"] for card in cards)


def test_two_boards_are_equal() -> None:
    assert board().search({}) == board().search({})


def test_tomorrow_the_deadlines_lie_ahead_again() -> None:
    deadlines = [
        board(NOW + timedelta(days=days)).search({})["content"][0]["jalaliSendDeadlineDate"] for days in (0, 200)
    ]
    assert deadlines == ["1405/06/28 - 13:00", "1406/01/18 - 13:00"]


@pytest.mark.parametrize("wrong", [{"pageSize": "11"}, {"pageNumber": "0"}, {"pageNumber": "-1"}, {"sort": "title"},
                                   {"searchTypeCode": "1433"}, {"pageNumber": "۲"}])  # fmt: skip
def test_the_board_refuses(wrong: dict[str, str]) -> None:
    with pytest.raises(QueryRefused):
        board().search(wrong)


def test_pages_add_up_to_everything() -> None:
    board_today = board()
    pages = [board_today.search({"pageNumber": str(page), "pageSize": "10"}) for page in range(1, 7)]
    assert [len(page["content"]) for page in pages] == [10, 10, 10, 10, 7, 0]
    assert {page["totalElements"] for page in pages} == {COUNT}
    assert {page["totalPages"] for page in pages} == {5}


def test_search_knows_arabic_and_persian_letters() -> None:
    board_today = board()
    found = board_today.search({"queryText": "چراغ خیابانی"})
    assert found == board_today.search({"queryText": "چراغ خيابانى".replace("ى", "ي")})
    assert found["totalElements"] > 0


async def read_all(system: Any, asked: Asked, **wanted: Any) -> list[dict[str, Any]]:
    notices: list[dict[str, Any]] = []
    for page in range(1, 6):
        answer = await system.ask(asked("list_notices", {"page": page, "page_size": 10, **wanted}))
        assert answer.data["page"] == page
        notices += answer.data["notices"]
    return notices


async def test_the_hub_reads_every_notice(theatre: Any, asked: Asked) -> None:
    async with theatre.playing() as system:
        notices = await read_all(system, asked)
    assert len({notice["number"] for notice in notices}) == COUNT
    assert all(notice["number"].isascii() and len(notice["number"]) == 16 for notice in notices)
    assert {notice.get("emergency") for notice in notices} == {True, False, None}
    assert {type(notice.get("base_price_rial")) for notice in notices} == {int, type(None)}
    assert notices[0]["offers_deadline"] == "2026-09-19T13:00:00+03:30"
    assert notices[0]["documents_deadline"] == "2026-08-30T10:00:00+03:30"
    assert "documents_deadline" not in notices[3]


async def test_the_hub_narrows_the_search(theatre: Any, asked: Asked) -> None:
    async with theatre.playing() as system:
        services = await read_all(system, asked, kind="services")
        tehran = await read_all(system, asked, city_code="3310")
    assert {notice["kind"] for notice in services} == {"services"}
    assert {notice["city"] for notice in tehran} == {"تهران"}


async def test_a_number_that_went_through_a_number_is_not_believed(theatre: Any, asked: Asked) -> None:
    theatre.context.faults.arm("lost_zeros")
    async with theatre.playing() as system:
        with pytest.raises(ContractBroken) as broken:
            await system.ask(asked("list_notices", {"page": 1, "page_size": 10}))
    assert broken.value.code == "mapping.answer_invalid"
