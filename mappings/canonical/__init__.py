"""The hub's own language: what every system's messages are translated into and out of."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal

from pydantic import BaseModel

from mappings.canonical.addresses import AddressList, AddressQuery, GeocodeQuery, PostalLocation
from mappings.canonical.article_six import ArticleSixAnswer, ArticleSixInquiry
from mappings.canonical.citizens import FolderMessage, FolderReceipt, Publication, ServiceCard
from mappings.canonical.companies import Company, CompanyQuery
from mappings.canonical.contracted import SchemaUnusable, read_schema
from mappings.canonical.documents import Consent, ConsentInvitation, ConsentRequest, Document
from mappings.canonical.doubts import FieldWarning, warnings_of
from mappings.canonical.identity import ConsentCode, ConsentedPerson, ConsentToken, ConsentTokenQuery, SignInCode
from mappings.canonical.parcels import Acknowledgement, Parcel, ParcelGeometry, ParcelQuery
from mappings.canonical.payments import Payment, PaymentConfirmation, PaymentOrder, PaymentQuery
from mappings.canonical.people import Foreigner, IdentityQuery, Person, SignedIn
from mappings.canonical.permits import (
    DecisionQuery,
    DecisionReceipt,
    Permit,
    PermitCount,
    PermitDecision,
    PermitPage,
    PermitQuery,
    PermitRequest,
    PermitSearch,
)
from mappings.canonical.places import Places, PlacesQuery
from mappings.canonical.procurement import Award, AwardReceipt, ContractReceipt, OfferPage, OfferQuery
from mappings.canonical.reading import CanonicalError, FieldError, example_of, pointer_to, read, schema_of
from mappings.canonical.references import ReferenceQuery
from mappings.canonical.service_reports import OutageNotice, ServiceFeedback, ServiceUsage
from mappings.canonical.status import PortalReply, Stage, StatusUpdate
from mappings.canonical.subscribers import SubscriberMatch, SubscriberQuery
from mappings.canonical.tenders import Contract, Need, NeedQuery, NeedReceipt, NoticePage, NoticeSearch, Tender

__all__ = [
    "CANONICAL",
    "CanonicalError",
    "FieldError",
    "FieldWarning",
    "SchemaUnusable",
    "Stage",
    "adopt",
    "example",
    "json_schema",
    "pointer_to",
    "read",
    "validate",
    "warnings_of",
]

_OWN: Mapping[str, type[BaseModel]] = MappingProxyType(
    {
        model.__name__: model
        for model in (
            Acknowledgement,
            AddressList,
            AddressQuery,
            ArticleSixAnswer,
            ArticleSixInquiry,
            Award,
            AwardReceipt,
            Company,
            CompanyQuery,
            Consent,
            ConsentCode,
            ConsentInvitation,
            ConsentRequest,
            ConsentToken,
            ConsentTokenQuery,
            ConsentedPerson,
            Contract,
            ContractReceipt,
            DecisionQuery,
            DecisionReceipt,
            Document,
            FolderMessage,
            FolderReceipt,
            GeocodeQuery,
            Foreigner,
            IdentityQuery,
            Need,
            NeedQuery,
            NeedReceipt,
            NoticePage,
            NoticeSearch,
            OfferPage,
            OfferQuery,
            OutageNotice,
            Parcel,
            ParcelGeometry,
            ParcelQuery,
            Payment,
            PaymentConfirmation,
            PaymentOrder,
            PaymentQuery,
            Permit,
            PermitCount,
            PermitDecision,
            PermitPage,
            PermitQuery,
            PermitRequest,
            PermitSearch,
            Person,
            Places,
            PlacesQuery,
            PortalReply,
            PostalLocation,
            Publication,
            ReferenceQuery,
            ServiceCard,
            SignInCode,
            SignedIn,
            ServiceFeedback,
            ServiceUsage,
            StatusUpdate,
            SubscriberMatch,
            SubscriberQuery,
            Tender,
        )
    }
)
_known = dict(_OWN)

CANONICAL: Mapping[str, type[BaseModel]] = MappingProxyType(_known)
"""Every message that an operation may ask with or answer with, by name: the hub's own and those adopted."""


def adopt(name: str, raw: bytes) -> None:
    """Make the type in a connector folder's schema file known under its name, in place of an earlier one.

    Raises SchemaUnusable, also where the name is one of the hub's own.
    """
    if name in _OWN:
        raise SchemaUnusable(name, "", "this is the name of a type of the hub's own")
    _known[name] = read_schema(raw, name=name)


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
