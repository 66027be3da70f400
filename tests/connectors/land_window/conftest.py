from collections.abc import Callable

import pytest

from connectors.catalogue import PACKAGE, read_folder
from connectors.port import Call
from tests.connectors.far_side import Theatre, asked_at


@pytest.fixture
def theatre() -> Theatre:
    return Theatre(read_folder(PACKAGE / "land_window"))


@pytest.fixture
def asked() -> Callable[..., Call]:
    return asked_at
