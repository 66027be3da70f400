"""The simulated public board: searching and paging the made-up notices as the real one does."""

from collections.abc import Mapping
from typing import Any

from connectors.faults import Clock
from connectors.simulation import TEHRAN
from mappings.text import fold_key

from .notices import GOODS, SERVICES, Notice, population

LARGEST_PAGE = 10
SORT = "insertDate,desc"

Page = dict[str, Any]


class QueryRefused(Exception):
    """The board did not understand the query. `code` is its own."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class Board:
    """The board. `search` takes the query string's names."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def search(self, query: Mapping[str, str]) -> Page:
        """One page as the board writes it today. Raises QueryRefused."""
        size = _number(query, "pageSize", LARGEST_PAGE)
        if size > LARGEST_PAGE:
            raise QueryRefused("PAGE_SIZE", "حداکثر اندازهٔ صفحه ۱۰ است")
        if query.get("sort", SORT) != SORT:
            raise QueryRefused("SORT", "مرتب‌سازی نامعتبر است")
        wanted = [notice for notice in population(self._clock().astimezone(TEHRAN).date()) if _matches(notice, query)]
        start = (_number(query, "pageNumber", 1) - 1) * size
        return {
            "content": [dict(notice.card) for notice in wanted[start : start + size]],
            "totalElements": len(wanted),
            "totalPages": -(-len(wanted) // size),
        }


def _matches(notice: Notice, query: Mapping[str, str]) -> bool:
    kind = query.get("searchTypeCode", "")
    if kind and kind not in {str(GOODS), str(SERVICES)}:
        raise QueryRefused("SEARCH_TYPE", "نوع جستجو نامعتبر است")
    cities = {city for city in query.get("selectedCities", "").split(",") if city}
    text = query.get("queryText", "")
    return (
        (not kind or str(notice.kind) == kind)
        and (not cities or notice.city in cities)
        and (not text or fold_key(text) in fold_key(f"{notice.card['title']} {notice.card['orgName']}"))
    )


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, str(default))
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise QueryRefused("NUMBER", f"مقدار {name} نامعتبر است")
    return int(text)
