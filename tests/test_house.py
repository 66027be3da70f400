"""The rules of the house that the import contracts cannot say."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("broker", "connectors", "console", "gateway", "mappings", "pki", "registry")
NOBODYS_NAMES = {
    "utils",
    "util",
    "helpers",
    "helper",
    "manager",
    "base",
    "common",
    "misc",
    "stuff",
    "new",
    "old",
    "temp",
}
LONGEST = 300
LONGER = {
    "tests/connectors/test_system.py": "one script for every ending of a call",
}
"""Files over the limit, and why. One that has become short enough must leave this list."""

MACHINES = re.compile(
    r"(?<![\w.])/(home|Users|root|work|opt|mnt|srv)/\w"
    r"|[A-Z]:\\\\"
    r"|(index-url|trusted-host|find-links)\b"
    r"|\b(pypi\.org|pythonhosted\.org|pypi\.python\.org|registry\.npmjs|proxy\.golang|artifactory|nexus\.)"
)
LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#{1,6} +(.+?)\s*$", re.MULTILINE)
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
TEN_DIGITS = re.compile(r"(?<![0-9A-Za-z])[0-9]{10}(?![0-9A-Za-z])")
ALL_DIGITS = "0123456789"


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607 - whichever git there is.
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("this is no git clone")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def texts(*suffixes: str) -> Iterator[tuple[str, str]]:
    """Name and content of every file in the repository that is text."""
    for path in tracked():
        if suffixes and path.suffix not in suffixes:
            continue
        try:
            yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def imports_of(source: str) -> set[str]:
    """The outermost package of everything a file imports, wherever in the file."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module.partition(".")[0])
    return found


def in_a_room(name: str) -> bool:
    return name.partition("/")[0] in ROOMS


def test_no_room_imports_the_wiring() -> None:
    assert [name for name, text in texts(".py") if in_a_room(name) and "hub" in imports_of(text)] == []


def test_the_wiring_leaves_sql_http_and_cryptography_to_their_rooms() -> None:
    imported = imports_of((ROOT / "hub.py").read_text(encoding="utf-8"))
    assert not imported & {
        "sqlalchemy",
        "alembic",
        "sqlite3",
        "httpx",
        "aiohttp",
        "cryptography",
        "joserfc",
        "xmlsec",
        "zeep",
    }


def test_no_file_is_named_after_nothing() -> None:
    assert [str(path.relative_to(ROOT)) for path in tracked() if path.stem.lower() in NOBODYS_NAMES] == []


def test_files_stay_short() -> None:
    long = {name for name, text in texts(".py") if len(text.splitlines()) > LONGEST}
    assert long - LONGER.keys() == set()
    assert LONGER.keys() - long == set(), "short enough by now: take them off the list"


def test_every_file_of_a_room_says_what_it_is_for() -> None:
    silent = [
        name
        for name, text in texts(".py")
        if (in_a_room(name) or name == "hub.py") and ast.get_docstring(ast.parse(text)) is None
    ]
    assert silent == []


def test_no_machine_and_no_package_host_is_named() -> None:
    this = str(Path(__file__).relative_to(ROOT))
    found = [(name, match.group()) for name, text in texts() if name != this for match in MACHINES.finditer(text)]
    assert found == []


def anchors(text: str) -> set[str]:
    """What a Markdown page's headings are linked by."""
    plain = (re.sub(r"[`*]|\]\([^)]*\)|\[", "", heading) for heading in HEADING.findall(FENCE.sub("", text)))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in plain}


def test_every_relative_link_leads_somewhere() -> None:
    broken = []
    for name, text in texts(".md"):
        for target in LINK.findall(FENCE.sub("", text)):
            if re.match(r"[a-z]+:", target):
                continue
            file, _, anchor = unquote(target).partition("#")
            path = (ROOT / name).parent / file if file else ROOT / name
            lost = anchor and path.suffix == ".md" and path.is_file() and anchor not in anchors(path.read_text("utf-8"))
            if not path.exists() or lost:
                broken.append((name, target))
    assert broken == []


def a_national_id(digits: str) -> bool:
    """Whether ten digits carry a right check digit: r = Σ d·(10−i) mod 11, then r or 11−r."""
    rest = sum(int(digit) * (10 - place) for place, digit in enumerate(digits[:9])) % 11
    return int(digits[9]) == (rest if rest < 2 else 11 - rest)


def test_national_ids_are_synthetic() -> None:
    """Nobody's number begins with 999 or with the area 000; a number of one repeated digit is nobody's either."""
    found = [
        (name, match.group())
        for name, text in texts()
        for match in TEN_DIGITS.finditer(text)
        if a_national_id(match.group())
        and not match.group().startswith(("999", "000"))
        and match.group() != ALL_DIGITS
        and len(set(match.group())) > 1
    ]
    assert found == []


@pytest.mark.parametrize(("number", "right"), [("9990000018", True), ("9990000026", True), ("9990000019", False)])
def test_the_check_digit_is_understood(number: str, right: bool) -> None:
    assert a_national_id(number) is right


def test_ci_runs_the_same_as_a_person() -> None:
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert "make test" in lines


def test_the_readme_names_both_commands() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for command in ("make demo", "make test"):
        assert command in text
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in ("demo", "test"):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)
