"""The hub itself: `hub serve` as an operator starts it, with a caller, a key and a right, and nothing switched off."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime

import hub
from benchmarks.processes import Running, free_port, start, until_listening
from benchmarks.subjects.ground import PYTHON, ROOT, Ground, Standing, Subject
from benchmarks.work import LEGAL_BASIS, ONCE, PURPOSE, SERVICE
from connectors.catalogue import ROOTS_VARIABLE
from gateway.settings import Settings
from registry import credentials, participants, rights
from registry.participants import Participant
from registry.rights import Right
from registry.store import Transaction

CALLER = "IR/MUN/tehran/benchmark"
CONNECTORS = ROOT / "benchmarks" / "connectors"


Roles = Mapping[str, str]
"""How the hub is spread over processes: what each is called in the report, and its `--role`."""

ONE: Roles = {"hub": "all"}
PARTED: Roles = {"gateway": "api,relay", "worker": "worker", "rest": "delivery,sealer"}


def settings_of(ground: Ground) -> dict[str, str]:
    """The variables an operator would set."""
    return {
        "HUB_DATABASE": ground.postgres or f"sqlite:///{ground.folder}/hub.db",
        "HUB_STATE": str(ground.folder),
        "HUB_LISTEN": f"127.0.0.1:{ground.port}",
        "HUB_SYSTEMS__BENCH_REGISTER__ADDRESS": f"http://127.0.0.1:{ground.stub}",
        ROOTS_VARIABLE: str(CONNECTORS),
        **({"HUB_BROKER": ground.amqp} if ground.amqp else {}),
    }


def prepare(environment: Mapping[str, str]) -> str:
    """Found the site and give the API key of the one caller."""
    before = dict(os.environ)
    os.environ.update(environment)
    try:
        site = hub.WiredSite(Settings())
        site.prepare()
        store = site.store()
        try:
            return store.write_now(_enrol)
        finally:
            store.close_now()
    finally:
        os.environ.clear()
        os.environ.update(before)


def _enrol(transaction: Transaction) -> str:
    participants.put(
        transaction,
        Participant(
            identifier=CALLER, kind="system", title_fa="سنجش", title_en="Benchmark", parent="IR/MUN/tehran"
        ),
    )  # fmt: skip
    for service in (SERVICE, ONCE):
        rights.put(
            transaction,
            Right(CALLER, service, purposes=(PURPOSE,), legal_bases=(LEGAL_BASIS,), field_mask=("*",)),
        )
    return credentials.issue_api_key(transaction, participant=CALLER, now=datetime.now(UTC), note="benchmark")


def start_hub(ground: Ground, roles: Roles) -> Standing:
    """Start every process of the hub."""
    environment = settings_of(ground)
    key = prepare(environment)
    with_counter = {**environment, **ground.fsyncs.environment}

    def begin(role: str) -> Running:
        port = ground.port if role in {"hub", "gateway"} else free_port()
        return start(
            role,
            [PYTHON, ROOT / "hub.py", "serve", "--role", roles[role], "--port", str(port)],
            log=ground.folder / f"{role}.log", cwd=ground.folder, env=with_counter,
        )  # fmt: skip

    processes = [begin(role) for role in roles]
    until_listening(processes[0], ground.port)
    return Standing(processes, headers={"authorization": f"Bearer {key}"}, restart=begin)


HUB_SQLITE = Subject(
    "hub-sqlite",
    "Peyvand, SQLite and in-process broker",
    lambda ground: start_hub(ground, ONE),
    roles=tuple(ONE),
)

HUB_RABBITMQ = Subject(
    "hub-rabbitmq",
    "Peyvand in roles, RabbitMQ and PostgreSQL",
    lambda ground: start_hub(ground, PARTED),
    frozenset({"rabbitmq", "postgres"}),
    roles=tuple(PARTED),
)
