"""The catalogue of texts: both languages, no text without a use, no use without a text."""

import re
from pathlib import Path

import pytest

from console import wording
from console.pages import PAGES
from console.wording import WordingError, catalogue
from registry.staff.officers import Role
from registry.states import State

ROOM = Path(wording.__file__).parent
TEXTS = catalogue()
FAMILIES = {"state": State, "role": Role, "theme": ("auto", "light", "dark")}
"""Groups whose texts are found by a value: each value has its text."""
USE = re.compile(r"""\b(?:t|say|text)\((?:language, )?["']([a-z_]+\.\w+)["']""")
WORDS = re.compile(r"""\bword\(["']([a-z_]+)["']""")
NAMED = re.compile(r"""["']([a-z_]+\.[a-z_0-9]+)["']""")


def sources() -> dict[str, str]:
    paths = [*ROOM.glob("templates/**/*.html"), *ROOM.glob("**/*.py")]
    return {str(path.relative_to(ROOM)): path.read_text("utf-8") for path in paths if "node_modules" not in path.parts}


def test_every_text_that_is_used_exists():
    unknown = [(name, key) for name, text in sources().items() for key in USE.findall(text) if key not in TEXTS]
    unknown += [("menu", page.menu) for page in PAGES if page.menu and page.menu not in TEXTS]
    assert unknown == []


def test_every_value_of_a_family_has_its_word():
    assert [
        f"{group}.{one}" for group, values in FAMILIES.items() for one in values if f"{group}.{one}" not in TEXTS
    ] == []


def test_every_text_is_used():
    every = sources().values()
    used = {key for text in every for key in NAMED.findall(text)}
    groups = {group for text in every for group in WORDS.findall(text)} | {"time"}
    assert [key for key in TEXTS if key not in used and key.partition(".")[0] not in groups] == []


def test_both_languages_have_the_same_places_and_their_own_letters():
    for key, text in TEXTS.items():
        places = {language: sorted(re.findall(r"{\w+}", text[language])) for language in ("fa", "en")}
        assert places["fa"] == places["en"], key
        assert not re.search("[\u0643\u064a\u0660-\u0669]", text["fa"]), f"{key}: Arabic letters or digits"
        assert not re.search("[\u0600-\u06ff]", text["en"]), key


@pytest.mark.parametrize("text", ['[a]\nb = { fa = "ب" }', '[a]\nb = { fa = "", en = "b" }', '[a]\nb = "ب"'])
def test_half_a_text_is_no_text(tmp_path, text):
    (tmp_path / "half.toml").write_text(text, "utf-8")
    with pytest.raises(WordingError, match=r"a\.b"):
        catalogue(tmp_path)
