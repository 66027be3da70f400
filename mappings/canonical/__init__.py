"""The hub's own language: what every system's messages are translated into and out of."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal

from pydantic import BaseModel

from mappings.canonical.citizens import FolderMessage, FolderReceipt, Publication, ServiceCard
from mappings.canonical.documents import Consent, Document
from mappings.canonical.doubts import FieldWarning, warnings_of
from mappings.canonical.parcels import Acknowledgement, ArticleSixAnswer, Parcel, ParcelGeometry, ParcelQuery
from mappings.canonical.people import Foreigner, IdentityQuery, Person
from mappings.canonical.permits import (
    DecisionQuery,
    DecisionReceipt,
    Permit,
    PermitDecision,
    PermitPage,
    PermitQuery,
    PermitRequest,
    PermitSearch,
)
from mappings.canonical.reading import CanonicalError, FieldError, example_of, pointer_to, read, schema_of
from mappings.canonical.references import ReferenceQuery
from mappings.canonical.status import Stage, StatusUpdate
from mappings.canonical.tenders import Contract, Need, NeedQuery, NeedReceipt, NoticePage, NoticeSearch, Tender

__all__ = [
    "CANONICAL",
    "CanonicalError",
    "FieldError",
    "FieldWarning",
    "Stage",
    "example",
    "json_schema",
    "pointer_to",
    "read",
    "validate",
    "warnings_of",
]

CANONICAL: Mapping[str, type[BaseModel]] = MappingProxyType(
    {
        model.__name__: model
        for model in (
            Acknowledgement,
            ArticleSixAnswer,
            Consent,
            Contract,
            DecisionQuery,
            DecisionReceipt,
            Document,
            FolderMessage,
            FolderReceipt,
            Foreigner,
            IdentityQuery,
            Need,
            NeedQuery,
            NeedReceipt,
            NoticePage,
            NoticeSearch,
            Parcel,
            ParcelGeometry,
            ParcelQuery,
            Permit,
            PermitDecision,
            PermitPage,
            PermitQuery,
            PermitRequest,
            PermitSearch,
            Person,
            Publication,
            ReferenceQuery,
            ServiceCard,
            StatusUpdate,
            Tender,
        )
    }
)
"""Every message that an operation may ask with or answer with, by name."""


def validate(name: str, data: Any) -> BaseModel:
    """Read `data` (plain JSON values) as the canonical model `name`.

    Raises:
        CanonicalError: with every field that does not fit.
        KeyError: when there is no such model.
    """
    return read(CANONICAL[name], data)


def json_schema(name: str, lang: Literal["fa", "en"] | None = None) -> dict[str, Any]:
    """The JSON Schema of a canonical model, titled in both languages or in `lang`."""
    return schema_of(CANONICAL[name], lang)


def example(name: str) -> dict[str, Any]:
    """A synthetic message of a canonical model."""
    return dict(example_of(CANONICAL[name]))
