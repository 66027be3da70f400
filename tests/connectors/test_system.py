"""The system in front of a connector that does what a test says: judged by what the caller is told to do next."""

import dataclasses
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from connectors.catalogue import Connected, Simulation
from connectors.guarded import Guarded
from connectors.manifest import BreakerSpec, Hours, Limits, Manifest, Operation, Timeouts, Title
from connectors.port import Answer, Call, ConnectorError, ContractBroken, Effect, InDoubt, Refused, Retryable
from connectors.reach import ConnectorSettings
from connectors.resilience import BreakerState
from connectors.runtime import System, Systems, UnknownSystem
from mappings.compiler import compile_document
from mappings.document import load_document

START = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)  # A Saturday, 11:30 in Tehran.

MAPPING = """
id: far.{operation}
version: 1
title: {{fa: آزمون, en: A test}}
canonical: {{request: NeedQuery, answer: NeedReceipt}}
grade: assumed
to_native:
  ref: {{path: /reference}}
  mine: {{path: /$context/reference}}
  secret: {{path: /$context/credential_password}}
from_native:
  need_number: {{path: /number}}
  published_at: {{path: /at}}
outcome:
  code: {{path: /code}}
  text: {{path: /text}}
  table:
    ok: answered
    no: {{refused: far.no}}
    later: {{retryable: far.later, after: PT15M}}
    soon: {{retryable: far.soon}}
    holiday: {{retryable: far.holiday, after: next_open_day}}
    closed: {{retryable: far.closed_now, after: next_opening}}
    quota: {{retryable: far.quota, after: tomorrow}}
    maybe: {{in_doubt: far.maybe}}
    none: absent
"""
GOOD = {"code": "ok", "number": "9900000000000019", "at": "2026-11-21T10:00:00+03:30"}


class Script:
    """A connector that plays its lines, the last one again and again."""

    def __init__(self, *lines: Any) -> None:
        self.lines = list(lines)
        self.asked: list[tuple[str, Mapping[str, Any], float]] = []

    async def exchange(self, operation: str, native: Mapping[str, Any], **how: Any) -> Any:
        self.asked.append((operation, dict(native), how["timeout"]))
        line = self.lines.pop(0) if len(self.lines) > 1 else self.lines[0]
        if isinstance(line, Exception):
            raise line
        return line

    async def close(self) -> None:
        self.lines.clear()


class Time:
    def __init__(self) -> None:
        self.now = START
        self.slept: list[float] = []

    def __call__(self) -> datetime:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)


def mapping(operation: str) -> Any:
    return compile_document(load_document(MAPPING.format(operation=operation).encode(), name=f"{operation}.yaml"), {})


def operation(effect: Effect, **more: Any) -> Operation:
    return Operation.model_validate({
        "title": Title(fa="آزمون", en="A test"),
        "effect": effect,
        "request": "NeedQuery",
        "answer": "NeedReceipt",
        "mapping": "mappings/x.yaml",
        "grade": "assumed",
        **more,
    })  # fmt: skip


MAPPINGS = {name: mapping(name) for name in ("read", "once", "again")}


def system(
    script: Script, time: Time, heard: list[Any] | None = None, hours: Hours | None = None, **settings: Any
) -> System:
    manifest = Manifest(
        name="far",
        title=Title(fa="دور", en="Far"),
        owner="IR/GOV/far",
        transport="rest",
        contract_version="7",
        limits=Limits(rate_per_second=1000),
        breaker=BreakerSpec(failures=5, open_seconds=30),
        hours=hours,
        operations={
            "read": operation(Effect.READ),
            "once": operation(
                Effect.ONCE, resolve_with="read", resolve_request={"reference": "$reference"}, alias_from="/need_number"
            ),
            "again": operation(Effect.IDEMPOTENT),
        },
    )
    nothing: Callable[..., Any] = lambda *_: None  # noqa: E731 - never called here.
    connected = Connected(
        name="far",
        folder=Path(),
        manifest=manifest,
        mappings=MAPPINGS,
        inbound=None,
        create_connector=nothing,
        simulation=Simulation(nothing, {}, {}),
        examples=(),
    )
    configured = ConnectorSettings.model_validate({"credentials": {"password": "hush"}, **settings})
    changes = heard if heard is not None else []
    guarded = Guarded(
        manifest, configured, script, clock=time, sleep=time.sleep, on_state=lambda *change: changes.append(change)
    )
    return System(connected, configured, guarded, clock=time, random=Random(1), sleep=time.sleep)


def call(operation: str = "read", seconds: float = 60, **payload: Any) -> Call:
    return Call(
        inquiry_id="i-1",
        tracking_code="05000112345678901234",
        reference="r-1",
        operation=operation,
        payload=payload or {"reference": "their-1"},
        deadline=START + timedelta(seconds=seconds),
    )


async def fault(made: System, asked: Call) -> Any:
    with pytest.raises(ConnectorError) as raised:
        await made.ask(asked)
    return raised.value


