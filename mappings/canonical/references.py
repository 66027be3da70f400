"""Asking after something by nothing but its number."""

from typing import Annotated

from mappings.canonical.record import Record, described, named
from mappings.values import Reference


class ReferenceQuery(Record):
    """Asks after one thing by the number it has: the asker's own reference or the far side's."""

    model_config = described("پیگیری با شماره", "Query by reference", {"reference": "140500100001"})

    reference: Annotated[Reference, named("شماره پیگیری", "Reference")]
