import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from connectors.catalogue import PACKAGE, CatalogueError, read_folder
from connectors.port import Call, Delivered, Retryable
from connectors.runtime import ConnectorSettings, build_systems
from mappings.canonical import CanonicalError, validate

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
QUESTION = {"subject": "نقشه", "text": "هست؟", "national_id": "9990000018"}
CALL = Call("i", "c", "r", "question", QUESTION, NOW + timedelta(seconds=30))


@pytest.mark.parametrize("paused", [False, True])
async def test_a_question_is_delivered_unless_the_inbox_is_paused(paused: bool) -> None:
    catalogue = {"inbox": read_folder(PACKAGE / "inbox")}
    settings = {"inbox": ConnectorSettings(paused=paused)}
    systems = build_systems(catalogue, settings, clock=lambda: NOW, random=Random(1))
    try:
        for ask in (systems.get("inbox").ask, systems.get("inbox").ask_after):
            with pytest.raises(Retryable if paused else Delivered):
                await ask(CALL)
    finally:
        await systems.close()


def test_questions_and_answers_are_checked() -> None:
    read_folder(PACKAGE / "inbox")
    validate("InboxQuestion", QUESTION)
    validate("InboxAnswer", {"text": "بله"})
    for name, wrong in (("InboxQuestion", {**QUESTION, "national_id": "9990000019"}), ("InboxAnswer", {"text": ""})):
        with pytest.raises(CanonicalError):
            validate(name, wrong)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('effect = "idempotent"', 'effect = "once"', "takes a question once"),
        ('grade = "verified"', 'grade = "verified"\nmapping = "mappings/question.yaml"', "an inbox has none"),
        ('kind = "inbox"', "", "does not go with kind"),
    ],
)
def test_what_an_inbox_may_not_say(tmp_path: Path, old: str, new: str, said: str) -> None:
    folder = shutil.copytree(PACKAGE / "inbox", tmp_path / "inbox", ignore=shutil.ignore_patterns("*.py", "__*"))
    manifest = folder / "manifest.toml"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CatalogueError, match=said):
        read_folder(folder)
