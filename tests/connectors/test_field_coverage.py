"""Every field that is known of the outside systems' contracts stands in a test of some mapping document."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from connectors.catalogue import folders
from mappings.compiler import Mapping
from mappings.shelf import compile_file
from mappings.tables.shelf import shipped

PERSON = (
    "nin birthDate name family fatherName gender shenasnameNo shenasnameSeri shenasnameSerial officeCode bookNo bookRow"
)
CARD = (
    "boardName title orgName provinceName cityName number jalaliSendDeadlineDate jalaliDocumentDeadlineDate basePrice "
    "tableId reqId needType"
)
LIST = (
    "request_number applicant_name license_title organization_title province_title township_title responded_at status "
    "status_id status_title status_slug pagination total per_page current_page"
)
DETAILS = (
    "licenseRequestDetails license license_title organization_title isic_code issue_type responded_at expires_at "
    "status location applicant approval approval_title respondent_organization approval_type request_type history "
    "license_operation operation_reasons created_at note"
)
ARTICLE_SIX = (
    "Geometry ProvinceCode CountyCode SellerNationalCode BuyerNationalCode UnitNumberSdd PartIdSdd CountyIdSdd "
    "OriginalNumberSdd SubNumberSdd TotalShare FracShare SabtTrackingCode RequestDate OwnerType UserCode AreaT "
    "RequestType PostalCode InqOrgan File Name Size Type Value"
)
ANSWER = (
    "UserName Password RequestNo ResponseOrganization ResponseType ResponseDate ResponseNo Description "
    "OppositionReasonCode OppositionReasonTitle Map"
)

FIELDS: dict[str, tuple[str, str]] = {
    "civil_registry.identity": (
        f"arg0 arg1 arg2 arg3 arg4 {PERSON}",
        f"return {PERSON} officeName deathStatus deathDate message exceptionMessage",
    ),
    "permit_portal.search": ("input title name province_id township_id page", LIST),
    "permit_portal.details": ("", DETAILS),
    "setad.list_notices": (
        "searchTypeCode selectedCities queryText pageNumber pageSize sort",
        f"content totalElements totalPages {CARD}",
    ),
    "setad.list_grid": ("page rows sidx sord", f"page total records gridModel {CARD}"),
    "land_window.parcel_geometry": (
        "Username Password UnitId SectionCode SubSectionCode PlakOrginal PlaqkSub",
        "Data GeoJsonMap Messeag IsSuccess Message Type Coordinates",
    ),
    "land_window.article_six_inquiry": ("ResCode ResMessage Data TrackingCode", ARTICLE_SIX),
    "land_window.related_organs": (
        "ResCode",
        "UserName Password RequestNo RelatedOrganList MinistryCode OrganizationCode OrganizationTrackingCode SendDate",
    ),
    "land_window.answer_inquiry": (ANSWER, "ResCode"),
    "smart_gov.userinfo": ("", "nationalCode"),
    "smart_gov.consent": (
        "client_id client_secret scopes redirect_uri state loa mobile_number",
        "authorize_url secure_code",
    ),
    # Its requestId is no field of a message: the connector draws a new one for each call that leaves.
    "shahkar.match": (
        "serviceNumber serviceType identificationType identificationNo",
        "result response requestId comment id",
    ),
    "legal_persons.company": (
        "Date Name NationalCode PassWord UserName",
        (
            "aName aNationalCode aRegisterNumber aRegisterDate aEstablishmentDate aPostCode aAddress aState "
            "aSuccessful aMessage aIsBreakUp aIsSettle aIsBankRupt aIsSuspention aIsTaxRestricted"
        ),
    ),
    "legal_persons.latest": (
        "TheCCompany NationalCode Name",
        (
            "TheCCompany Name NationalCode RegisterNumber RegisterDate PostCode AddressDesc Residency TheCICompanyType "
            "Code Title TheObjectState TheUnit UnitName TheCCompanyPersonList Result Successful Message No Description"
        ),
    ),
    "post.address": (
        "ClientBatchID Postcodes ClientRowID PostCode Signature",
        "Data Result Province TownShip Village SubLocality Street Street2 HouseNumber Floor BuildingName Description",
    ),
}
"""By document: the native fields that leave, and those that come in."""

CODES: dict[str, str] = {
    "civil_registry.errors": (
        "err.record.not.found Nin.Not.Valid err.cancellation.nin result.rec.review result.rec.return "
        "result.rec.invisible login.invalid.user login.lock.user login.service.diny err.method.diny login.holyday.diny "
        "login.time.diny inquiry.inquiry.required inquiry.unknown.search inquiry.outof.max.daily.request "
        "inquiry.outof.max.response inquiry.time.finished You.have.not.permission"
    ),
    "permit_portal.states": "submitted under_review defect resubmitted approved rejected auto_issued revoked expired",
    "setad.kinds": "1431 1432",
    "land_window.states": "75 76 77",
    "land_window.answer_codes": "01 02 03 04 05 06 07 08 09 10 11 12 13",
    "land_window.routing_codes": "101 102 103 104 105 106 109 901",
    "land_window.responses": "1 2",
    "shahkar.documents": "0 1 2 3 4 5 6",
    "treasury.states": "Request Payment ConfWait Settle Revoke Conflict",
    "civil_registry.genders": "1 2",
    "land_registry.genders": "1 2",
    "land_registry.booleans": "1 2",
    "legal_persons.booleans": "true false",
}


TREASURY = "00 9201 9214 9219 9220 9221 9224 9301 9302"


@pytest.fixture(scope="module")
def documents() -> dict[str, Mapping]:
    files = [path for folder in folders() for path in (folder / "mappings").glob("*.yaml")]
    return {mapping.id: mapping for mapping in map(compile_file, files)}


def names_in(value: Any) -> Iterator[str]:
    """Every key in a message, also in JSON that travels as text."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from key.split("/")
            yield from names_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from names_in(item)
    elif isinstance(value, str) and value.startswith("{"):
        yield from names_in(json.loads(value) if value.endswith("}") else None)


