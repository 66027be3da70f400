"""The pages before a real gateway, and officers who look at them, each in a browser of their own."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import unescape
from typing import Any

import pytest
from starlette.testclient import TestClient

from console.app import create_faces
from registry.staff.officers import Role
from tests.gateway.admin.conftest import (  # noqa: F401 - fixtures are found by their names here.
    _quick_passwords,
    invited,
    officer,
)
from tests.gateway.conftest import empty_database  # noqa: F401 - the same.
from tests.gateway.conftest import house as gateway_house  # noqa: F401 - the same.


@dataclass
class Reader:
    """A browser in which an officer, or nobody, looks at pages."""

    client: TestClient
    csrf: str = ""

    def get(self, path: str, *, language: str = "en", **more: Any) -> Any:
        headers = {"Accept-Language": language} | more.pop("headers", {})
        return self.client.get(path, headers=headers, follow_redirects=False, **more)

    def post(self, path: str, fields: dict[str, Any] | None = None, *, language: str = "en", **more: Any) -> Any:
        headers = {"Accept-Language": language} | more.pop("headers", {})
        sent = {"csrf": self.csrf} | (fields or {})
        return self.client.post(path, data=sent, headers=headers, follow_redirects=False, **more)


def text_of(page: Any) -> str:
    """The source of a page with its references resolved: what a reader could see, between the tags."""
    return unescape(page.text)


@pytest.fixture
def house(gateway_house) -> Iterator[Any]:  # noqa: F811 - a fixture is asked for by its name.
    """The house of the gateway's tests, with the pages before it."""
    with TestClient(create_faces(gateway_house.parts), base_url=gateway_house.parts.base_url) as client:
        gateway_house.client = client
        yield gateway_house


@pytest.fixture
def stranger(house) -> Callable[[], Reader]:
    """A browser in which nobody is signed in."""
    return lambda: Reader(TestClient(house.client.app, base_url=house.parts.base_url, raise_server_exceptions=False))


@pytest.fixture
def reader(officer) -> Callable[..., Reader]:  # noqa: F811 - the same.
    """A browser in which an officer with these roles is signed in."""

    def make(*roles: Role, username: str = "") -> Reader:
        browser = officer(*roles, username=username)
        return Reader(browser.client, browser.csrf)

    return make
