import re
from pathlib import Path

import mappings
from mappings.flow import FLOW
from mappings.pointers import CONTEXT
from mappings.steps import STEPS

README = (Path(mappings.__file__).parent / "README.md").read_text(encoding="utf-8")


def test_the_readme_names_every_step() -> None:
    named = set(re.findall(r"`\{?([a-z0-9]+)", README))
    assert {"path", *FLOW, *STEPS} <= named


def test_the_readme_names_everything_in_the_context() -> None:
    assert all(f"`{name}`" in README for name in CONTEXT)
