"""The real command line, each call in a process of its own that need not import the hub again.

A server process imports the hub once and forks for every call, so that a call costs what the command costs.
"""

import multiprocessing
import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from subprocess import CompletedProcess

PRELOADED = [
    "hub",
    "alembic.command",
    "broker.commands",
    "connectors.catalogue",
    "connectors.commands",
    "console.reference",
    "gateway.app",
    "gateway.commands",
    "gateway.doctor.commands",
    "zeep",
]
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(PRELOADED)


def _become(words: list[str], folder: str, settings: Mapping[str, str], out: str, err: str) -> None:
    import hub

    os.chdir(folder)
    os.environ.clear()
    os.environ.update(settings)
    for descriptor, path in ((1, out), (2, err)):
        with Path(path).open("wb") as file:
            os.dup2(file.fileno(), descriptor)
    sys.argv = ["hub", *words]
    hub.app()


def hub(*words: str | Path, folder: Path, patience: float = 60, **settings: str) -> "CompletedProcess[str]":
    """Call `hub` with these words in this folder; the only `HUB_*` settings are those given."""
    said = [str(word) for word in words]
    with tempfile.TemporaryDirectory() as told:
        out, err = Path(told) / "out", Path(told) / "err"
        process = _context.Process(
            target=_become, args=(said, str(folder), {**CLEAN, **settings}, str(out), str(err)), name="hub"
        )
        process.start()
        process.join(patience)
        if process.is_alive():
            process.kill()
            process.join()
            raise TimeoutError(f"hub {' '.join(said)} did not end in {patience} s")
        code = process.exitcode
        process.close()
        texts = [path.read_text(encoding="utf-8") for path in (out, err)]
    return CompletedProcess(["hub", *said], -1 if code is None else code, *texts)
