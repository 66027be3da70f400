"""Officers who are signed in, each in a browser of their own."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from argon2 import PasswordHasher
from starlette.testclient import TestClient

from gateway.admin.enrolment import give_link
from gateway.app import create_app
from pki import passwords
from pki.one_time_codes import code_at
from registry.ids import new_id
from registry.staff import officers
from registry.staff.officers import Role

PASSWORD = "a long walk by the river"


@dataclass
class Browser:
    """One officer's browser: it keeps cookies, and sends the token against forged requests with every change."""

    client: TestClient
    house: Any
    officer_id: str
    username: str
    token: str
    secret: str = ""
    csrf: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def call(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        headers = {"X-CSRF-Token": self.csrf, "Accept-Language": "en"} | self.headers | more.pop("headers", {})
        if body is not None:
            more["json"] = body
        return self.client.request(method, f"/v1/admin{path}", headers=headers, **more)

    def code(self) -> str:
        return code_at(self.secret, self.house.clock())

    def open_link(self) -> Any:
        opened = self.call("POST", "/enrolment", {"token": self.token})
        self.secret = opened.json()["totp"]["secret"]
        return opened

    def enrol(self, password: str = PASSWORD) -> Any:
        self.open_link()
        done = self.call("POST", "/enrolment/finish", {"token": self.token, "password": password, "code": self.code()})
        self.csrf = done.json().get("csrf", "")
        return done

    def sign_in(self, password: str = PASSWORD, *, username: str | None = None, code: str | None = None) -> Any:
        body = {"username": username or self.username, "password": password, "code": code or self.code()}
        done = self.call("POST", "/session", body)
        self.csrf = done.json().get("csrf", self.csrf)
        return done


@pytest.fixture(autouse=True)
def _quick_passwords(monkeypatch) -> None:
    """The same argon2id with little memory: what it costs is `tests/pki/test_passwords.py`'s to look at."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


@pytest.fixture
def invited(house) -> Callable[..., Browser]:
    """An officer who holds a one-time link and has not used it."""

    def make(*roles: Role, username: str = "") -> Browser:
        name = username or "-".join(roles)
        now, random = house.clock(), house.parts.random

        def act(t):
            officer = officers.invite(t, officer_id=new_id(now), username=name, name=name.title(), roles=roles, now=now)
            return officer.id, give_link(t, house.parts.secrets, officer.id, random=random, now=now)[0]

        officer_id, token = house.store.write_now(act)
        client = TestClient(create_app(house.parts), base_url=house.parts.base_url)
        return Browser(client, house, officer_id, name, token)

    return make


@pytest.fixture
def officer(invited) -> Callable[..., Browser]:
    """An officer who is signed in."""

    def make(*roles: Role, username: str = "") -> Browser:
        browser = invited(*roles, username=username)
        assert browser.enrol().status_code == 201
        return browser

    return make
