"""Every finding of `hub doctor` is provoked once; a deployment in good order has none."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from broker import topology
from gateway.doctor import own
from gateway.doctor.findings import WORDS, Severity
from pki.keys import SigningKey
from registry import cases, codes, inquiries, journal, outbox, processes
from registry.inquiries import NewInquiry
from registry.states import Arrow
from registry.store import Store, Transaction
from tests.gateway.doctor.conftest import ALL, LONG_AGO, NOW, SYSTEMS, Deployment


def setting(name: str, value: object) -> Callable[[Deployment], None]:
    return lambda it: it.options.update({name: value})


def park(it: Deployment) -> None:
    def act(t: Transaction) -> None:
        case = cases.open_case(
            t, issue=lambda: codes.issue(5, 1000), service="s", channel="G2G", lead_agency="IR/MUN/tehran",
            owner="IR/MUN/tehran", subject_id=None, applicant_sealed=None, now=NOW,
        )  # fmt: skip
        inquiries.accept(
            t,
            NewInquiry(
                id="i", case_id=case.id, code=case.code, service="s", system="setad", operation="o", effect="read",
                owner="IR/MUN/tehran", purpose="p", legal_basis="l", channel="G2G", subject_id=None,
                payload_sealed=b"", accepted_at=NOW,
            ),
        )  # fmt: skip
        inquiries.move(t, "i", Arrow.SEND, now=NOW)
        inquiries.move(t, "i", Arrow.PARK, now=NOW, reason_code="x")

    it.write(act)


def raw(it: Deployment, statement: str) -> None:
    it.write(lambda t: t.exec_driver_sql(statement))


def empty(it: Deployment) -> None:
    (it.folder / "hub.db").unlink()
    Store.open(it.options["database"], clock=lambda: NOW).close_now()


def queues_of(it: Deployment, vhost: str, *systems: str) -> str:
    """An address whose queues are all there but those of systems that are not named."""
    rabbit = it.rabbit()
    listed = rabbit.ctl("list_vhosts")
    url = rabbit.url + vhost if vhost in listed.split() else rabbit.virtual_host(vhost)
    asyncio.run(topology.declare(url, systems))
    return url


def may_only_subscribe(it: Deployment) -> None:
    url = queues_of(it, "doctor", *SYSTEMS)
    rabbit = it.rabbit()
    if "hub-small" not in rabbit.ctl("list_users"):
        rabbit.ctl("add_user", "hub-small", "synthetic")
    rabbit.ctl("set_permissions", "-p", "doctor", "hub-small", r"^hub\.notice\..+$", r"^hub\.notice.*$", r"^hub\..*$")
    it.options["broker"] = url.replace("guest:guest", "hub-small:synthetic")


PROVOKED: dict[str, Callable[[Deployment], Any]] = {
    "settings.base_url": setting("listen", "0.0.0.0:8080"),
    "settings.kill_at": setting("kill_at", "before_commit"),
    "master_key.missing": lambda it: (it.folder / "master.key").unlink(),
    "master_key.unusable": lambda it: (it.folder / "master.key").write_text("short"),
    "master_key.other": setting("master_key", "ab" * 32),
    "key.exposed": lambda it: [(it.folder / "master.key").chmod(0o644), it.folder.chmod(0o755)],
    "signing_key.missing": lambda it: (it.folder / "keys" / "hub.pem").unlink(),
    "signing_key.unusable": lambda it: (it.folder / "keys" / "hub.pem").write_text("no key"),
    "signing_key.other": lambda it: (it.folder / "keys" / "hub.pem").write_bytes(SigningKey.generate().to_pem()),
    "database.away": lambda it: (it.folder / "hub.db").write_bytes(b"no database" * 1000),
    "database.empty": empty,
    "database.behind": lambda it: raw(it, "UPDATE alembic_version SET version_num = '0001'"),
    "database.ahead": lambda it: raw(it, "UPDATE alembic_version SET version_num = '9999'"),
    "processes.none": lambda it: it.write(lambda t: processes.leave(t, "one")),
    "processes.role_missing": lambda it: it.write(lambda t: processes.beat(t, "one", "api,relay,worker", NOW)),
    "processes.dead": lambda it: it.write(lambda t: processes.beat(t, "two", "api", LONG_AGO)),
    "outbox.dead_leases": lambda it: it.write(
        lambda t: outbox.owe(t, kind="delivery", system="hub", ref="e", body=b"", due_at=NOW, lease="gone")
    ),
    "outbox.overdue": lambda it: it.write(
        lambda t: outbox.owe(t, kind="delivery", system="hub", ref="e", body=b"", due_at=LONG_AGO)
    ),
    "inquiries.parked": park,
    "journal.unsealed": lambda it: it.write(
        lambda t: journal.append(t, kind="k", statement={}, case_id=None, inquiry_id=None, now=LONG_AGO)
    ),
    "broker.address": setting("broker", "amqp://localhost?certfil=x"),
    "broker.away": setting("broker", "amqp://localhost:1/"),
    "broker.plain": setting("broker", "amqp://nobody.invalid/"),
    "broker.refuses": lambda it: it.options.update(broker=it.rabbit().url.replace("guest:guest", "guest:wrong")),
    "broker.topology": lambda it: it.options.update(broker=queues_of(it, "doctor-half", "setad")),
    "broker.permission": may_only_subscribe,
    "connector.unknown": lambda it: it.options["systems"].update(setadd={}),
    "connector.sandbox": lambda it: it.options["systems"].pop("setad"),
    "connector.plain_http": lambda it: it.options["systems"].update(setad={"address": "http://setad.test"}),
    "disk.full": lambda it: setattr(it, "free", 1),
    "disk.low": lambda it: setattr(it, "free", own.LOW - 1),
}
ELSEWHERE = {"settings.damaged", "database.wal", "database.clock", "check.impossible"}
"""Findings with a test of their own below."""
COMPANIONS = {"broker.plain": {"broker.away"}}


def test_every_finding_is_provoked() -> None:
    assert PROVOKED.keys() | ELSEWHERE == WORDS.keys()


async def test_a_deployment_in_good_order_has_no_finding(deployment: Deployment) -> None:
    report = await deployment.examined()
    assert (report.findings, report.status) == ([], 0)
    assert report.figures["outbox_overdue_seconds"] == 0
    assert report.figures["processes"][0]["roles"] == ALL.split(",")


@pytest.mark.parametrize("code", sorted(PROVOKED))
def test_a_finding_is_told_alone_and_in_both_languages(deployment: Deployment, code: str) -> None:
    PROVOKED[code](deployment)
    report = asyncio.run(deployment.examined())
    assert {finding.code for finding in report.findings} == {code} | COMPANIONS.get(code, set())
    finding = next(one for one in report.findings if one.code == code)
    for text in (finding.fa, finding.en, finding.do_fa, finding.do_en):
        assert text
        assert "{" not in text
    fault = any(one.severity is Severity.FAULT for one in report.findings)
    assert report.status == (1 if fault else 0)


def test_permissions_are_asked_for_without_moving_a_message(deployment: Deployment) -> None:
    may_only_subscribe(deployment)
    rabbit = deployment.rabbit()
    report = asyncio.run(deployment.examined())
    lacking = [one.en for one in report.findings]
    assert lacking == [f"The broker's user may not write {name}." for name in ("hub.work", "hub.events")]
    deployment.options["broker"] = rabbit.url + "doctor"
    assert asyncio.run(deployment.examined()).findings == []
    counted = rabbit.ctl("list_queues", "-p", "doctor", "messages", "--no-table-headers").split()
    assert set(counted) == {"0"}
