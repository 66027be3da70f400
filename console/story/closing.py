"""The first and the last panel of the story, and the receipts it leaves behind when asked to."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson

from console.story.acts import when
from console.story.clock import StoryClock
from console.story.stage import Stage

LEAVES = 18
"""Journal leaves of the whole case: one for the case, two an inquiry, one for each doubt, each push that was new."""


def opening(stage: Stage, *, hub_url: str, sandbox_url: str, clock: StoryClock) -> None:
    """Say what will be told and where it happens."""
    stage.curtain(
        "پیوند: یک پروانهٔ ساختمانی، چهار سامانهٔ ملی، یک کد رهگیری",
        "Peyvand: one building permit, four national systems, one tracking code",
        [
            f"hub {hub_url}     simulated national systems {sandbox_url}     story day {when(clock())}",
            "every call below is real HTTP on this machine; the far sides answer with their real quirks",
        ],
    )


def curtain(stage: Stage, folder: Path | None, receipts: Sequence[Any], verifier_key: str) -> None:
    """Say what to try next; leave the receipts in `folder` if there is one."""
    verify = "hub demo --keep demo     then     hub verify proof demo/receipts.json --trust demo/trust"
    if folder is not None:
        trust = folder / "trust"
        trust.mkdir(exist_ok=True)
        (trust / "journal.vkey").write_text(verifier_key + "\n", encoding="utf-8")
        (folder / "receipts.json").write_bytes(orjson.dumps(list(receipts), option=orjson.OPT_INDENT_2))
        verify = f"hub verify proof {folder}/receipts.json --trust {folder}/trust"
    stage.curtain(
        "پایان: هیچ استعلامی گم نشد و هیچ اثری دو بار رخ نداد",
        "The end: no inquiry was lost and nothing happened twice",
        [
            "",
            "What to try next",
            "make run                                   hub and simulators, until Ctrl-C",
            verify,
            "hub code issue     hub code check CODE     a tracking code and its check digits",
            "docs/tutorial.md                           your own first inquiry in ten minutes",
        ],
    )
