"""Adding a system is adding a folder: nothing else is edited."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_a_copied_folder_brings_its_conformance_tests(tmp_path: Path) -> None:
    copy = tmp_path / "elsewhere" / "district_registry"
    shutil.copytree(ROOT / "connectors" / "civil_registry", copy, ignore=shutil.ignore_patterns("__pycache__"))
    manifest = copy / "manifest.toml"
    text = manifest.read_text(encoding="utf-8")
    manifest.write_text(text.replace('name = "civil_registry"', 'name = "district_registry"'), encoding="utf-8")
    ran = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "-k",
            "district_registry",
            Path(__file__).parent,
        ],
        cwd=ROOT,
        env={**os.environ, "HUB_CONNECTORS": str(copy.parent)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    last = ran.stdout.strip().splitlines()[-1]
    assert int(last.split(" passed")[0].split()[-1]) >= 30, last
