"""What the hub shall reach, what was measured, and whether it does. Everything here is arithmetic on results."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from benchmarks.rounds import Rows, middle, ratio

HUBS = ("hub-rabbitmq", "hub-sqlite")
FLOORS = {"hub-rabbitmq": "floor-rabbitmq", "hub-sqlite": "floor-sqlite"}
FULL_BACKLOG = 1_000_000
FULL_LEDGER = 1_000_000
SMALL_LEDGER = 10_000
MIB_IN_MB = 2**20 / 1e6

Verdict = Literal["aim reached", "reached", "not reached", "not measured"]
Parts = Mapping[str, Any]


@dataclass(frozen=True)
class Goal:
    """One line of the table. `whose` says which hub; `note` what was compared, or why nothing was measured."""

    what: str
    whose: str
    least: float
    aim: float | None
    measured: float | None
    unit: str = ""
    at_most: bool = False
    note: str = ""

    @property
    def verdict(self) -> Verdict:
        """Judged on the number as measured, not as it is rounded for reading."""
        if self.measured is None:
            return "not measured"
        if self.aim is not None and self._meets(self.aim):
            return "aim reached"
        return "reached" if self._meets(self.least) else "not reached"

    def _meets(self, bound: float) -> bool:
        assert self.measured is not None
        return self.measured <= bound if self.at_most else self.measured >= bound


def goals(parts: Parts) -> list[Goal]:
    """Every line, in the order of the goals; `parts` are the results by part, and any may be missing."""
    found = {name: part["found"] for name, part in parts.items()}
    plain, many = found.get("throughput", {}), found.get("connections", {})
    slow, timed = found.get("slow-disk", {}), found.get("latency", {})
    return [
        *_peers(plain),
        *(_against_floor(plain, hub) for hub in HUBS),
        *(_most("CPU per inquiry in the hub's processes", plain, hub, "cpu", 700, 400, " µs") for hub in HUBS),
        *(_most("fsyncs per 1,000 inquiries, 32 connections", plain, hub, "fsyncs", 350, 200) for hub in HUBS),
        *(_most("fsyncs per 1,000 inquiries, 128 connections", many, hub, "fsyncs", 150, 90) for hub in HUBS),
        *(_slow(plain, slow, hub) for hub in HUBS),
        *(_accept(timed, hub) for hub in HUBS),
        *(_most("end to end p99 at 250/s", timed, hub, "end_p99", 50, 25, " ms") for hub in HUBS),
        *_faults(found),
        *_backlog(found.get("backlog")),
        *_memory(found.get("backlog"), plain),
        *_growth(found.get("growth", [])),
    ]


def _number(rows: Rows, subject: str, name: str) -> float | None:
    return middle(rows[subject], name) if subject in rows and name in rows[subject] else None


def _peers(rows: Rows) -> Iterator[Goal]:
    """Against the faster of each peer as documented and tuned."""
    for title, peer, least, aim in (
        ("FastStream", "faststream", 1.5, 2),
        ("Node-RED", "node-red", 1.3, 1.8),
        ("Celery", "celery", 3, 5),
    ):
        rates = {name: _number(rows, name, "completed_rate") for name in (f"{peer}-tuned", peer)}
        known = {name: rate for name, rate in rates.items() if rate}
        best = max(known, key=lambda name: known[name], default=f"{peer}-tuned")
        tuned_missing = f"{peer}-tuned" not in known
        for hub in HUBS:
            own = _number(rows, hub, "completed_rate")
            measured = None if tuned_missing else ratio(own, known.get(best))
            yield Goal(
                f"completed/s against tuned {title}", hub, least, aim, measured, "×",
                note="" if measured is None else f"{own:,.0f} against {known[best]:,.0f} of {best}",
            )  # fmt: skip


def _against_floor(rows: Rows, hub: str) -> Goal:
    own, floor = (_number(rows, name, "completed_rate") for name in (hub, FLOORS[hub]))
    measured = ratio(own, floor)
    note = "" if measured is None else f"{own:,.0f} against {floor:,.0f}"
    return Goal("completed/s against the bare prototype", hub, 0.5, 0.8, measured, "×", note=note)


def _most(what: str, rows: Rows, hub: str, name: str, least: float, aim: float, unit: str = "") -> Goal:
    return Goal(what, hub, least, aim, _number(rows, hub, name), unit, at_most=True)


def _slow(plain: Rows, slow: Rows, hub: str) -> Goal:
    rates = [_number(rows, hub, "completed_rate") for rows in (slow, plain)]
    measured = ratio(*rates)
    note = "" if measured is None else f"{rates[0]:,.0f} against {rates[1]:,.0f}"
    return Goal("completed/s at +2 ms fsync against plain", hub, 0.4, 0.55, measured, "×", note=note)


def _accept(rows: Rows, hub: str) -> Goal:
    """Against the quicker of FastStream's two; its gateway is the same in both."""
    own = _number(rows, hub, "accept_p99")
    theirs = [_number(rows, name, "accept_p99") for name in ("faststream", "faststream-tuned")]
    best = min((one for one in theirs if one), default=None)
    measured = ratio(own, best)
    note = "" if measured is None else f"{own:,.1f} ms against {best:,.1f} ms"
    return Goal("accept p99 at 250/s against FastStream", hub, 1.5, 1, measured, "×", at_most=True, note=note)