async def test_an_answer_has_its_provenance() -> None:
    script = Script(GOOD)
    answer = await system(script, Time()).ask(call())
    assert isinstance(answer, Answer)
    assert answer.data["need_number"] == "9900000000000019"
    assert answer.provenance.mapping_id == "far.read"
    assert answer.provenance.mapping_hash == MAPPINGS["read"].content_hash
    assert answer.provenance.contract_version == "7"
    assert answer.aliases == {}
    assert script.asked == [("read", {"ref": "their-1", "mine": "r-1", "secret": "hush"}, 30.0)]


async def test_aliases_are_found_in_the_answer() -> None:
    answer = await system(Script(GOOD), Time()).ask(call("once"))
    assert answer.aliases == {"far": "9900000000000019"}


@pytest.mark.parametrize(
    ("code", "operation", "kind", "after", "not_before"),
    [
        ("no", "once", Refused, None, None),
        ("none", "read", Refused, None, None),
        ("later", "once", Retryable, timedelta(minutes=15), None),
        ("later", "read", Retryable, timedelta(minutes=15), None),
        ("holiday", "read", Retryable, None, datetime(2026, 11, 21, 20, 30, tzinfo=UTC)),
        ("closed", "read", Retryable, None, START + timedelta(minutes=15)),
        ("quota", "read", Retryable, None, datetime(2026, 11, 21, 20, 30, tzinfo=UTC)),
        ("maybe", "once", InDoubt, None, None),
        ("who knows", "read", ContractBroken, None, None),
        ("who knows", "again", ContractBroken, None, None),
        ("who knows", "once", InDoubt, None, None),
    ],
)
async def test_verdicts(
    code: str, operation: str, kind: type, after: timedelta | None, not_before: datetime | None
) -> None:
    script = Script({"code": code, "text": "because"})
    raised = await fault(system(script, Time()), call(operation))
    assert type(raised) is kind
    assert raised.text
    assert raised.provenance.mapping_id == f"far.{operation}"
    assert (getattr(raised, "after", None), getattr(raised, "not_before", None)) == (after, not_before)
    assert len(script.asked) == 1


@pytest.mark.parametrize(
    ("reply", "operation", "kind", "code"),
    [
        ({"code": "ok", "number": "12"}, "read", ContractBroken, "mapping.answer_invalid"),
        ({"code": "ok"}, "once", InDoubt, "mapping.missing"),
        ({"$text": "boom", "$http": {"status": 502}}, "read", Retryable, "far.http_502"),
        ({"$text": "boom", "$http": {"status": 502}}, "once", InDoubt, "far.unknown_code"),
        ({"$http": {"status": 401}}, "read", Retryable, "far.credentials_rejected"),
        ({"$http": {"status": 401}}, "once", InDoubt, "far.unknown_code"),
        ({"code": "later", "$http": {"status": 503}}, "once", Retryable, "far.later"),
        ([], "read", ContractBroken, "far.unknown_code"),
    ],
)
async def test_replies_nobody_expected(reply: Any, operation: str, kind: type, code: str) -> None:
    raised = await fault(system(Script(reply), Time()), call(operation))
    assert (type(raised), raised.code) == (kind, code)


@pytest.mark.parametrize(
    ("http", "code", "after"),
    [
        ({"status": 429}, "far.too_many_requests", 60),
        ({"status": 429, "retry_after": 7}, "far.too_many_requests", 7),
        ({"status": 503, "retry_after": 10**12}, "far.http_503", 86_400),
    ],
)
async def test_the_wait_a_reply_asks_for(http: dict[str, int], code: str, after: int) -> None:
    script = Script({"$http": http})
    raised = await fault(system(script, Time()), call())
    assert (type(raised), raised.code, raised.after) == (Retryable, code, timedelta(seconds=after))
    assert len(script.asked) == 1


async def test_the_sample_of_a_broken_reply_is_kept() -> None:
    raised = await fault(system(Script({"code": "نو"}), Time()), call())
    assert raised.sample.decode() == '{"code": "نو"}'


async def test_a_payload_that_cannot_be_expressed_is_refused_before_anything_leaves() -> None:
    script = Script(GOOD)
    raised = await fault(system(script, Time()), call("once", other="x"))
    assert isinstance(raised, Refused)
    assert raised.code.startswith("mapping.")
    assert script.asked == []


async def test_what_may_be_repeated_is_repeated_with_growing_pauses() -> None:
    time, script = Time(), Script(Retryable("far.lost", "x"), {"code": "soon"}, GOOD)
    assert (await system(script, time).ask(call("again"))).data
    assert len(script.asked) == 3
    assert 0.25 <= time.slept[0] <= 0.5 <= time.slept[1] <= 1.0


async def test_once_is_never_repeated() -> None:
    for line in (Retryable("far.unreachable", "x"), InDoubt("far.answer_lost", "x"), {"code": "soon"}):
        script = Script(line)
        await fault(system(script, Time()), call("once"))
        assert len(script.asked) == 1


