import json
from collections.abc import Callable
from typing import Any

import pytest

from mappings.compiler import Mapping, compile_document
from mappings.document import load_document
from mappings.errors import DocumentError, Finding
from mappings.generator import make as make_function
from mappings.nodes import ABSENT
from mappings.pipeline import build_pipeline
from mappings.workbench import Bench

REQUIRED = {"reference": {"path": "/reference"}}


def compiled(shared: Any = None, functions: Any = None, **parts: Any) -> Mapping:
    document = {
        "id": "system.operation",
        "version": 1,
        "title": {"fa": "آزمایش", "en": "Test"},
        "canonical": {"request": "ParcelQuery", "answer": "Acknowledgement"},
        "grade": "assumed",
        "from_native": REQUIRED,
        **parts,
    }
    return compile_document(
        load_document(json.dumps(document).encode(), name="test.yaml"), shared or {}, functions or {}
    )


def findings_of(shared: Any = None, functions: Any = None, **parts: Any) -> list[Finding]:
    with pytest.raises(DocumentError) as caught:
        compiled(shared, functions, **parts)
    return caught.value.findings


def run_pipeline(steps: Any, *given: Any, tables: Any = None) -> Any:
    """Run `[{path: /v}, *steps]` over `{v: given}`; `"absent"` when nothing comes out."""
    document = compiled(tables).document
    bench = Bench(document, "outcome", tables or {}, build_pipeline, place="/field")
    function = make_function(build_pipeline([{"path": "/v"}, *steps], "/steps", bench))
    assert not bench.findings, bench.findings
    native = {"v": given[0]} if given else {}
    result = function(ABSENT, native, native, {}, ABSENT)
    return "absent" if result is ABSENT else result


@pytest.fixture
def make() -> Callable[..., Mapping]:
    """Compiles a document made of the given sections."""
    return compiled


@pytest.fixture
def faults() -> Callable[..., list[Finding]]:
    """The findings of a document made of the given sections."""
    return findings_of


@pytest.fixture
def run() -> Callable[..., Any]:
    """Runs steps over one value."""
    return run_pipeline