def _faults(found: Parts) -> Iterator[Goal]:
    down = [one for one in found.get("broker-down", []) if one["subject"] == "hub-rabbitmq"]
    share = None
    if down and all("failed" not in one for one in down):
        share = min(100 * one["accepted"] / one["sent"] for one in down)
    yield Goal("accepted while the broker is down", "hub-rabbitmq", 100, None, share, " %")
    for what, name in (("lost after any SIGKILL", "lost"), ("effects repeated", "repeated")):
        for hub in HUBS:
            kills = [one for one in found.get("kills", []) if one["subject"] == hub]
            outages = [
                {"lost": one["accepted"] - one["answered"], "repeated": one["repeated"]} if "failed" not in one else one
                for one in down
                if hub == "hub-rabbitmq"
            ]
            failed = next((str(one["failed"]) for one in (*kills, *outages) if "failed" in one), "")
            total = sum(one[name] for one in (*kills, *outages)) if kills and not failed else None
            victims = ", ".join(one["victim"] for one in kills)
            yield Goal(what, hub, 0, None, total, at_most=True, note=failed or (victims and f"killed: {victims}"))


def _backlog(found: Any) -> Iterator[Goal]:
    steps = [one for one in (found or {}).get("steps", []) if "rate" in one]
    short = "" if not found or found["count"] >= FULL_BACKLOG else f"only {found['count']:,} were queued"
    measured = None if len(steps) < 2 or short else ratio(steps[-1]["rate"], steps[0]["rate"])
    note = short
    if measured is not None:
        note = f"{steps[-1]['rate']:,.0f}/s with {steps[-1]['backlog']:,} queued against {steps[0]['rate']:,.0f}/s"
        note += f" with {steps[0]['backlog']:,}"
    yield Goal("1,000,000 queued: the worker's rate", "hub-rabbitmq", 0.5, 0.7, measured, "×", note=note)
    restart = None if short else (found or {}).get("restart")
    yield Goal(
        "1,000,000 queued: work again after kill -9 of the broker", "hub-rabbitmq", 60, 20, restart, " s",
        at_most=True, note=short,
    )  # fmt: skip


def _memory(found: Any, plain: Rows) -> Iterator[Goal]:
    steps = (found or {}).get("steps", [])
    whole = len(steps) > 1 and steps[-1]["backlog"] >= FULL_BACKLOG
    note = "" if whole or not steps else f"only up to {steps[-1]['backlog']:,} queued"
    for role in ("gateway", "worker"):
        most = max((one[role] for one in steps), default=None) if whole else None
        yield Goal(f"memory of a {role} process", "hub-rabbitmq", 150, 80, most, " MB", at_most=True, note=note)
    single = _number(plain, "hub-sqlite", "memory")
    yield Goal(
        "memory of the one process under load", "hub-sqlite", 150, 80,
        None if single is None else single * MIB_IN_MB, " MB", at_most=True,
    )  # fmt: skip
    for role in ("gateway", "worker"):
        grown = 100 * (steps[-1][role] / steps[0][role] - 1) if whole else None
        more = (
            ""
            if grown is None
            else f"{steps[0][role]:,.0f} to {steps[-1][role]:,.0f} MB, {steps[-1]['backlog']:,} queued"
        )
        yield Goal(
            f"growth of a {role} process with the backlog", "hub-rabbitmq", 10, None, grown, " %", at_most=True,
            note=more or note,
        )  # fmt: skip


def _growth(found: Any) -> Iterator[Goal]:
    for what, name, least, aim in (("look-up", "look_up", 2.5, 2.0), ("insert", "insert", 3.5, 2.5)):
        for database, hub in (("postgres", "hub-rabbitmq"), ("sqlite", "hub-sqlite")):
            sizes = {one["stored"]: one[name] for one in found if one["database"] == database}
            measured = ratio(sizes.get(FULL_LEDGER), sizes.get(SMALL_LEDGER))
            note = "" if measured is None else f"{sizes[FULL_LEDGER]:,.0f} µs against {sizes[SMALL_LEDGER]:,.0f} µs"
            yield Goal(
                f"{what} at 1 M stored against 10 k, {database}", hub, least, aim, measured, "×", at_most=True,
                note=note,
            )  # fmt: skip
