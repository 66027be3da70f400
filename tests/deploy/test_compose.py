"""The compose file holds together, its containers run what the hub has, and its secrets really open the servers."""

import asyncio
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import typer
import yaml

from broker import permissions
from broker.amqp_errors import BrokerRefusesUs
from broker.roles import Role, read_roles
from broker.topology import declare
from gateway.settings import Settings
from hub import build_cli
from pki.vault import load_master_key

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy" / "compose"
COMPOSE: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))
OURS = {name: one for name, one in COMPOSE["services"].items() if one["image"] == "peyvand"}
CONTAINERFILE = (ROOT / "deploy" / "Containerfile").read_text(encoding="utf-8")

WORDS = {"type": "array", "items": {"type": "string"}}
SERVICE = {
    "type": "object",
    "properties": {
        "image": {"type": "string"},
        "build": {"type": "object"},
        "command": WORDS,
        "restart": {"enum": ["no", "always", "on-failure", "unless-stopped"]},
        "hostname": {"type": "string"},
        "stop_grace_period": {"pattern": "^[0-9]+s$"},
        "read_only": {"type": "boolean"},
        "tmpfs": WORDS,
        "cap_drop": WORDS,
        "security_opt": WORDS,
        "volumes": WORDS,
        "ports": WORDS,
        "profiles": WORDS,
        "environment": {"type": "object", "additionalProperties": {"type": "string"}},
        "depends_on": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "properties": {"condition": {"enum": ["service_healthy", "service_completed_successfully"]}},
                "required": ["condition"],
                "additionalProperties": False,
            },
        },
        "secrets": {
            "type": "array",
            "items": {
                "anyOf": [
                    {"type": "string"},
                    {"type": "object", "required": ["source", "target"], "additionalProperties": {"type": "string"}},
                ]
            },
        },
        "healthcheck": {
            "type": "object",
            "properties": {
                "test": WORDS,
                "interval": {"pattern": "^[0-9]+s$"},
                "timeout": {"pattern": "^[0-9]+s$"},
                "retries": {"type": "integer"},
                "disable": {"type": "boolean"},
            },
            "additionalProperties": False,
        },
    },
    "required": ["image"],
    "additionalProperties": False,
}
"""The fields of the Compose specification that the file uses, with the shapes it may use."""


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_a_service_has_the_fields_of_the_specification(name: str) -> None:
    errors = jsonschema_rs.validator_for(SERVICE).iter_errors(COMPOSE["services"][name])
    assert [error.message for error in errors] == []


def test_what_services_refer_to_is_there() -> None:
    assert COMPOSE.keys() == {"name", "x-hub", "services", "volumes", "secrets"}
    for name, service in COMPOSE["services"].items():
        used = {one if isinstance(one, str) else one["source"] for one in service.get("secrets", ())}
        assert used <= COMPOSE["secrets"].keys(), name
        assert service.get("depends_on", {}).keys() <= COMPOSE["services"].keys(), name
        for volume in service.get("volumes", ()):
            source = volume.partition(":")[0]
            assert (FOLDER / source).is_file() if source.startswith(".") else source in COMPOSE["volumes"], volume


def test_every_role_has_a_container_and_nothing_is_open_to_the_network() -> None:
    roles = [one["command"][-1] for one in OURS.values() if one["command"][0] == "serve"]
    assert {role for text in roles for role in read_roles(text)} == set(Role)
    ports = [port for service in COMPOSE["services"].values() for port in service.get("ports", ())]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_no_secret_stands_in_the_file() -> None:
    for service in COMPOSE["services"].values():
        for name, value in service.get("environment", {}).items():
            assert name.endswith("_FILE") or not re.search("PASSWORD|KEY|SECRET|HUB_DATABASE|HUB_BROKER", name), value


@pytest.mark.parametrize("name", OURS)
def test_a_container_runs_a_command_that_the_hub_has(name: str) -> None:
    command, *words = OURS[name]["command"]
    typer.main.get_command(build_cli()).get_command(None, command).make_context(command, words)  # type: ignore[attr-defined]
    for setting in OURS[name]["environment"]:
        assert setting.removeprefix("HUB_").lower() in Settings.model_fields


@pytest.fixture
def drawn(tmp_path: Path) -> Path:
    folder = tmp_path / "secrets"
    draw(folder).check_returncode()
    return folder


def draw(folder: Path) -> "subprocess.CompletedProcess[str]":
    words = [sys.executable, FOLDER / "make_secrets.py", folder]
    return subprocess.run(words, capture_output=True, text=True, timeout=30, check=False)


def test_the_secrets_are_all_there_and_drawn_once(drawn: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("HUB_")]:
        monkeypatch.delenv(name)
    for secret in COMPOSE["secrets"].values():
        assert (drawn / Path(secret["file"]).name).is_file()
    assert drawn.stat().st_mode & 0o077 == 0
    assert len(load_master_key(drawn / "master.key", None)) == 32
    for path in drawn.glob("hub.*.toml"):
        Settings(**tomllib.loads(path.read_text(encoding="utf-8")))
    again = draw(drawn)
    assert again.returncode == 1
    assert "has its secrets already" in again.stderr


def test_each_container_may_do_its_part_at_the_broker(rabbit, drawn: Path) -> None:
    rabbit.ctl("import_definitions", str(drawn / "rabbitmq_definitions.json"))

    def address(container: str) -> str:
        settings = tomllib.loads((drawn / f"hub.{container}.toml").read_text(encoding="utf-8"))
        return str(settings["broker"]).replace("rabbitmq:5672", f"127.0.0.1:{rabbit.port}")

    systems = ("setad", "land_window")
    asyncio.run(declare(address("init"), systems))
    for role in Role:
        assert asyncio.run(permissions.lacking(address(role.value), {role}, systems)) == [], role
    assert asyncio.run(permissions.lacking(address("api"), {Role.WORKER}, systems))
    assert asyncio.run(permissions.lacking(address("doctor"), set(Role), systems)) == []
    with pytest.raises(BrokerRefusesUs):
        asyncio.run(declare(address("init").replace("hub-init:", "hub-init:x"), systems))


def test_the_image_holds_every_room_and_checks_its_health() -> None:
    rooms = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"benchmarks"}
    assert {room for room in rooms if f"\nCOPY {room} {room}\n" in CONTAINERFILE} == rooms
    assert "--require-hashes" in CONTAINERFILE
    assert "\nUSER 10001:10001\n" in CONTAINERFILE


def test_the_health_check_tells_alive_from_dead() -> None:
    from http.server import BaseHTTPRequestHandler, HTTPServer
    from threading import Thread

    class Half(BaseHTTPRequestHandler):
        status = 200

        def do_GET(self):
            self.send_response(self.status if self.path == "/healthz" else 404)
            self.end_headers()

        def log_message(self, *_arguments):
            return

    (line,) = re.findall(r'^  "(import http\.client.*)"\]$', CONTAINERFILE, re.MULTILINE)
    server = HTTPServer(("127.0.0.1", 0), Half)
    Thread(target=server.serve_forever, daemon=True).start()
    program = line.replace("8080", str(server.server_port))

    def check() -> int:
        return subprocess.run([sys.executable, "-c", program], stderr=subprocess.DEVNULL, check=False).returncode

    try:
        assert check() == 0
        Half.status = 500
        assert check() == 1
    finally:
        server.shutdown()
        server.server_close()
    assert check() == 1
