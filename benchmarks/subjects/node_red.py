"""Node-RED as a subject: one process that takes, queues, calls and stores, as its flows usually run."""

import shutil
from collections.abc import Callable
from pathlib import Path

from benchmarks.peers.node_red.flow import write
from benchmarks.processes import Running, start, until_listening
from benchmarks.subjects.ground import ROOT, Ground, Standing, Subject

FOLDER = ROOT / "benchmarks" / "peers" / "node_red"
PROGRAM = FOLDER / "node_modules" / "node-red" / "red.js"


def _missing() -> str | None:
    if shutil.which("node") is None:
        return "node is missing (Debian: apt install nodejs npm)"
    return None if PROGRAM.exists() else f"{PROGRAM} is missing: `make bench` makes it"


def _start(*, tuned: bool) -> Callable[[Ground], Standing]:
    def begin(ground: Ground) -> Standing:
        write(ground.folder / "flow.json", f"http://127.0.0.1:{ground.stub}/deliver", tuned=tuned)
        environment = {
            "PEER_AMQP": ground.amqp,
            "PEER_POSTGRES": ground.postgres,
            "PEER_PORT": str(ground.port),
            "PEER_FLOW": str(ground.folder / "flow.json"),
            "NODE_ENV": "production",
            **ground.fsyncs.environment,
        }
        command: list[str | Path] = [
            "node",
            PROGRAM,
            "--settings",
            FOLDER / "settings.js",
            "--userDir",
            ground.folder / "user",
        ]

        def run(role: str) -> Running:
            return start(role, command, log=ground.folder / "node.log", cwd=ground.folder, env=environment)

        process = run("gateway")
        until_listening(process, ground.port)
        return Standing([process], restart=run)

    return begin


NODE_RED = Subject(
    "node-red", "Node-RED", _start(tuned=False), frozenset({"rabbitmq", "postgres"}), _missing, ("gateway",)
)  # fmt: skip
NODE_RED_TUNED = Subject(
    "node-red-tuned", "Node-RED, tuned", _start(tuned=True), frozenset({"rabbitmq", "postgres"}), _missing, ("gateway",)
)  # fmt: skip
