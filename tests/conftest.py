"""Private servers that several rooms test against."""

import os
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import count
from random import Random

import pytest

from broker.amqp_broker import RabbitMqBroker
from broker.topology import declare
from tests.rabbit_server import RabbitNode, ServerMissing

NUMBERS = count()
IMPATIENT = 2
"""The delivery limit of queues on the impatient virtual host."""
MISSING = pytest.StashKey[set]()


@pytest.fixture(scope="session")
def rabbit(request, tmp_path_factory) -> Iterator[RabbitNode]:
    """One RabbitMQ node for the whole run. A test that stops it starts it again."""
    try:
        node = RabbitNode(tmp_path_factory.mktemp("rabbit"))
    except ServerMissing as missing:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{missing} is not installed, and CI skips nothing")
        request.config.stash.setdefault(MISSING, set()).add(str(missing))
        pytest.skip(f"{missing} is not installed")
    try:
        node.start()
        yield node
    finally:
        node.close()


@pytest.fixture(scope="session")
def impatient_url(rabbit) -> str:
    """An address where queues are declared with a small delivery limit."""
    return rabbit.virtual_host("impatient")


@pytest.fixture
async def system(impatient_url) -> str:
    """The name of a system of this test's own, its queue declared."""
    name = f"rabbit_{next(NUMBERS)}"
    await declare(impatient_url, [name], delivery_limit=IMPATIENT)
    return name


@pytest.fixture
async def start(impatient_url) -> AsyncIterator[Callable]:
    """Connect brokers, each as a process of its own would; they are closed after the test."""
    brokers = []

    async def begin(url=impatient_url, **settings) -> RabbitMqBroker:
        made = {"lease": f"r{next(NUMBERS)}", "random": Random(1), "pause": 0.05, **settings}
        brokers.append(RabbitMqBroker(url, **made))
        await brokers[-1].start()
        return brokers[-1]

    yield begin
    for broker in brokers:
        await broker.close()


def pytest_terminal_summary(terminalreporter, config) -> None:
    """Say loudly what a run without the servers has not shown."""
    for server in sorted(config.stash.get(MISSING, set())):
        terminalreporter.section("NOT TESTED", red=True, bold=True)
        terminalreporter.write_line(f"Everything that needs {server} was skipped; nothing about it was shown.")


def pytest_make_parametrize_id(val, argname) -> str | None:
    """Name long values by their argument: they are noise in a report, and drawn anew in each process where keys are."""
    return argname if isinstance(val, str | bytes) and len(val) > 24 else None
