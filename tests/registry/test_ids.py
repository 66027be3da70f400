import uuid
from datetime import UTC, datetime, timedelta

from registry.ids import new_id

NOON = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)


def test_it_is_a_uuid_of_version_7_that_carries_the_time() -> None:
    made = uuid.UUID(new_id(NOON))
    assert made.version == 7
    assert made.variant == uuid.RFC_4122
    assert made.int >> 80 == int(NOON.timestamp() * 1000)


def test_the_example_of_the_rfc() -> None:
    # RFC 9562, appendix A.6: time 0x017F22E279B0, rand_a 0xCC3, rand_b 0x18C4DC0C0C07398F.
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=0x017F22E279B0)
    bits = 0xCC3 << 68 | 0x18C4DC0C0C07398F
    assert new_id(moment, bits.to_bytes) == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"


def test_later_ids_sort_after_earlier_ones() -> None:
    made = [new_id(NOON + timedelta(milliseconds=step)) for step in range(200)]
    assert made == sorted(made)


def test_none_repeats_within_one_millisecond() -> None:
    assert len({new_id(NOON) for _ in range(10_000)}) == 10_000
