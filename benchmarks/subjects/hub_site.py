"""The hub itself: `hub serve` as an operator starts it, with a caller, a key and a right, and nothing switched off."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import hub
from benchmarks.processes import Running, start, until_listening
from benchmarks.subjects.ground import PYTHON, ROOT, Ground, Standing, Subject
from benchmarks.work import LEGAL_BASIS, PURPOSE, SERVICE
from connectors.catalogue import ROOTS_VARIABLE
from gateway.settings import Settings
from registry import credentials, participants, rights
from registry.participants import Participant
from registry.rights import Right
from registry.store import Transaction

CALLER = "IR/MUN/tehran/benchmark"
CONNECTORS = ROOT / "benchmarks" / "connectors"


@dataclass(frozen=True)
class Roles:
    """How the hub is spread over processes: (role in the report, arguments of `hub serve`) for each."""

    processes: tuple[tuple[str, tuple[str, ...]], ...] = (("hub", ()),)


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
        store = site.store()
        try:
            hub.seed_site(site, store)
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
    rights.put(
        transaction,
        Right(CALLER, SERVICE, purposes=(PURPOSE,), legal_bases=(LEGAL_BASIS,), field_mask=("*",)),
    )
    return credentials.issue_api_key(transaction, participant=CALLER, now=datetime.now(UTC), note="benchmark")


def start_hub(ground: Ground, roles: Roles, *, python: tuple[str | Path, ...] = (PYTHON,)) -> Standing:
    """Start every process of the hub."""
    environment = settings_of(ground)
    key = prepare(environment)
    with_counter = {**environment, **ground.fsyncs.environment}

    def begin(role: str, arguments: tuple[str, ...]) -> Running:
        return start(
            role,
            [*python, ROOT / "hub.py", "serve", *arguments],
            log=ground.folder / f"{role}.log", cwd=ground.folder, env=with_counter,
        )  # fmt: skip

    processes = [begin(role, arguments) for role, arguments in roles.processes]
    until_listening(processes[0], ground.port)
    by_role = dict(roles.processes)
    return Standing(
        processes,
        headers={"authorization": f"Bearer {key}"},
        restart=lambda role: begin(role, by_role[role]),
    )


HUB_SQLITE = Subject(
    "hub-sqlite",
    "Peyvand, SQLite and in-process broker",
    lambda ground: start_hub(ground, Roles()),
)
