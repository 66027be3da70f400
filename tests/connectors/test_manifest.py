from pathlib import Path

import pytest

from connectors.manifest import Grade, ManifestError, Operation, Title, load_manifest
from connectors.port import Effect
from connectors.resolving import numbers_in

GOOD = """
name = "far"
title = { fa = "دور", en = "Far" }
owner = "IR/GOV/far"
transport = "rest"
contract_version = "1"

[operations.publish]
title = { fa = "انتشار", en = "Publish" }
effect = "once"
request = "Need"
answer = "NeedReceipt"
mapping = "mappings/publish.yaml"
grade = "assumed"
http = { method = "POST", path = "/needs" }
resolve_with = "find"
resolve_request = { reference = "$reference" }

[operations.find]
title = { fa = "یافتن", en = "Find" }
effect = "read"
request = "NeedQuery"
answer = "NeedReceipt"
mapping = "mappings/find.yaml"
grade = "assumed"
http = { method = "GET", path = "/needs/{reference}" }
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "far" / "manifest.toml"
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    return path


def test_defaults(tmp_path: Path) -> None:
    manifest = load_manifest(written(tmp_path, GOOD))
    assert manifest.operations["publish"].effect is Effect.ONCE
    assert manifest.timeout_of("publish") == 30
    assert manifest.hours is None


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('name = "far"', 'name = "near"', "name"),
        ('name = "far"', 'nome = "far"', "nome"),
        ('owner = "IR/GOV/far"', 'owner = "far"', "owner"),
        ('effect = "read"', 'effect = "write"', "operations.find.effect"),
        ('resolve_with = "find"', "", "operations.publish.resolve_with"),
        ('resolve_with = "find"', 'resolve_with = "seek"', "operations.publish.resolve_with"),
        ('resolve_with = "find"', 'resolve_with = "publish"', "operations.publish.resolve_with"),
        ('resolve_request = { reference = "$reference" }', "", "operations.publish.resolve_request"),
        ('http = { method = "POST", path = "/needs" }', "", "operations.publish.http"),
        ('transport = "rest"', 'transport = "soap"', "soap"),
        ("[operations.find]", "[operations.find]\ntimeout = 0", "operations.find.timeout"),
        ('contract_version = "1"', 'contract_version = "1"\nhours = { open = "14:00", close = "07:00" }', "hours"),
        (
            'answer = "NeedReceipt"\nmapping = "mappings/find.yaml"',
            'answer = "Permit"\nmapping = "mappings/find.yaml"',
            "operations.publish.resolve_with",
        ),
        ("transport =", "transport = =", "line"),
    ],
)
def test_every_problem_names_file_and_key(tmp_path: Path, old: str, new: str, key: str) -> None:
    assert old in GOOD
    path = written(tmp_path, GOOD.replace(old, new))
    with pytest.raises(ManifestError) as unusable:
        load_manifest(path)
    assert all(problem.startswith(str(path)) for problem in unusable.value.problems)
    assert any(key in problem.removeprefix(str(path)) for problem in unusable.value.problems)


def test_all_problems_at_once(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD.replace('effect = "read"', 'effect = "write"').replace("IR/GOV/far", "far"))
    with pytest.raises(ManifestError) as unusable:
        load_manifest(path)
    assert len(unusable.value.problems) == 2


def test_an_answer_may_name_the_numbers_of_several_agencies() -> None:
    operation = Operation(
        title=Title(fa="ف", en="E"),
        effect=Effect.READ,
        request="ReferenceQuery",
        answer="Acknowledgement",
        grade=Grade.ASSUMED,
        alias_from="/reference",
        aliases={"deeds_registry": "/deeds/0", "organ": "/organ"},
    )
    named = numbers_in(operation, "window", {"reference": "9", "deeds": ["1405"], "organ": None})
    assert named == {"window": "9", "deeds_registry": "1405"}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("", "say how 'accepted' and 'otherwise'"),
        ('service = "s"\n[inbound.ask.replies]\naccepted = {code = "1"}\notherwise = {code = "0"}', "its purpose"),
    ],
)
def test_a_message_in_the_portals_own_words_is_declared_whole(tmp_path: Path, more: str, said: str) -> None:
    path = tmp_path / "far" / "manifest.toml"
    path.parent.mkdir()
    path.write_text(f'{GOOD}\n[inbound.ask]\nmapping = "mappings/ask.yaml"\ngrade = "seen"\n{more}\n', "utf-8")
    with pytest.raises(ManifestError, match=said):
        load_manifest(path)