def names_tested(mapping: Mapping) -> tuple[set[str], set[str]]:
    """The native names in the tests of a document: in requests, and in replies."""
    asked, replied = set[str](), set[str]()
    for case in mapping.document.tests:
        if case.to_native is not None:
            asked.update(names_in(case.to_native.expect))
        for exercise in (case.from_native, case.outcome):
            if exercise is not None:
                replied.update(names_in(exercise.given))
    return asked, replied


@pytest.mark.parametrize("name", FIELDS)
def test_every_known_field_is_in_a_test(documents: dict[str, Mapping], name: str) -> None:
    asked, replied = names_tested(documents[name])
    request, reply = (set(words.split()) for words in FIELDS[name])
    assert request - asked == set()
    assert reply - replied == set()


@pytest.mark.parametrize("name", CODES)
def test_every_known_code_is_in_its_table(name: str) -> None:
    assert set(CODES[name].split()) <= {row.code for row in shipped()[name].rows}


def test_every_known_code_of_the_treasury_is_understood(documents: dict[str, Mapping]) -> None:
    outcomes = [item.document.outcome for name, item in documents.items() if name.startswith("treasury.")]
    assert set(TREASURY.split()) <= {code for outcome in outcomes if outcome for code in outcome.table}


def test_every_document_has_tests_in_each_direction_it_has(documents: dict[str, Mapping]) -> None:
    for mapping in documents.values():
        written = mapping.document
        for side in ("to_native", "from_native"):
            if getattr(written, side) is not None:
                assert any(getattr(case, side) is not None for case in written.tests), (mapping.id, side)
        if written.outcome is not None:
            assert any(case.outcome is not None for case in written.tests), mapping.id
