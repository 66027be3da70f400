"""What a running process makes of a new revision: what changed is built anew, the rest stays, the last good one too."""

import asyncio

from connectors.auth_profiles import NoAuth
from connectors.instances.settings import State
from connectors.reach import ConnectorSettings
from gateway.configuration import acts
from gateway.configuration.acts import Draft, Hand
from registry.configuration import revisions

from .conftest import ANN, NOON

FOURTH = {"connector": "post", "limits": {"concurrency": 2}, "timeouts": {"total": 7}, "title": {"fa": "۴", "en": "4"}}


def test_a_new_instance_has_a_limiter_a_breaker_and_services_of_its_own(office):
    office.instances.start(office.store.read_now(revisions.in_force))
    before = office.instances.systems.get("post")

    async def grow():
        await office.change(post_4=FOURTH)
        await office.follow()

    office.do(grow())
    systems = office.instances.systems
    fourth = systems.get("post_4")
    assert systems.names == ("civil_registry", "post", "post_4")
    assert (fourth.name, fourth.concurrency, fourth.folder.name) == ("post_4", 2, "post")
    assert fourth._timeout("address") == 7
    assert systems.get("post") is before, "what did not change goes on as it is"
    assert fourth._guarded._limiter is not before._guarded._limiter
    assert fourth._guarded._breaker is not before._guarded._breaker
    assert fourth.manifest.limits.rate_per_second == before.manifest.limits.rate_per_second, "only what is set is set"


def test_a_switch_keeps_connections_and_breaker(office):
    office.instances.start(office.store.read_now(revisions.in_force))
    before = office.instances.systems.get("post")

    async def pause_and_go_on():
        await office.desk.switch("post", State.PAUSED, by=ANN, reason="x")
        await office.follow()
        paused = office.instances.systems.get("post").status.paused
        await office.desk.switch("post", State.ENABLED, by=ANN, reason="y")
        await office.follow()
        return paused, office.instances.systems.get("post").status.paused

    assert office.do(pause_and_go_on()) == (True, False)
    assert office.instances.systems.get("post") is before
    assert office.instances.number == 2


def test_a_changed_instance_is_replaced_and_the_former_ends_its_calls(office):
    office.instances.start(office.store.read_now(revisions.in_force))
    before = office.instances.systems.get("post")

    async def change_and_close():
        await office.change(post={"limits": {"concurrency": 1}})
        await office.follow()
        replaced = office.instances.systems.get("post")
        retiring = len(office.instances.systems._retiring)
        await office.instances.systems.close()
        return replaced, retiring

    replaced, retiring = office.do(change_and_close())
    assert replaced is not before
    assert (replaced.concurrency, retiring) == (1, 1)


def test_a_revision_this_process_cannot_use_leaves_the_last_good_one(office, monkeypatch):
    office.instances.start(office.store.read_now(revisions.in_force))
    # Another process had the variable; this one has not.
    document = {"format": "peyvand.site/1", "approval": "none",
                "connectors": {"post": {"connector": "post", "credentials": {"password": "env:HUB_SECRET_POST"}},
                               "civil_registry": {"connector": "civil_registry", "state": "disabled"}}}  # fmt: skip
    hand = Hand(ANN, "x", NOON, lambda length: b"\1" * length)
    office.store.write_now(lambda t: acts.submit(t, Draft(document, None), hand))
    assert office.do(office.follow()) is None
    assert "HUB_SECRET_POST" in office.instances.trouble
    assert office.instances.number == 0
    assert office.instances.systems.get("civil_registry").status.enabled, "nothing of it is in force"
    monkeypatch.setenv("HUB_SECRET_POST", "hush")
    assert office.do(office.follow()).number == 1
    assert (office.instances.trouble, office.instances.number) == ("", 1)
    assert not office.instances.systems.get("civil_registry").status.enabled


def test_what_is_taken_away_goes_and_what_hub_toml_says_shows_through(office):
    office.shipped["post"] = ConnectorSettings(address="https://toml.example", paused=True)
    lacking = office.refused(office.change(post={"state": "enabled"}))
    assert {one.code for one in lacking.errors} == {"credential.missing"}
    office.do(office.desk.switch("post", State.DISABLED, by=ANN, reason="it lacks a password, and can be stopped"))
    office.shipped["post"] = ConnectorSettings(address="https://toml.example", paused=True, auth=NoAuth())
    office.do(office.change(post={"state": "enabled"}, post_4=FOURTH))
    office.instances.start(office.store.read_now(revisions.in_force))
    own = office.instances.find("post").settings
    assert (own.address, own.paused) == ("https://toml.example", False)

    async def back():
        await office.desk.roll_back(0, base=2, by=ANN, reason="all")
        await office.follow()

    asyncio.run(back())
    assert office.instances.systems.names == ("civil_registry", "post")
    assert office.instances.find("post").settings.paused


def test_an_instance_with_unfinished_inquiries_is_not_taken_away(office, monkeypatch):
    office.do(office.change(post_4=FOURTH))
    monkeypatch.setattr("gateway.configuration.acts.stuck.unfinished", lambda _t, name: 2 if name == "post_4" else 0)
    refused = office.refused(office.change())
    assert (refused.code, refused.errors[0].pointer) == ("connector.in_use", "/connectors/post_4")
    assert "2 inquiries" in refused.errors[0].en
