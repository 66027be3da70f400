"""The first and the last panel of the story, and the receipts it leaves behind when asked to."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson

from console.story.clock import StoryClock
from console.story.scene import when
from console.story.stage import Stage


def opening(stage: Stage, *, hub_url: str, sandbox_url: str, clock: StoryClock) -> None:
    """Say what will be told and where it happens."""
    stage.curtain(
        "پیوند: یک پروانهٔ ساختمانی، چهار سامانهٔ ملی، یک کد رهگیری",
        "Peyvand: one building permit, four national systems, one tracking code",
        [
            (hub_url, "the hub: SQLite, in-process broker"),
            (sandbox_url, "the national systems, simulated with their real quirks"),
            (when(clock()), "the day of the story; every call below is real HTTP on this machine"),
        ],
    )


def curtain(stage: Stage, folder: Path | None, receipts: Sequence[Any], verifier_key: str) -> None:
    """Say what to try next; leave the receipts in `folder` if there is one."""
    verify = [(".venv/bin/hub demo --keep story", "the same again, and the receipts stay in story/")]
    if folder is not None:
        trust = folder / "trust"
        trust.mkdir(exist_ok=True)
        (trust / "journal.vkey").write_text(verifier_key + "\n", encoding="utf-8")
        (folder / "receipts.json").write_bytes(orjson.dumps(list(receipts), option=orjson.OPT_INDENT_2))
        verify = [(f"hub verify proof {folder}/receipts.json --trust {folder}/trust", "check the receipts yourself")]
    stage.curtain(
        "پایان: هیچ استعلامی گم نشد و هیچ اثری دو بار رخ نداد",
        "The end: no inquiry was lost and nothing happened twice",
        [
            *verify,
            ("make run", "a living example site: hub, simulators, console and traffic, until Ctrl-C"),
            (".venv/bin/hub code issue", "a tracking code of your own;  hub code check CODE  finds every slip"),
            ("docs/tutorial.md", "your own first inquiry in ten minutes"),
        ],
    )
