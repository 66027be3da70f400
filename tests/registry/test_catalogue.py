from dataclasses import replace
from typing import Any

import pytest

from registry import participants, rights, seeding, services, subscriptions
from registry.participants import IdentifierInvalid, Participant
from registry.rights import Right
from registry.services import Service
from registry.snapshot import Current, load
from registry.store import Store
from registry.subscriptions import Subscription

SITE = "IR/MUN/tehran"
AGENCY = Participant("IR/COM/x", "agency", "فا", "en", 7, None, ("lead", "issuer"))
SERVICE = Service("s", 1, AGENCY.identifier, "فا", "en", "sovereign", "semi", approved=True, channels=("C2G", "B2G"))


def seed(store: Store, clock: Any, number: int = 101) -> seeding.Seeded:
    return store.write_now(lambda t: seeding.seed(t, now=clock(), agency_number=number))


@pytest.mark.parametrize("name", ["IR/GOV", "IR/GOV/", "ir/GOV/x", "IR/NGO/x", "IR/GOV/x/y/z", "IR/GOV/X", ""])
def test_bad_identifiers_are_refused(store: Store, name: str) -> None:
    with pytest.raises(IdentifierInvalid, match="IR/<GOV"):
        store.write_now(lambda t: participants.put(t, replace(AGENCY, identifier=name)))


def test_participants_are_kept_and_replaced(store: Store) -> None:
    store.write_now(lambda t: participants.put(t, AGENCY))
    assert store.read_now(lambda t: participants.get(t, AGENCY.identifier)) == AGENCY
    asleep = replace(AGENCY, active=False, roles=())
    store.write_now(lambda t: participants.put(t, asleep))
    assert store.read_now(participants.every) == [asleep]
    assert store.read_now(lambda t: participants.get(t, "IR/COM/none")) is None


def test_the_newest_version_of_a_service_counts(store: Store) -> None:
    newer = replace(SERVICE, version=2, title_fa="نو", card={"fee": None, "process": [{"step": 1}]})

    def prepare(t: Any) -> None:
        participants.put(t, AGENCY)
        for one in (newer, SERVICE, replace(SERVICE, id="other")):
            services.put(t, one)

    store.write_now(prepare)
    assert store.read_now(lambda t: services.get(t, "s")) == newer
    assert store.read_now(lambda t: services.get(t, "s", 1)) == SERVICE
    assert store.read_now(lambda t: services.get(t, "none")) is None
    assert store.read_now(lambda t: services.versions(t, "s")) == [SERVICE, newer]
    assert [(one.id, one.version) for one in store.read_now(services.every)] == [("other", 1), ("s", 2)]
    with pytest.raises(ValueError, match="start at 1"):
        store.write_now(lambda t: services.put(t, replace(SERVICE, version=0)))


def test_subscriptions_and_their_deliveries(store: Store, clock: Any) -> None:
    store.write_now(lambda t: participants.put(t, AGENCY))
    made = Subscription("sub", AGENCY.identifier, "https://x", ("*",), b"sealed", "active", None, clock())
    store.write_now(lambda t: subscriptions.put(t, made))
    assert store.read_now(lambda t: subscriptions.get(t, "sub")) == made
    assert store.read_now(lambda t: subscriptions.every(t, "IR/COM/y")) == []
    assert store.write_now(lambda t: subscriptions.set_state(t, "sub", "disabled", "gone")) is True
    assert store.write_now(lambda t: subscriptions.set_state(t, "none", "paused")) is False
    assert store.read_now(subscriptions.every) == [replace(made, state="disabled", reason="gone")]
    for number, status in enumerate((500, 204), 1):
        store.write_now(
            lambda t, number=number, status=status: subscriptions.record_attempt(
                t,
                subscription_id="sub",
                event_id="e",
                number=number,
                at=clock(),
                status=status,
                error=None,
                done=status == 204,
            )
        )
    assert [one.status for one in store.read_now(lambda t: subscriptions.attempts(t, "sub"))] == [500, 204]
    assert store.read_now(lambda t: subscriptions.attempts(t, "sub", "f")) == []
    assert store.read_now(lambda t: subscriptions.delivered(t, "sub", "e")) is True
    assert store.read_now(lambda t: subscriptions.delivered(t, "sub", "f")) is False