async def test_no_attempt_begins_that_the_deadline_would_cut_off() -> None:
    time, script = Time(), Script(Retryable("far.lost", "x"))
    raised = await fault(system(script, time), call(seconds=0.9))
    assert raised.code == "far.lost"
    assert len(script.asked) == 2
    assert all(timeout <= 0.9 for _, _, timeout in script.asked)


async def test_a_call_past_its_deadline_is_not_made() -> None:
    script = Script(GOOD)
    raised = await fault(system(script, Time()), call("once", seconds=0))
    assert raised.code in {"far.deadline", "far.busy"}
    assert script.asked == []


@pytest.mark.parametrize(("settings", "code"), [({"paused": True}, "far.paused"), ({"enabled": False}, "far.disabled")])
async def test_a_switched_off_system_is_not_asked(settings: dict[str, bool], code: str) -> None:
    script = Script(GOOD)
    raised = await fault(system(script, Time(), **settings), call())
    assert (raised.code, raised.after) == (code, timedelta(minutes=1))
    assert script.asked == []


async def test_a_system_is_paused_while_it_runs() -> None:
    made = system(Script(GOOD), Time())
    made.pause(paused=True)
    assert (await fault(made, call())).code == "far.paused"
    assert made.status.paused
    made.pause(paused=False)
    await made.ask(call())
    assert made.status.last_reply_at == START


async def test_a_closed_system_says_when_it_opens() -> None:
    script = Script(GOOD)
    made = system(script, Time(), hours=Hours(open="07:30", close="16:00"), holidays=[date(2026, 11, 21)])  # type: ignore[arg-type]
    raised = await fault(made, call())
    assert raised.not_before == datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
    assert script.asked == []


async def test_the_breaker_counts_technical_faults_only() -> None:
    time, heard, script = Time(), [], Script({"code": "no"})
    made = system(script, time, heard)
    for _ in range(20):
        await fault(made, call("once"))
    assert made.status.breaker is BreakerState.CLOSED
    script.lines = [InDoubt("far.answer_lost", "x")]
    for _ in range(5):
        assert (await fault(made, call("once"))).code == "far.answer_lost"
    raised = await fault(made, call("once"))
    assert (type(raised), raised.code, raised.after) == (Retryable, "far.open", timedelta(seconds=30))
    assert made.status.last_error == "far.answer_lost"
    time.now += timedelta(seconds=31)
    script.lines = [GOOD]
    await made.ask(call("once"))
    assert heard == [("far", "opened", "far.answer_lost"), ("far", "closed", "far.answer_lost")]


async def test_a_soap_fault_under_500_is_an_answer_to_the_breaker() -> None:
    made = system(Script({"$fault": {"code": "x"}, "code": "no", "$http": {"status": 500}}), Time())
    for _ in range(10):
        await fault(made, call("once"))
    assert made.status.breaker is BreakerState.CLOSED


async def test_asking_after() -> None:
    script = Script({"code": "none"})
    made = system(script, Time())
    assert await made.ask_after(call("once")) is None
    assert script.asked[0][:2] == ("read", {"ref": "r-1", "mine": "r-1", "secret": "hush"})
    script.lines = [GOOD]
    found = await made.ask_after(call("once"))
    assert found is not None
    assert found.aliases == {"far": "9900000000000019"}
    assert found.provenance.mapping_id == "far.read"


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ({"code": "maybe"}, Retryable),
        (Retryable("far.lost", "x"), Retryable),
        ({"code": "what"}, ContractBroken),
        ({"code": "no"}, Refused),
    ],
)
async def test_asking_after_is_never_in_doubt_itself(line: Any, kind: type) -> None:
    with pytest.raises(ConnectorError) as raised:
        await system(Script(line), Time()).ask_after(call("once"))
    assert type(raised.value) is kind


async def test_asking_after_what_may_be_repeated_repeats_it() -> None:
    script = Script(GOOD)
    assert await system(script, Time()).ask_after(call("again")) is not None
    assert script.asked[0][0] == "again"


async def test_what_the_broker_needs_to_know() -> None:
    made = system(Script(GOOD), Time(), timeouts=Timeouts(total=7))
    assert (made.effect("once"), made.concurrency, made.pushes) == (Effect.ONCE, 16, False)
    assert (made.seconds_for("once"), made.seconds_for("read")) == (7.0, 27.0)
    with pytest.raises(Refused, match="no operation"):
        await made.ask(dataclasses.replace(call(), operation="other"))
    with pytest.raises(ContractBroken, match="no_inbound"):
        made.inbound({})
    systems = Systems({"far": made})
    assert (systems.names, systems.find("far"), systems.find("near"), list(systems)) == (("far",), made, None, [made])
    with pytest.raises(UnknownSystem):
        systems.get("near")
    await systems.close()
