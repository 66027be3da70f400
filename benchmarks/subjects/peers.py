"""The peers as subjects: each with a gateway and a worker, as documented and with its outbound call tuned."""

from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.processes import Running, start, until_listening
from benchmarks.subjects.ground import PEERS_PYTHON, ROOT, Ground, Standing, Subject

PEERS = ROOT / "benchmarks" / "peers"
BOTH = frozenset({"rabbitmq", "postgres"})
Command = Sequence[str | Path]


def _missing() -> str | None:
    return None if PEERS_PYTHON.exists() else f"{PEERS_PYTHON} is missing: `make bench` makes it"


def _start(worker: Command, gateway: str, *, tuned: bool, queue: str = "") -> Callable[[Ground], Standing]:
    def begin(ground: Ground) -> Standing:
        environment = {
            "PEER_AMQP": ground.amqp,
            "PEER_POSTGRES": ground.postgres,
            "PEER_FAR_SIDE": f"http://127.0.0.1:{ground.stub}",
            "PEER_TUNED": "1" if tuned else "0",
            "PEER_QUEUE": queue,
            "PYTHONPATH": str(PEERS),
            **ground.fsyncs.environment,
        }
        commands: dict[str, Command] = {
            "gateway": (
                PEERS_PYTHON, "-m", "uvicorn", f"{gateway}:app", "--port", str(ground.port), "--no-access-log",
                "--log-level", "warning", "--backlog", "2048",
            ),
            "worker": (PEERS_PYTHON, *worker),
        }  # fmt: skip

        def run(role: str) -> Running:
            return start(role, commands[role], log=ground.folder / f"{role}.log", cwd=ground.folder, env=environment)

        first = run("gateway")
        until_listening(first, ground.port)
        return Standing([first, run("worker")], restart=run)

    return begin


FASTSTREAM = ("-m", "faststream", "run", "faststream_worker:app")
CELERY = ("-m", "celery", "-A", "celery_worker", "worker", "--loglevel", "warning", "--without-gossip",
          "--without-mingle", "--without-heartbeat")  # fmt: skip
DRAMATIQ = ("-m", "dramatiq", "dramatiq_worker", "--processes", "2", "--threads", "16")
PROCRASTINATE = (PEERS / "procrastinate_worker.py",)

PEER_SUBJECTS = tuple(
    Subject(
        f"{name}{suffix}",
        f"{title}{words}",
        _start(command, gateway, tuned=bool(suffix), queue=queue),
        needs,
        _missing,
    )
    for name, title, plain, quick, gateway, queue, needs in (
        ("faststream", "FastAPI + FastStream", FASTSTREAM, FASTSTREAM, "faststream_gateway", "", BOTH),
        ("celery", "FastAPI + Celery", (*CELERY, "--concurrency", "8"),
         (*CELERY, "--pool", "threads", "--concurrency", "32"), "sync_gateway", "celery_worker", BOTH),
        ("dramatiq", "FastAPI + Dramatiq", DRAMATIQ, DRAMATIQ, "sync_gateway", "dramatiq_worker", BOTH),
        ("procrastinate", "FastAPI + Procrastinate", PROCRASTINATE, PROCRASTINATE, "procrastinate_gateway", "",
         frozenset({"postgres"})),
    )
    for suffix, words, command in (("", "", plain), ("-tuned", ", tuned", quick))
)  # fmt: skip
