"""What an administrator may change, what is refused whole, and that every state can be had again."""

import pytest
from sqlalchemy import func, select

from connectors.instances.settings import State
from gateway.configuration.document import document_of, from_yaml, read_document, to_yaml
from mappings.errors import DocumentError
from registry import services
from registry.configuration import changes, revisions
from registry.configuration.changes import Change
from registry.configuration.tables import kept_secrets
from tests.connector_desk import two_folders

from .conftest import ANN, BEN, canonical_hash, is_revision

FOURTH = {"connector": "post", "title": {"fa": "پست، منطقه ۴", "en": "Post, district 4"}, "limits": {"concurrency": 2}}


def test_a_change_is_a_numbered_revision_with_author_reason_leaf_and_services(office):
    done = office.do(office.change(post_4=FOURTH))
    assert is_revision(done, 1)
    assert (done.author, done.reason, done.approved_by, done.restores) == (ANN, "because", None, None)
    assert done.hash == canonical_hash(done.document) == office.store.read_now(revisions.head).hash
    assert office.leaves() == ["admin.configuration.applied"]
    assert office.declared == ["post_4"]
    offered = office.store.read_now(lambda t: services.get(t, "post_4.address"))
    assert (offered.system, offered.operation) == ("post_4", "address")
    assert office.refused(office.change(post_4=FOURTH)).code == "configuration.unchanged"


def test_the_export_reads_back_to_the_same_document(office):
    office.do(
        office.change(post={"holidays": ["1406-01-01"], "hours": {"open": "08:00", "close": "14:00"}}, post_4=FOURTH)
    )
    head = office.store.read_now(revisions.head)
    assert head.document["connectors"]["post"]["holidays"] == ["2027-03-21"]
    text = to_yaml(head)
    again = read_document(from_yaml(text.encode(), name="site.yaml").value, two_folders())
    assert (again.document, again.base) == (document_of(head), 1)
    assert office.do(office.desk.plan(office.do(office.desk.read(again.document)))) == []


