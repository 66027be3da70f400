"""The floors as subjects."""

from benchmarks.processes import start, until_listening
from benchmarks.subjects.ground import PYTHON, ROOT, Ground, Standing, Subject


def _sqlite(ground: Ground) -> Standing:
    process = start(
        "hub",
        [PYTHON, ROOT / "benchmarks/floors/sqlite.py", ground.folder / "floor.db", str(ground.port), str(ground.stub)],
        log=ground.folder / "floor.log",
        cwd=ROOT,
        env=ground.fsyncs.environment,
    )
    until_listening(process, ground.port)
    return Standing([process])


FLOOR_SQLITE = Subject("floor-sqlite", "bare prototype, SQLite and in-process queue", _sqlite)
