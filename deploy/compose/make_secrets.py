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
USERS = ("init", "api", "relay", "worker", "delivery", "subscriber")
ROLES = {"init": "init", "api": "api", "relay": "relay", "worker": "worker", "delivery": "delivery", "sealer": "api"}
"""Each container, and the broker's user it is."""


def main() -> None:
    """Write the files."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "secrets"
    if (folder / "master.key").exists():
        raise SystemExit(f"{folder} has its secrets already. To draw new ones, move it away: without its master.key "
                         "no payload that was stored can be opened.")  # fmt: skip
    folder.mkdir(mode=0o700, exist_ok=True)
    database = secrets.token_urlsafe(32)
    broker = {user: secrets.token_urlsafe(32) for user in USERS}
    write(folder / "postgres_password", database)
    write(folder / "rabbitmq_definitions.json", json.dumps(definitions(broker), indent=2))
    for container, user in ROLES.items():
        lines = [
            f'database = "postgresql://hub:{database}@postgres/hub"',
            f'broker = "amqp://hub-{user}:{broker[user]}@rabbitmq:5672/hub"',
        ]
        write(folder / f"hub.{container}.toml", "\n".join(lines) + "\n")
    write(folder / "subscriber_password", broker["subscriber"])
    write(folder / "master.key", secrets.token_hex(32))  # Last: with it the set is whole.


def definitions(passwords: dict[str, str]) -> dict[str, object]:
    """Give RabbitMQ's definitions of `deploy/rabbitmq` with the passwords' hashes in them."""
    found: dict[str, object] = json.loads((HERE.parent / "rabbitmq" / "definitions.json").read_text(encoding="utf-8"))
    users = found["users"]
    if not isinstance(users, list) or {user["name"] for user in users} != {f"hub-{name}" for name in passwords}:
        raise SystemExit("deploy/rabbitmq/definitions.json has other users than this program knows")
    for user in users:
        user["password_hash"] = password_hash(passwords[user["name"].removeprefix("hub-")])
    return found


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