@pytest.mark.parametrize(
    ("connectors", "pointer", "code"),
    [
        ({"post": {"adress": "https://a.example"}}, "/connectors/post/adress", "field.unknown"),
        ({"post": {"enabled": True}}, "/connectors/post/enabled", "field.unknown"),
        ({"post": {"address": "ftp://a.example"}}, "/connectors/post/address", "field.form"),
        ({"post": {"address": "https://me:secret@a.example"}}, "/connectors/post/address", "field.form"),
        ({"post": {"limits": {"concurrency": 0}}}, "/connectors/post/limits/concurrency", "field.range"),
        ({"post": {"limits": {"concurrency": "9"}}}, "/connectors/post/limits/concurrency", "field.type"),
        ({"post": {"state": "off"}}, "/connectors/post/state", "field.choice"),
        ({"post": {"auth": {"profile": "magic"}}}, "/connectors/post/auth", "field.choice"),
        ({"post": {"auth": {"profile": "basic", "x": 1}}}, "/connectors/post/auth/x", "field.unknown"),
        ({"post": {"operation_auth": {"fly": {"profile": "none"}}}}, "/connectors/post/operation_auth/fly",
         "field.choice"),
        ({"post": {"credentials": {"password": "hush"}}}, "/connectors/post/credentials/password", "secret.in_clear"),
        ({"post": {"credentials": {"pasword": "x"}}}, "/connectors/post/credentials/pasword", "credential.name"),
        ({"post": {"credentials": {"password": "env:HUB_MASTER_KEY"}}}, "/connectors/post/credentials/password",
         "secret.reference"),
        ({"post": {"credentials": {"username": "file:/run/secrets/../../etc/shadow"}}},
         "/connectors/post/credentials/username", "secret.reference"),
        ({"post": {"holidays": ["1406-13-01"]}}, "/connectors/post/holidays", "field.value"),
        ({"post": {"hours": {"open": "14:00", "close": "08:00"}}}, "/connectors/post/hours", "field.value"),
        ({"post": {"trust_pem": "-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----"}},
         "/connectors/post/trust_pem", "certificate.unusable"),
        ({"post": {"address": "https://a.example", "auth": {"profile": "basic"}}},
         "/connectors/post/credentials/username", "credential.missing"),
        ({"post": {"credentials": {"password": "kept:0123"}}}, "/connectors/post", "connector.unusable"),
        ({"post": {"credentials": {"password": "sealed:AAAA"}}}, "/connectors/post", "connector.unusable"),
        ({"far": {"connector": "nothing"}}, "/connectors/far/connector", "connector.unknown"),
        ({"post": {"connector": "civil_registry"}}, "/connectors/post/connector", "connector.name_taken"),
        ({"Post-4": {"connector": "post"}}, "/connectors/Post-4", "field.form"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_and_nothing_is_kept(office, connectors, pointer, code):
    refused = office.refused(office.change(**connectors, civil_registry={"state": "paused"}))
    assert refused.code == "configuration.refused"
    assert (pointer, code) in [(one.pointer, one.code) for one in refused.errors]
    assert all(one.fa and one.en for one in refused.errors)
    assert "hush" not in str([one.shown("en") for one in refused.errors])
    assert office.store.read_now(revisions.head).number == 0
    assert office.leaves() == []


def test_every_wrong_field_is_told_at_once(office):
    refused = office.refused(office.change(post={"a": 1, "limits": {"b": 2}}, civil_registry={"c": 3}))
    assert [one.pointer for one in refused.errors] == [
        "/connectors/post/limits/b", "/connectors/post/a", "/connectors/civil_registry/c",
    ]  # fmt: skip


def test_the_file_and_the_line_of_what_yaml_hides_are_named():
    for text, line, code in (
        ("format: peyvand.site/1\nconnectors:\n  post: {}\n  post: {}\n", 4, "document.duplicate_key"),
        ("a: &x 1\nb: *x\n", 1, "document.alias"),
        ("- 1\n", 1, "document.shape"),
    ):
        with pytest.raises(DocumentError) as wrong:
            from_yaml(text.encode(), name="site.yaml")
        assert [(one.file, one.line, one.code) for one in wrong.value.findings] == [("site.yaml", line, code)]


def test_a_rollback_is_a_new_revision(office):
    office.do(office.change(post={"state": "paused"}))
    office.do(office.change(post={"state": "disabled"}, post_4=FOURTH))
    back = office.do(office.desk.roll_back(1, base=2, by=BEN, reason="too much"))
    assert (back.number, back.restores, back.author) == (3, 1, BEN)
    assert back.document == office.store.read_now(lambda t: revisions.get(t, 1)).document
    assert back.hash == office.store.read_now(lambda t: revisions.get(t, 1)).hash
    shipped = office.do(office.desk.roll_back(0, base=3, by=BEN, reason="all of it"))
    assert (shipped.number, shipped.document["connectors"]) == (4, {})
    assert office.refused(office.desk.roll_back(9, base=4, by=BEN, reason="?")).code == "revision.unknown"


def test_the_second_of_two_administrators_is_told_what_changed(office):
    office.do(office.change(ANN, base=0, post={"state": "paused"}, civil_registry={"timeouts": {"total": 20}}))
    late = office.refused(office.change(BEN, base=0, post={"state": "disabled"}))
    assert late.code == "configuration.stale"
    assert late.extra["revision"] == 1
    assert [one["pointer"] for one in late.extra["changed"]] == [
        "/connectors/civil_registry/connector", "/connectors/civil_registry/timeouts/total",
        "/connectors/post/connector", "/connectors/post/state",
    ]  # fmt: skip
    assert late.extra["changed"][-1]["text"]["en"] == "+ post › State: paused"
    assert late.extra["by"] == [{"revision": 1, "author": ANN, "reason": "because"}]
    assert [one.pointer for one in late.errors] == ["/connectors/post/connector", "/connectors/post/state"]
    assert office.refused(office.change(BEN, base=7, post={"state": "disabled"})).code == "revision.unknown"


def test_where_two_persons_are_demanded_what_was_approved_is_what_is_applied(office):
    office.do(office.change(approval="second_person"))
    proposed = office.do(office.change(ANN, approval="second_person", post={"state": "disabled"}))
    assert isinstance(proposed, Change)
    assert (proposed.state, proposed.base) == ("proposed", 1)
    assert office.store.read_now(revisions.head).number == 1, "nothing is in force yet"

    def approve(by=BEN, seen=proposed.hash, username="ben"):
        return office.desk.approve(proposed.id, seen=seen, by=by, username=username, reason="right")

    assert office.refused(approve(ANN)).code == "configuration.own_change"
    assert office.refused(approve(seen="0" * 64)).code == "configuration.other_hash"
    applied = office.do(approve())
    assert (applied.number, applied.hash, applied.author, applied.approved_by) == (2, proposed.hash, ANN, BEN)
    assert office.store.read_now(lambda t: changes.get(t, proposed.id)).state == "applied"
    assert office.refused(approve()).code == "configuration.decided"
    assert office.refused(office.desk.approve("?", seen="", by=BEN, username="", reason="")).code == "change.unknown"
    assert office.leaves()[1:] == [f"admin.configuration.{act}" for act in ("proposed", "approved", "applied")]


def test_switching_the_second_person_off_needs_one(office):
    office.do(office.change(approval="second_person"))
    assert office.do(office.change(approval="none", post={"state": "paused"})).state == "proposed"


def test_a_proposal_that_was_overtaken_is_not_applied(office):
    office.do(office.change(approval="second_person"))
    proposed = office.do(office.change(ANN, approval="second_person", post={"state": "disabled"}))
    office.do(office.desk.switch("civil_registry", State.PAUSED, by=BEN, reason="it burns"))
    late = office.refused(office.desk.approve(proposed.id, seen=proposed.hash, by=BEN, username="ben", reason="x"))
    assert (late.code, late.extra["changed"][1]["pointer"]) == (
        "configuration.stale",
        "/connectors/civil_registry/state",
    )
    assert (
        office.refused(office.desk.decline(proposed.id, "withdrawn", by=BEN, reason="")).code
        == "configuration.author_only"
    )
    assert office.do(office.desk.decline(proposed.id, "rejected", by=BEN, reason="late")).state == "rejected"


def test_nobody_approves_what_they_did_at_the_command_line(office):
    office.do(office.change(approval="second_person"))
    proposed = office.do(office.change("command-line:ben", approval="second_person", post={"state": "disabled"}))
    mine = office.refused(office.desk.approve(proposed.id, seen=proposed.hash, by=BEN, username="ben", reason="x"))
    assert mine.code == "configuration.own_change"


def test_a_secret_is_sealed_for_its_place_and_never_seen_again(office):
    draft = office.do(
        office.desk.draft_of(
            "post",
            {"connector": "post", "address": "https://a.example", "auth": {"profile": "basic"},
             "credentials": {"username": "hub", **office.desk.sealed("post", {"password": "open sesame"})}},
            base=0,
        )
    )  # fmt: skip
    done = office.do(office.desk.submit(draft, by=ANN, reason="the owner's letter"))
    reference = done.document["connectors"]["post"]["credentials"]["password"]
    assert reference.startswith("kept:")
    told = [
        to_yaml(done),
        *(
            one.text("en")
            for one in office.do(office.desk.plan(office.do(office.desk.read({"format": "peyvand.site/1"}))))
        ),
    ]
    assert not any("open sesame" in text for text in told)
    sealed = office.store.read_now(lambda t: t.execute(select(kept_secrets.c.sealed)).scalar_one())
    assert "open sesame" not in sealed
    office.instances.start(office.store.read_now(revisions.in_force))
    assert office.instances.find("post").settings.credential("password") == "open sesame"
    # The text is bound to its place: under another instance's name it opens nothing.
    elsewhere = office.refused(
        office.change(
            post=done.document["connectors"]["post"],
            post_4={**done.document["connectors"]["post"], "connector": "post"},
        )
    )
    assert [(one.pointer, one.code) for one in elsewhere.errors] == [("/connectors/post_4", "connector.unusable")]
    # A secret sealed at the command line is put away under the same name each time: planning it again changes nothing.
    text = "sealed:" + office.vault.seal_secret("systems/post/password", "open sesame")
    own = {**done.document["connectors"]["post"], "credentials": {"username": "hub", "password": text}}
    office.do(office.change(post=own))
    assert office.refused(office.change(post=own)).code == "configuration.unchanged"
    assert office.store.read_now(lambda t: t.execute(select(func.count()).select_from(kept_secrets)).scalar_one()) == 2
