from datetime import timedelta

import pytest

from broker.errors import UnknownReference, UnknownStatus, UnknownSystem
from broker.orders import StatusPush
from pki import jws
from registry import cases


def push(world, reference, status="10", *, minutes=0, sequence=None, system="portal"):
    return StatusPush(
        caller="IR/GOV/portal",
        system=system,
        reference=reference,
        status=status,
        occurred_at=world.clock() + timedelta(minutes=minutes),
        sequence=sequence,
    )


@pytest.fixture
async def case(world):
    return await world.open_case(aliases=(("portal", "P-9"),))


@pytest.mark.parametrize("by", ["alias", "code"])
async def test_a_push_lands_on_its_case_and_is_receipted(world, case, by):
    pushed = await world.exchange.push_status(push(world, "P-9" if by == "alias" else case.code))
    assert pushed.tracking_code == case.code
    assert (pushed.duplicate, pushed.out_of_order) == (False, False)
    key = world.signing_key
    claims = jws.verify(pushed.receipt, {key.kid: key.public_jwk()}, typ="receipt+jwt")
    assert (claims["sub"], claims["status"]) == (case.code, "10")
    now = await world.store.read(lambda t: cases.by_code(t, case.code))
    assert now.last_stage == "under_review"


async def test_a_repeated_push_is_harmless(world, case):
    first = await world.exchange.push_status(push(world, "P-9", sequence=1))
    again = await world.exchange.push_status(push(world, "P-9", sequence=1))
    assert (first.duplicate, again.duplicate) == (False, True)
    assert len(await world.events(case.id)) == 2


@pytest.mark.parametrize("numbered", [True, False])
async def test_an_older_push_is_kept_but_does_not_turn_the_case_back(world, case, numbered):
    await world.exchange.push_status(push(world, "P-9", "20", minutes=10, sequence=5 if numbered else None))
    late = await world.exchange.push_status(push(world, "P-9", "10", minutes=1, sequence=4 if numbered else None))
    assert late.out_of_order
    assert len(await world.events(case.id)) == 3
    now = await world.store.read(lambda t: cases.by_code(t, case.code))
    assert now.last_stage == "approved"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"reference": "P-10"}, UnknownReference),
        ({"reference": "05100000000000000000"}, UnknownReference),
        ({"status": "99"}, UnknownStatus),
        ({"system": "nowhere"}, UnknownSystem),
    ],
)
async def test_what_is_not_understood_is_refused_and_stores_nothing(world, case, changes, error):
    arguments = {"reference": "P-9", **changes}
    with pytest.raises(error):
        await world.exchange.push_status(push(world, arguments.pop("reference"), **arguments))
    assert len(await world.events(case.id)) == 1
