"""The floors as subjects."""

from benchmarks.processes import Running, start, until_listening
from benchmarks.subjects.ground import PYTHON, ROOT, Ground, Standing, Subject


def _sqlite(ground: Ground) -> Standing:
    def run(role: str) -> Running:
        return start(
            role,
            [PYTHON, ROOT / "benchmarks/floors/sqlite.py", ground.folder / "floor.db", str(ground.port),
             str(ground.stub)],
            log=ground.folder / "floor.log", cwd=ROOT, env=ground.fsyncs.environment,
        )  # fmt: skip

    process = run("hub")
    until_listening(process, ground.port)
    return Standing([process], restart=run)


FLOOR_SQLITE = Subject("floor-sqlite", "bare prototype, SQLite and in-process queue", _sqlite, roles=("hub",))


def _rabbitmq(ground: Ground) -> Standing:
    def run(role: str) -> Running:
        return start(
            role,
            [PYTHON, ROOT / "benchmarks/floors/rabbitmq.py", role, ground.amqp, ground.postgres, str(ground.port),
             str(ground.stub)],
            log=ground.folder / f"{role}.log", cwd=ROOT, env=ground.fsyncs.environment,
        )  # fmt: skip

    first = run("gateway")
    until_listening(first, ground.port)
    return Standing([first, run("worker")], restart=run)


FLOOR_RABBITMQ = Subject(
    "floor-rabbitmq",
    "bare prototype, RabbitMQ and PostgreSQL",
    _rabbitmq,
    frozenset({"rabbitmq", "postgres"}),
)


FLOOR_PIKA = Subject(
    "floor-pika",
    "bare pika, published and consumed without HTTP or database",
    lambda _: Standing([], generator="benchmarks.floors.pika_bare"),
    frozenset({"rabbitmq"}),
    roles=(),
)
