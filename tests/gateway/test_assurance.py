"""A service takes a person by the level of assurance, and a caller claims no more than it is trusted with."""

from dataclasses import replace

import orjson
import pytest
from sqlalchemy import select

from registry import participants, services
from registry.schema import journal_leaves

URBAN, IDENTITY, PERMIT = "IR/MUN/tehran/urban", "civil_registry.identity", "building-permit"


@pytest.fixture
def demanding(house):
    """Both services want level 3; the caller's sign-in is trusted up to 3."""

    def act(t):
        for name in (IDENTITY, PERMIT):
            services.put(t, replace(services.get(t, name), minimum_assurance=3))
        found = participants.get(t, URBAN)
        participants.put(t, replace(found, roles=(*found.roles, "assurance:2", "assurance:3", "assurance:9")))

    house.change(act)
    return house


@pytest.mark.parametrize("path", ["/v1/inquiries", "/v1/cases"])
@pytest.mark.parametrize(
    ("given", "code", "extra"),
    [
        ({}, "assurance.too_low", {"required": 3, "given": 1}),
        ({"assurance": 2}, "assurance.too_low", {"required": 3, "given": 2}),
        ({"assurance": 4}, "assurance.not_trusted", {"trusted": 3, "given": 4}),
        ({"assurance": 5}, "request.invalid", {}),
    ],
)
def test_who_is_not_known_surely_enough_is_refused_and_nothing_is_stored(demanding, path, given, code, extra):
    before = demanding.rows()
    body = (demanding.inquiry if path.endswith("inquiries") else demanding.case)(**given)
    refused = demanding.call("POST", path, json=body, headers={"Accept-Language": "en"}).json()
    assert refused["code"] == code
    assert {name: refused[name] for name in extra} == extra
    assert demanding.rows() == before


def test_the_level_travels_into_the_journal(demanding):
    case = demanding.call("POST", "/v1/cases", json=demanding.case(assurance=3))
    asked = demanding.call("POST", "/v1/inquiries", json=demanding.inquiry(assurance=3))
    assert (case.status_code, asked.status_code) == (201, 202), (case.text, asked.text)
    query = select(journal_leaves.c.statement).where(journal_leaves.c.kind.in_(["case.opened", "inquiry.accepted"]))
    leaves = [orjson.loads(row[0]) for row in demanding.store.read_now(lambda t: list(t.execute(query)))]
    assert [one["assurance"] for one in leaves] == [3, 3, 3]


def test_without_a_role_a_caller_is_trusted_with_the_least(house):
    assert house.call("POST", "/v1/inquiries", json=house.inquiry(assurance=1)).status_code == 202
    refused = house.call("POST", "/v1/inquiries", json=house.inquiry(assurance=2))
    assert (refused.status_code, refused.json()["code"]) == (403, "assurance.not_trusted")
    batch = house.call("POST", "/v1/inquiries/batch", json={"inquiries": [house.inquiry(assurance=2)]})
    assert "assurance.not_trusted" in batch.text
