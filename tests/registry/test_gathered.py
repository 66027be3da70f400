"""Rows that the acts of one transaction write together, and what a failing act does to the others."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import func, select, text

from registry import journal, outbox
from registry.gathered import Gathered
from registry.schema import Transaction, journal_leaves
from registry.schema import outbox as outbox_table
from registry.store import Store


@pytest.fixture
def database() -> str:
    return "postgresql"


def leaf(t: Transaction, clock: Any, case_id: str) -> None:
    journal.append(t, kind="k", statement={"n": "a\0b"}, case_id=case_id, inquiry_id=None, now=clock())


def leaves(t: Transaction) -> list[str]:
    return list(t.execute(select(journal_leaves.c.case_id).order_by(journal_leaves.c.id)).scalars())


async def together(store: Store, *acts: Any) -> list[Any]:
    """Run the acts in one batch: the writer is busy while they are handed over."""
    gate: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    loop = asyncio.get_running_loop()

    def hold(_: Transaction) -> None:
        asyncio.run_coroutine_threadsafe(asyncio.wait_for(gate, 10), loop).result()

    first = asyncio.ensure_future(store.write(hold))
    await asyncio.sleep(0.05)
    rest = [asyncio.ensure_future(store.write(act)) for act in acts]
    await asyncio.sleep(0)
    gate.set_result(None)
    await first
    return await asyncio.gather(*rest, return_exceptions=True)


async def test_a_batch_writes_its_rows_in_few_statements_and_commits_once(
    store: Store, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    run = Gathered._run
    monkeypatch.setattr(Gathered, "_run", lambda self, words, row: (sent.append(words), run(self, words, row)))
    commits = store.commits
    await together(store, *(lambda t, n=n: leaf(t, clock, f"c{n}") for n in range(70)))
    assert store.commits == commits + 2  # The first is what kept the writer busy.
    assert [words.count("(") - 1 for words in sent] == [64, 4, 2]
    assert await store.read(leaves) == [f"c{n}" for n in range(70)]


async def test_an_act_sees_what_the_acts_before_it_wrote(store: Store, clock: Any) -> None:
    counted = lambda t: t.execute(select(func.count()).select_from(journal_leaves)).scalar_one()  # noqa: E731 - an act.
    results = await together(store, lambda t: leaf(t, clock, "c"), counted, lambda t: leaf(t, clock, "d"), counted)
    assert results == [None, 1, None, 2]


async def test_one_that_fails_is_undone_alone_though_its_rows_were_gathered_with_the_others(
    store: Store, clock: Any
) -> None:
    def fails(t: Transaction) -> None:
        leaf(t, clock, "lost")
        raise ValueError("changed its mind")

    def breaks(t: Transaction) -> None:
        leaf(t, clock, "broken")
        t.execute(text("SELECT 1 / 0"))

    acts = [lambda t: leaf(t, clock, "a"), fails, breaks, lambda t: leaf(t, clock, "b")]
    results = await together(store, *acts)
    assert [type(one).__name__ for one in results] == ["NoneType", "ValueError", "DataError", "NoneType"]
    assert await store.read(leaves) == ["a", "b"]
    assert await together(store, *acts[:1], *acts[3:]) == [None, None]


async def test_numbers_of_rows_are_never_given_twice_and_deliveries_keep_their_order(store: Store, clock: Any) -> None:
    def owe(t: Transaction, kind: Any) -> int:
        return outbox.owe(t, kind=kind, system="s", ref="r", body=b"", due_at=clock(), lease="me").id

    kinds = ["inquiry", "delivery"] * 80
    given = await together(store, *(lambda t, kind=kind: owe(t, kind) for kind in kinds))
    assert len(set(given)) == len(given)
    deliveries = given[1::2]
    assert deliveries == sorted(deliveries)
    stored = await store.read(lambda t: set(t.execute(select(outbox_table.c.id)).scalars()))
    assert stored == set(given)


async def test_a_row_settled_where_it_was_owed_is_gone(store: Store, clock: Any) -> None:
    def both(t: Transaction) -> None:
        row = outbox.owe(t, kind="inquiry", system="s", ref="r", body=b"", due_at=clock(), lease="me")
        assert [one.id for one in outbox.of_ref(t, "r")] == [row.id]
        outbox.settle(t, row.id)

    await together(store, both, both)
    assert await store.read(outbox.depth) == {}
