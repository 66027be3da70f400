#!/usr/bin/env python3
"""Draws every secret of `compose.yaml` into `secrets/` beside it, once; what is there stays.

    python3 make_secrets.py [FOLDER]

Needs nothing but Python. The folder is for its owner only; the files in it can be read by the containers' own users.
"""

import base64
import hashlib
import json
import os
import secrets
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
USERS = {
    "init": "hub-init",
    "api": "hub-api",
    "relay": "hub-relay",
    "worker": "hub-worker",
    "delivery": "hub-delivery",
    "sealer": "hub-api",
    "doctor": "hub-all",
}
"""Each container, and the user of the broker it is."""


def main() -> None:
    """Write the files."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "secrets"
    if (folder / "master.key").exists():
        raise SystemExit(f"{folder} has its secrets already. To draw new ones, move it away: without its master.key "
                         "no payload that was stored can be opened.")  # fmt: skip
    folder.mkdir(mode=0o700, exist_ok=True)
    definitions = json.loads((HERE.parent / "rabbitmq" / "definitions.json").read_text(encoding="utf-8"))
    database = secrets.token_urlsafe(32)
    broker = {user["name"]: secrets.token_urlsafe(32) for user in definitions["users"]}
    for user in definitions["users"]:
        user["password_hash"] = password_hash(broker[user["name"]])
    write(folder / "postgres_password", database)
    write(folder / "rabbitmq_definitions.json", json.dumps(definitions, indent=2))
    for container, name in USERS.items():
        lines = [
            f'database = "postgresql://hub:{database}@postgres/hub"',
            f'broker = "amqp://{name}:{broker[name]}@rabbitmq:5672/hub"',
        ]
        write(folder / f"hub.{container}.toml", "\n".join(lines) + "\n")
    write(folder / "subscriber_password", broker["hub-subscriber"])
    write(folder / "master.key", secrets.token_hex(32))  # Last: with it the set is whole.


def password_hash(password: str) -> str:
    """Salt and hash as RabbitMQ's `rabbit_password_hashing_sha256` does."""
    salt = os.urandom(4)
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


def write(path: Path, text: str) -> None:
    """Write a file that nobody changes."""
    path.write_text(text, encoding="utf-8")
    path.chmod(0o444)


if __name__ == "__main__":
    main()
