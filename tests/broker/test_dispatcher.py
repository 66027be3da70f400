"""Who hears of which event, and that the cursor neither repeats nor passes over one."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import orjson
import pytest

from broker.dispatcher import BEHIND, HOLD, SKIP, TASK, Dispatcher
from broker.ledger import Ledger
from broker.port import BrokerUnavailable
from registry import cases, events, outbox, processes, subscriptions
from registry.horizon import Horizon
from registry.subscriptions import Subscription


class Exchange:
    """A topic exchange that remembers; away while told so."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []
        self.away = False

    async def emit(self, event, key):
        if self.away:
            raise BrokerUnavailable("away")
        self.heard.append((key, event["id"]))


@pytest.fixture
async def ground(world, parties):
    """A case with recorded events, and dispatchers that only do what they are told."""
    case = await world.open_case()
    exchange, handed = Exchange(), []

    def dispatcher(lease="one", *, emits=True):
        ledger = Ledger(world.store, lease=lease, hand_over=handed.extend)
        return Dispatcher(
            ledger=ledger, broker=exchange, current=world.current, source="s", clock=world.clock, emits=emits,
            alone=False,
        )  # fmt: skip

    async def record(number=1):
        def act(transaction):
            return [
                events.record(
                    transaction, case_id=case.id, code=case.code, type="t", system="portal", stage=None, title_fa="ف",
                    title_en="e", detail={}, occurred_at=world.clock(), now=world.clock(), by=parties.permits,
                )
                for _ in range(number)
            ]  # fmt: skip

        return [event.id for event in await world.store.write(act)]

    async def subscribe(name, participant=parties.permits, types=("*",), state="active"):
        item = Subscription(name, participant, "http://s.test/", types, b"", state, None, world.clock())
        await world.store.write(lambda t: subscriptions.put(t, item))
        await world.current.refresh()

    return SimpleNamespace(
        case=case, exchange=exchange, handed=handed, dispatcher=dispatcher, record=record, subscribe=subscribe
    )


def wanted(rows):
    return [(orjson.loads(row.body)["subscription"], orjson.loads(row.body)["event"]) for row in rows]


async def test_every_event_is_emitted_once_in_order_and_nothing_is_written_for_each(world, ground):
    dispatcher = ground.dispatcher()
    while await dispatcher.tell():
        continue
    ground.exchange.heard.clear()
    made = await ground.record(25)
    acts = world.store.acts
    assert await dispatcher.tell() == 25
    assert await dispatcher.tell() == 0
    assert [event for _, event in ground.exchange.heard] == made
    assert {key for key, _ in ground.exchange.heard} == {"C2G.portal.t"}
    assert world.store.acts == acts + 1
    assert ground.handed == []


async def test_a_broker_that_is_away_keeps_the_cursor_where_it_is(ground):
    dispatcher = ground.dispatcher()
    await dispatcher.tell()
    (made,) = await ground.record()
    ground.exchange.away = True
    with pytest.raises(BrokerUnavailable):
        await dispatcher.tell()
    ground.exchange.away = False
    assert await dispatcher.tell() == 1
    assert ground.exchange.heard[-1][1] == made


async def test_deliveries_are_owed_to_those_who_want_and_may_see(world, ground, parties):
    await ground.dispatcher().tell()
    before = await ground.record()
    world.clock.pass_by(timedelta(seconds=1))
    await ground.subscribe("all")
    await ground.subscribe("other-type", types=("x",))
    await ground.subscribe("stranger", participant=parties.other)
    await ground.subscribe("paused", state="paused")
    made = await ground.record(2)
    assert await ground.dispatcher().tell() == 3
    assert wanted(ground.handed) == [("all", made[0])]
    rows = await world.store.read(lambda t: outbox.of_ref(t, f"all:{ground.case.id}"))
    assert wanted(rows) == [("all", event) for event in made]
    assert not set(before) & {event for _, event in wanted(rows)}
    assert [(row.kind, row.lease) for row in rows] == [("delivery", "one"), ("delivery", "")]


async def test_a_row_behind_an_elder_waits_for_it_and_is_woken(world, ground):
    await ground.subscribe("all")
    dispatcher, ref = ground.dispatcher(), f"all:{ground.case.id}"
    await dispatcher.tell()
    ground.handed.clear()
    await ground.record(3)
    assert await dispatcher.tell() == 3
    rows = await world.store.read(lambda t: outbox.of_ref(t, ref))
    due = {row.id: row.due_at - world.clock() for row in rows}
    assert sorted(due.values())[1:] == [BEHIND] * (len(rows) - 1)
    tried = rows[0].id
    await world.store.write(lambda t: outbox.postpone(t, tried, world.clock() + timedelta(hours=2), ""))
    await ground.record()
    await dispatcher.tell()
    (first, *_) = await world.store.read(lambda t: outbox.of_ref(t, ref))
    assert first.due_at - world.clock() == timedelta(hours=2), "one that was tried keeps its own time"
    await world.store.write(lambda t: outbox.settle(t, tried))
    await ground.record()
    await dispatcher.tell()
    (second, *others) = await world.store.read(lambda t: outbox.of_ref(t, ref))
    assert second.due_at == world.clock(), "an elder that ended unseen has left nobody asleep"
    assert {row.due_at - world.clock() for row in others} == {BEHIND}


async def test_one_process_tells_and_another_takes_over_when_it_is_gone(world, ground):
    one, two = ground.dispatcher("one"), ground.dispatcher("two")
    await one.tell()
    await ground.record()
    assert await two.tell() == 0
    assert await one.tell() == 1
    await ground.record()
    world.clock.pass_by(HOLD + timedelta(seconds=1))
    assert await two.tell() == 1
    assert await one.tell() == 0
    assert await world.store.read(lambda t: processes.holder(t, TASK, world.clock())) == "two"


async def test_two_that_tell_the_same_owe_it_once(world, ground):
    await ground.subscribe("all")
    while await ground.dispatcher().tell():
        continue
    ref = f"all:{ground.case.id}"
    for row in await world.store.read(lambda t: outbox.of_ref(t, ref)):
        await world.store.write(lambda t, number=row.id: outbox.settle(t, number))
    ground.handed.clear()
    await ground.record()
    dispatcher = ground.dispatcher()
    results = await asyncio.gather(dispatcher.tell(), dispatcher.tell())
    assert sorted(results) == [0, 1]
    assert len(ground.handed) == 1


async def test_where_nobody_listens_the_cursor_passes_by_from_time_to_time(world, ground):
    dispatcher = ground.dispatcher(emits=False)
    world.clock.pass_by(2 * SKIP)
    await ground.record(3)
    assert await dispatcher.tell() == 0
    told, newest = await world.store.read(events.told)
    assert told == newest
    await ground.record(3)
    acts = world.store.acts
    assert await dispatcher.tell() == 0
    assert world.store.acts == acts
    assert ground.exchange.heard == []


async def test_the_case_of_an_event_comes_with_it(world, ground):
    _, told = await world.store.read(lambda t: events.untold(t, Horizon(), 10))
    known = await world.store.read(lambda t: cases.by_code(t, ground.case.code))
    assert [replace(case) for _, case in told] == [known] * len(told)