async def test_the_snapshot_is_empty_until_read_and_then_whole(store: Store, clock: Any) -> None:
    current = Current(store)
    assert not current.value.services
    seed(store, clock)
    right = Right(SITE, "building-permit", ("p",), ("l",))
    store.write_now(lambda t: rights.put(t, right))
    snapshot = await current.refresh()
    assert snapshot is current.value
    assert snapshot == store.read_now(load) == current.refresh_now()
    assert snapshot.rights[SITE, "building-permit"] == right
    assert snapshot.participants[SITE].agency_number == 101
    with pytest.raises(TypeError):
        snapshot.services["x"] = SERVICE  # type: ignore[index]


def test_seeding_twice_adds_nothing_and_overwrites_nothing(store: Store, clock: Any) -> None:
    first = seed(store, clock)
    assert (first.participants, first.services) == (64, 32)
    renamed = replace(seeding.seed_participants(101)[1], title_en="Renamed by an administrator")
    store.write_now(lambda t: participants.put(t, renamed))
    assert seed(store, clock) == seeding.Seeded(0, 0, 0)
    assert store.read_now(lambda t: participants.get(t, renamed.identifier)) == renamed


def test_the_site_follows_its_number_and_takes_nobody_elses(store: Store, clock: Any) -> None:
    seed(store, clock)
    seed(store, clock, 202)
    site = store.read_now(lambda t: participants.get(t, seeding.site()))
    assert site is not None
    assert (site.identifier, site.agency_number) == (SITE, 202)
    store.write_now(lambda t: participants.put(t, AGENCY))
    with pytest.raises(ValueError, match="belongs to IR/COM/x"):
        seed(store, clock, 7)
    with pytest.raises(ValueError, match="four digits"):
        seed(store, clock, 10_000)


def test_the_catalogue_is_the_one_the_regulations_list(store: Store, clock: Any) -> None:
    seed(store, clock)
    snapshot = store.read_now(load)
    plan = {one.card["plan_number"]: one for one in snapshot.services.values() if "plan_number" in one.card}
    assert sorted(plan) == list(range(1, 21))
    assert plan[7].id == "building-permit"
    assert plan[7].title_fa == "درخواست مجوز ساخت و ساز"
    assert [step["fa"] for step in plan[7].card["process"]] == [
        "تشکیل پرونده",
        "بازدید",
        "مراحل اداری",
        "کنترل نقشه",
        "تحویل پروانه",
    ]
    assert all(plan[number].provider == SITE for number in (7, 8, 9))
    assert {"completion-certificate", "renovation-levy", "municipal-no-offence-certificate"} <= set(snapshot.services)
    assert sum(one.kind == "unit" and "district" in one.identifier for one in snapshot.participants.values()) == 22
    for service in snapshot.services.values():
        assert service.approved
        assert service.approval_reference
        assert service.card["code"] == service.id
        assert "fee" not in service.card  # No tariff is published in the sources.
        card = service.card
        named = [*card["providers"], *card.get("units", []), *card.get("needs_from_agencies", [])]
        named += [step["unit"] for step in card.get("process", [])]
        assert set(named) <= set(snapshot.participants)


def test_every_system_has_its_participant(store: Store, clock: Any) -> None:
    seed(store, clock)
    systems = {one.system: one for one in store.read_now(participants.every) if one.system}
    national = {"permit_portal", "setad", "land_window", "smart_gov"}
    assert national | {"civil_registry", "shahkar", "legal_persons", "post", "treasury"} == set(systems)
    assert all(one.kind == "system" and one.parent for one in systems.values())
    found = store.read_now(lambda t: participants.every_where(t, system="land_window"))
    assert [one.identifier for one in found] == ["IR/GOV/land-window"]


def test_a_service_is_offered_once(store: Store, clock: Any) -> None:
    seed(store, clock)
    offered = replace(SERVICE, id="land_window.geometry", provider=SITE, system="land_window", operation="geometry")
    assert store.write_now(lambda t: seeding.offer(t, [offered, offered])) == 1
    assert store.write_now(lambda t: seeding.offer(t, [replace(offered, title_en="again")])) == 0
    assert store.read_now(lambda t: services.get(t, "land_window.geometry")) == offered
