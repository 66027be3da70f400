"""Private servers that several rooms test against."""

import os
from collections.abc import Iterator

import pytest

from tests.rabbit_server import RabbitNode, ServerMissing

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


def pytest_terminal_summary(terminalreporter, config) -> None:
    """Say loudly what a run without the servers has not shown."""
    for server in sorted(config.stash.get(MISSING, set())):
        terminalreporter.section("NOT TESTED", red=True, bold=True)
        terminalreporter.write_line(f"Everything that needs {server} was skipped; nothing about it was shown.")
