"""The steps a pipeline is made of, by topic. `STEPS` is the whole vocabulary."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from mappings.nodes import Node, Pipe
from mappings.steps import codes, hatches, moments, numbers, shapes, strings
from mappings.workbench import Bench

Builder = Callable[[Any, str, Bench], Node | Pipe | None]
"""From a step's arguments, their pointer in the document and the bench: a node or a pipe; None after noting a fault."""

STEPS: Mapping[str, Builder] = MappingProxyType(
    {**strings.STEPS, **numbers.STEPS, **codes.STEPS, **moments.STEPS, **shapes.STEPS, **hatches.STEPS}
)
"""Steps that look only at the value so far. Those that read the message or hold pipelines are in `pipeline`."""
