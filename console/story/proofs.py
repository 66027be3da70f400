"""The second half of the story: a push from outside, what the applicant sees, and what anybody can check."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from console.story.caller import Unexpected
from console.story.cast import Subscriber
from console.story.scene import PATIENCE, Scene, when
from pki import jws
from pki.receipt import Receipt, verify_receipt

COLOURS = {
    "answered": "green",
    "status": "bright_cyan",
    "waiting": "yellow",
    "in_doubt": "yellow",
    "accepted": "grey50",
}


async def push(scene: Scene, public_key: dict[str, str]) -> None:
    """The land window pushes a status under its own number, twice, and once too late."""
    scene.stage.act("پنجرهٔ زمین با شمارهٔ خودش وضعیت می‌فرستد", "A push from outside, under the window's own number")
    body = {
        "system": "land_window",
        "reference": scene.window_number,
        "status": "77",
        "occurred_at": scene.clock().isoformat(),
        "sequence": 2,
    }
    first = await scene.window.post("/v1/status", body)
    again = await scene.window.post("/v1/status", body)
    earlier = (scene.clock() - timedelta(hours=1)).isoformat()
    late = await scene.window.post("/v1/status", {**body, "status": "76", "sequence": 1, "occurred_at": earlier})
    if first["tracking_code"] != scene.code or not again["duplicate"] or not late["out_of_order"]:
        raise Unexpected(f"the pushes were understood as {first}, {again}, {late}")
    claims = jws.verify(first["receipt"], {public_key["kid"]: public_key})
    scene.stage.facts(
        [
            ("شمارهٔ پنجره", "pushed under", scene.window_number),
            ("پرونده", "landed on case", f"[bold]{first['tracking_code']}[/]"),
            ("رسید امضاشده", "signed receipt", f"verified, for {claims['sub']}"),
        ]
    )
    scene.stage.good("the same push again: told it is a repetition, recorded once")
    scene.stage.good("an older push that comes late: kept, and the case is not turned back")


async def timeline(scene: Scene) -> None:
    """What the applicant sees: every stage of every agency, in the order it became known."""
    scene.stage.act("سرگذشت پرونده، آن‌گونه که متقاضی می‌بیند", "The timeline, as the applicant sees it")
    seen = await scene.permits.get(f"/v1/cases/{scene.code}/timeline")
    scene.stage.table(
        [("#", "right"), ("Tehran time", "left"), ("system", "left"), ("", "left"), ("رویداد", "fold")],
        [
            (
                str(event["sequence"]),
                event["occurred_at_jalali"],
                event["system"],
                f"[{COLOURS.get(event['type'].rpartition('.')[2], 'default')}]●[/]",
                event["title_fa"],
            )
            for event in seen["events"]
        ],
    )
    scene.stage.gap()
    case = await scene.permits.get(f"/v1/cases/{scene.code}")
    scene.stage.facts(
        [
            ("آخرین وضعیت", "last status", f"[bold green]{case['last_status']['title_en']}[/]"),
            *[("شمارهٔ دیگر", f"known to {alias['system']} as", alias["value"]) for alias in case["aliases"]],
        ]
    )


async def receipts(scene: Scene) -> Sequence[Any]:
    """Every exchange is a leaf of the journal; each receipt is checked with nothing but the verifier key."""
    scene.stage.act("رسیدها برون‌خط راستی‌آزمایی می‌شوند", "Receipts, checked offline")

    async def sealed() -> Any:
        while True:
            found = await scene.permits.get(f"/v1/cases/{scene.code}/receipts")
            if found["receipts"] and not found["pending"]:
                return found
            await asyncio.sleep(0.05)

    async with scene.stage.waiting("the sealer signs the next checkpoint …"):
        try:
            found = await asyncio.wait_for(sealed(), PATIENCE)
        except TimeoutError as late:
            raise Unexpected("the journal was not sealed") from late
    trusted = [found["verifier_key"]]
    proved = [Receipt.model_validate(item) for item in found["receipts"]]
    verdicts = [verify_receipt(receipt, trusted) for receipt in proved]
    if not all(verdict.valid for verdict in verdicts):
        raise Unexpected(f"a receipt did not verify: {[verdict.reason for verdict in verdicts if not verdict.valid]}")
    forged = proved[0].model_copy(update={"statement": proved[0].statement.replace("building", "demolition")})
    caught = verify_receipt(forged, trusted)
    if caught.valid:
        raise Unexpected("a forged receipt verified")
    origin, size, root = proved[-1].checkpoint.splitlines()[:3]
    scene.stage.facts(
        [
            (
                "رسیدها",
                "receipts",
                f"[bold green]{len(proved)} of {len(proved)} valid[/]  [dim]nothing personal inside[/]",
            ),
            ("نقطهٔ وارسی", "checkpoint", f"{origin}, {size} leaves, root {root[:16]}…"),
            ("یک واژه عوض شود", "one word changed", f"[bold red]refused[/]: {caught.reason}"),
        ]
    )
    return list(found["receipts"])


async def ledgers(scene: Scene, systems: Sequence[str], subscriber: Subscriber) -> None:
    """Nothing twice at the far sides, and the subscriber was told of everything."""
    scene.stage.act("دفتر خود سامانه‌ها: هر اثر یک بار", "The far sides' own ledgers: every effect once")
    rows: list[tuple[str, str, str, str]] = []
    for system in systems:
        effects = await scene.sandbox.get(f"/{system}/_sim/ledger")
        keys = [(effect["operation"], effect["reference"]) for effect in effects]
        if len(keys) != len(set(keys)):
            raise Unexpected(f"{system} saw an effect twice: {keys}")
        rows.extend((system, operation, "[green]1[/]", f"[dim]{reference}[/]") for operation, reference in keys)
    scene.stage.table([("system", "left"), ("effect", "left"), ("times", "right"), ("our reference", "left")], rows)
    async with scene.stage.waiting("the last events are delivered …"):
        await scene.all_told()
    expected = scene.heard()
    if subscriber.refused:
        raise Unexpected(f"the subscriber did not believe: {subscriber.refused}")
    scene.stage.good(f"{expected} of {expected} status events delivered to the subscriber as signed webhooks")
    scene.stage.say(f"[dim]the story ends at {when(scene.clock())}[/]")
