"""Old counters go, today's stay, and one process in the site does it."""

from datetime import timedelta

from broker.tidying import INTERVAL, KEPT_DAYS, TASK, Tidying
from registry import nonces, processes, quotas

WHO, WHAT = "IR/MUN/tehran/permits", "portal.put"


async def used(world, now):
    return await world.store.read(lambda t: quotas.used(t, WHO, WHAT, now=now))


async def test_counters_of_days_that_are_over_are_thrown_away(world):
    today = world.clock()
    days = [today - timedelta(days=back) for back in (0, KEPT_DAYS, KEPT_DAYS + 1, 400)]
    for day in days:
        await world.store.write(lambda t, day=day: quotas.use(t, WHO, WHAT, 5, now=day))
    for nonce, minutes in (("old", 0), ("young", 5)):
        until = today + timedelta(minutes=minutes)
        await world.store.write(lambda t, nonce=nonce, until=until: nonces.use(t, "wss", nonce, until=until))
    lease = world.flow._parts.lease
    retention = world.flow.retention
    other = Tidying(world.store, retention, lease="other", clock=world.clock)
    assert await world.store.read(lambda t: processes.holder(t, TASK, today)) == lease, (
        "the flow has begun with a round"
    )
    assert await other.tidy() is None, "another process has the task"
    assert [await used(world, day) for day in days] == [1, 1, 1, 1]
    gone = await Tidying(world.store, retention, lease=lease, clock=world.clock).tidy()
    assert gone == (3, 0), "two counters, one nonce"
    assert not await world.store.write(lambda t: nonces.use(t, "wss", "young", until=today)), "could still be shown"
    assert [await used(world, day) for day in days] == [1, 1, 0, 0]
    assert "tidying" in {task.get_name() for task in world.flow._tasks}
    assert timedelta(seconds=INTERVAL) < timedelta(hours=2), "a holder comes back before its claim ends"
