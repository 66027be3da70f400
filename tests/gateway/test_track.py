"""An applicant's look at a case: what is shown, what is not, and that guessing learns nothing and locks nobody out."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event
from starlette.testclient import TestClient

from pki.vault import Vault
from registry import applicants, inquiries, outbox, subjects
from registry.codes import check_digits
from registry.states import Arrow

PORTAL = "IR/GOV/permits"
FACTOR = "0018"


@pytest.fixture
def case(house: Any) -> str:
    """A case of the holder of 9990000018, known to the permit portal as 7000001."""
    body = house.case(aliases=[{"system": "permit_portal", "value": "7000001"}])
    code: str = house.call("POST", "/v1/cases", json=body).json()["tracking_code"]
    return code


def look(house: Any, code: str, last_four: str = FACTOR, *, source: str = "testclient", **headers: str) -> Any:
    client = TestClient(house.client.app, base_url=house.parts.base_url, client=(source, 5000))
    body = {"tracking_code": code, "last_four": last_four}
    return client.post("/v1/track", json=body, headers={"Accept-Language": "en"} | headers)


def push(house: Any, status: str, **more: Any) -> None:
    body = {"system": "permit_portal", "reference": "7000001", "status": status}
    pushed = house.call("POST", "/v1/status", who=PORTAL, json=body | {"occurred_at": house.clock().isoformat()} | more)
    assert pushed.status_code == 200, pushed.text


def other_code(code: str) -> str:
    """A code with right check digits that nobody was given."""
    body = code[:17] + str((int(code[17]) + 1) % 10)
    return body + check_digits(body)


@contextmanager
def work_done() -> Iterator[list[str]]:
    """Everything that costs: each statement of the database, each envelope opened."""
    done: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        done.append(statement)

    opened = Vault.open
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Vault, "open", lambda *given: (done.append("open"), opened(*given))[1])
        event.listen(Engine, "before_cursor_execute", note)
        try:
            yield done
        finally:
            event.remove(Engine, "before_cursor_execute", note)


def test_every_stage_has_its_agency_and_date_and_nobody_is_named(house: Any, case: str) -> None:
    asked = house.call("POST", "/v1/inquiries", json=house.inquiry(case=case)).json()["inquiry_id"]
    house.clock.now += timedelta(hours=1)
    push(house, "12")
    house.seal()
    seen = look(
        house, f"{case[:4]} {case[4:8]}-{case[8:]}".translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")), "۰۰۱۸"
    )
    assert seen.status_code == 200
    assert seen.headers["cache-control"] == "no-store"
    shown = seen.json()
    assert shown["tracking_code"] == case
    assert shown["service"] == {"fa": "پروانه ساختمان", "en": "Building permit"}
    assert [(one["kind"], one["state"], one["agency"]["en"]) for one in shown["stages"]] == [
        ("stage", "opened", "Tehran"),
        ("question", "accepted", "Permits"),
        ("stage", "under_review", "Permits"),
    ]
    assert [one["at_jalali"] for one in shown["stages"]] == ["1405/08/30 13:30", "1405/08/30 13:30", "1405/08/30 14:30"]
    assert (shown["status"]["stage"], shown["status"]["title"]["fa"]) == ("under_review", "در حال بررسی")
    assert [(one["from"], one["agency"]["en"], one["state"]) for one in shown["awaited"]] == [
        ("agency", "Permits", "accepted")
    ]
    assert (shown["proof"]["entries"], shown["proof"]["proved"], shown["proof"]["pending"]) == (3, 3, 0)
    assert shown["numbers"] == [{"agency": {"fa": "درگاه مجوزها", "en": "Permits"}, "value": "7000001"}]
    for personal in ("9990000018", "1990-12-13", "IR/MUN/tehran/urban", "permit.issue", asked, "inquiry_id"):
        assert personal not in seen.text, personal


def test_what_is_waited_for_says_from_whom_and_until_when(house: Any, case: str) -> None:
    asked = house.call("POST", "/v1/inquiries", json=house.inquiry(case=case)).json()["inquiry_id"]
    due = house.clock() + timedelta(days=1)

    def wait(t: Any) -> None:
        inquiries.move(t, asked, Arrow.SEND, now=house.clock())
        outbox.settle_many(t, [row.id for row in outbox.of_ref(t, asked)])
        inquiries.move(
            t, asked, Arrow.POSTPONE, now=house.clock(), reason_code="secret.code", reason_text="secret", due_at=due
        )

    house.store.write_now(wait)
    (open_one,) = look(house, case).json()["awaited"]
    assert (open_one["state"], open_one["until"]) == ("waiting", due.isoformat())
    assert "secret" not in look(house, case).text


def test_a_wrong_factor_and_an_unknown_code_cost_and_say_the_same(house: Any, case: str) -> None:
    look(house, case, "9999", source="warm-up")  # Statements are prepared at their first use.
    with work_done() as wrong:
        refused = look(house, case, "1234", source="192.0.2.1")
    with work_done() as unknown:
        nothing = look(house, other_code(case), FACTOR, source="192.0.2.2")
    assert (refused.status_code, nothing.status_code) == (404, 404)
    same = {"trace_id": None}
    assert refused.json() | same == nothing.json() | same
    assert refused.json()["code"] == "track.refused"
    hidden = {"traceparent", "date"}
    assert {k: v for k, v in refused.headers.items() if k not in hidden} == {
        k: v for k, v in nothing.headers.items() if k not in hidden
    }
    assert len(wrong) > 5
    assert "open" in wrong
    assert wrong == unknown


def test_without_an_applicant_or_after_erasure_nobody_gets_in_by_the_same_work(house: Any, case: str) -> None:
    nobody = house.call("POST", "/v1/inquiries", json=house.inquiry()).json()["tracking_code"]
    look(house, case, "9999", source="warm-up")
    with work_done() as wrong:
        look(house, case, "1234", source="192.0.2.1")
    for place, factor in (("192.0.2.2", FACTOR), ("192.0.2.3", "0000")):
        with work_done() as done:
            assert look(house, nobody, factor, source=place).json()["code"] == "track.refused"
        assert done == wrong
    erased = house.parts.exchange._vault.fingerprint("person", "9990000018")
    known = house.store.write_now(
        lambda t: subjects.ensure(t, fingerprint=erased, new_key=lambda: b"", now=house.clock())
    )
    assert house.store.write_now(lambda t: subjects.erase(t, known.id, house.clock()))
    with work_done() as done:
        assert look(house, case, source="192.0.2.4").status_code == 404
    assert done == wrong


def test_guessing_is_slowed_at_its_source_and_locks_nobody_out(house: Any, case: str) -> None:
    guesses = [look(house, case, f"{number:04d}", source="192.0.2.9") for number in range(8)]
    assert [one.status_code for one in guesses] == [404] * 6 + [429] * 2
    assert int(guesses[-1].headers["retry-after"]) >= 2
    assert look(house, case, source="192.0.2.9").status_code == 429
    assert look(house, case, source="192.0.2.10").status_code == 200
    house.clock.now += timedelta(minutes=16)
    assert look(house, case, source="192.0.2.9").status_code == 200
    assert look(house, case, "1111", source="192.0.2.9").status_code == 404


def test_guessing_spread_over_sources_slows_whoever_has_failed_and_nobody_else(house: Any, case: str) -> None:
    def spread(t: Any) -> None:
        for number in range(301):
            source = f"10.0.{number // 250}.{number % 250}"
            applicants.fail(t, applicants.tracks(case, source=source, device=None), house.clock())

    house.store.write_now(spread)
    assert look(house, case, "1112", source="10.0.0.1").status_code == 429
    assert look(house, case, source="192.0.2.77").status_code == 200
    house.clock.now += timedelta(seconds=21)
    assert look(house, case, source="10.0.0.1").status_code == 200


@pytest.mark.parametrize(
    ("code", "factor", "problem", "pointer"),
    [
        ("12", FACTOR, "code.length", "/tracking_code"),
        ("0510100000000000000x", FACTOR, "code.character", "/tracking_code"),
        ("05101000000000000000", FACTOR, "code.check_digits", "/tracking_code"),
        (None, "001", "request.invalid", "/last_four"),
        (None, "00 1x", "request.invalid", "/last_four"),
    ],
)
def test_what_is_misspelt_is_named(
    house: Any, case: str, code: str | None, factor: str, problem: str, pointer: str
) -> None:
    with work_done() as done:
        said = look(house, code or case, factor).json()
    assert (said["code"], said["errors"][0]["pointer"]) == (problem, pointer)
    assert done == []
