"""A new version of a mapping document: proposed, approved by a second person, activated, taken back."""

import hashlib
import json
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from mappings.compiler import compile_document
from mappings.document import load_document
from registry.schema import journal_leaves
from registry.staff.officers import Role

ACTIVE = """\
id: portal.ask
version: 1
title: {fa: پرسش, en: Ask}
canonical: {request: ReferenceQuery, answer: Acknowledgement}
grade: seen
to_native: {Number: {path: /reference}}
from_native: {reference: [{path: /code}, required, text]}
tests:
  - {name: there, to_native: {given: {reference: "1"}, expect: {Number: "1"}}}
"""
NEXT = ACTIVE.replace("version: 1", "version: 2").replace("{path: /code}", "{path: /number}")


@pytest.fixture
def desk(house):
    """A site with one connector, whose document is `ACTIVE`."""
    document = compile_document(load_document(ACTIVE.encode(), name="ask.yaml"))
    manifest = SimpleNamespace(operations={"ask": SimpleNamespace(resolve_with=None)})
    portal = SimpleNamespace(mappings={"ask": document}, inbound=None, arrivals={}, manifest=manifest)
    house.parts.versions._site.read_catalogue = lambda: {"portal": portal}
    return house.parts.versions


def written(house):
    query = select(journal_leaves.c.kind, journal_leaves.c.statement).where(journal_leaves.c.kind.like("mapping.%"))
    return [(kind, json.loads(text)) for kind, text in house.store.read_now(lambda t: t.execute(query).all())]


def test_a_version_runs_when_a_second_person_has_approved_it(house, desk, officer):
    sara = officer(Role.ADMINISTRATOR, Role.APPROVER, username="sara")
    reza = officer(Role.APPROVER, username="reza")
    shown = sara.call("GET", "/mappings").json()
    assert (shown["approval_demanded"], shown["mappings"][0]["id"]) == (True, "portal.ask")
    made = sara.call("POST", "/mapping-changes", {"document": NEXT, "reason": "letter 12"})
    assert made.status_code == 201
    at = f"/mapping-changes/{made.json()['id']}"
    assert sara.call("POST", f"{at}/activate").json()["code"] == "change.not_approved"
    own = sara.call("POST", f"{at}/approve")
    assert (own.status_code, own.json()["code"]) == (409, "change.own")
    assert [(one["pointer"], one["code"]) for one in own.json()["errors"]] == [("/proposed_by", "change.own")]
    seen = reza.call("GET", at).json()
    assert (seen["document"], seen["state"]) == (NEXT, "proposed")
    assert reza.call("POST", f"{at}/approve").json()["state"] == "approved"
    again = reza.call("POST", f"{at}/approve").json()
    assert (again["code"], again["state"]) == ("change.moved", "approved")
    done = sara.call("POST", f"{at}/activate").json()
    assert (done["state"], done["applied_by"], done["decided_by"]) == ("applied", sara.officer_id, reza.officer_id)
    running = desk.shelf.folder / "portal.ask.yaml"
    digest = hashlib.sha256(NEXT.encode()).hexdigest()
    assert hashlib.sha256(running.read_bytes()).hexdigest() == done["content_sha256"] == digest
    assert sara.call("POST", f"{at}/activate").json()["code"] == "change.moved"
    assert sara.call("POST", "/mappings/portal.ask/rollback").json() == {
        "mapping": "portal.ask",
        "content_sha256": None,
    }
    assert not running.exists()
    assert sara.call("POST", "/mappings/portal.ask/rollback").json()["code"] == "version.not_activated"
    leaves = written(house)
    assert [kind.removeprefix("mapping.") for kind, _ in leaves] == ["proposed", "approved", "activated", "taken_back"]
    assert (leaves[2][1]["approved_by"], leaves[2][1]["content_sha256"]) == (reza.officer_id, digest)
    assert [one["state"] for one in reza.call("GET", "/mapping-changes").json()["changes"]] == ["applied"]


def test_what_stops_a_version_stops_its_proposal(desk, officer):
    sara = officer(Role.ADMINISTRATOR)

    def problem(document):
        answer = sara.call("POST", "/mapping-changes", {"document": document, "reason": "letter 12"})
        assert answer.status_code in {404, 422}
        return answer.json()["code"], [one["code"] for one in answer.json().get("errors", ())]

    assert problem(ACTIVE) == ("version.stopped", ["version.number"])
    assert problem(NEXT.replace('Number: "1"', 'Number: "2"')) == ("version.stopped", ["version.test_failed"])
    assert problem(NEXT.replace("required", "requierd")) == ("version.unusable", ["document.unknown_step"])
    assert problem(NEXT.replace("portal.ask", "portal.tell")) == ("version.unknown", [])
    assert problem("a: &b [*b]")[0] == "version.unusable"


def test_without_the_setting_one_officer_is_enough_and_a_refused_change_never_runs(desk, officer):
    desk._site.approve_mappings = False
    sara = officer(Role.ADMINISTRATOR)
    refused = sara.call("POST", "/mapping-changes", {"document": NEXT, "reason": "letter 12"}).json()["id"]
    twice = sara.call("POST", "/mapping-changes", {"document": NEXT, "reason": "letter 12"})
    assert twice.json()["code"] == "change.moved"
    assert sara.call("POST", f"/mapping-changes/{refused}/refuse").json()["state"] == "refused"
    assert sara.call("POST", f"/mapping-changes/{refused}/activate").json()["code"] == "change.moved"
    made = sara.call("POST", "/mapping-changes", {"document": NEXT, "reason": "letter 12"}).json()["id"]
    assert sara.call("POST", f"/mapping-changes/{made}/activate").json()["state"] == "applied"
    assert sara.call("POST", "/mapping-changes/none/refuse").json()["code"] == "change.unknown"
