"""The acts of the story. Each calls the hub over HTTP as an internal system or a portal would, and shows what came."""

import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from console.story.caller import Unexpected
from console.story.clock import TEHRAN
from console.story.scene import Scene, expect, hidden, translated, when

APPLICANT = "9990000018"
BORN = "1990-12-13"


async def open_case(scene: Scene) -> None:
    """A citizen asks for a building permit."""
    scene.stage.act("پرونده باز می‌شود و کد رهگیری یکتا می‌گیرد", "A case opens, under one tracking code")
    case = await scene.permits.post(
        "/v1/cases",
        {"service": "building-permit", "applicant": {"national_id": APPLICANT}, "channel": "C2G"},
        key=f"story-{secrets.token_hex(8)}",
    )
    scene.code = case["tracking_code"]
    scene.stage.facts(
        [
            ("کد رهگیری", "tracking code", f"[bold bright_white]{case['tracking_code_grouped']}[/]"),
            ("خدمت", "service", "building-permit  [dim](number 7 of the national plan)[/]"),
            (
                "متقاضی",
                "applicant",
                f"{hidden(APPLICANT)}  [dim]sealed under a key of this person's own[/]",
            ),
            ("زمان", "opened", when(case["opened_at"])),
        ]
    )


async def holiday(scene: Scene) -> None:
    """The civil registry is closed today: the inquiry waits for it, and nothing else does."""
    scene.stage.act("ثبت احوال تعطیل است؛ استعلام منتظر می‌ماند", "Civil registry: closed for a holiday")
    today = scene.clock().astimezone(TEHRAN).date().isoformat()
    await scene.sandbox.post("/civil_registry/_sim/calendar", {"holidays": [today]})
    async with scene.stage.waiting("asking the civil registry …"):
        inquiry = await scene.ask(
            "civil_registry.identity", {"national_id": APPLICANT, "birth_date": BORN}, subject=APPLICANT
        )
    expect(inquiry, "waiting")
    scene.waiting_inquiry = inquiry["inquiry_id"]
    scene.stage.held("HTTP 200, but the body says [bold]login.holyday.diny[/]: closed today, so the inquiry waits")
    scene.stage.facts(
        [
            ("علت", "reason", inquiry["reason"]["code"]),
            (
                "نوبت بعد",
                "tried again at",
                f"{when(inquiry['due_at'])}  [dim]in the ledger, whatever process dies[/]",
            ),
        ]
    )


async def parcel(scene: Scene) -> None:
    """The land window draws the parcel."""
    scene.stage.act("پنجرهٔ واحد زمین: نقشهٔ ملک با پلاک ثبتی", "Land single window: the parcel")
    async with scene.stage.waiting("asking the land window …"):
        inquiry = await scene.ask(
            "land_window.parcel_geometry",
            {
                "unit_id": "5110",
                "section_code": "11",
                "subsection_code": "0",
                "plaque": {"main": "2395", "secondary": "117"},
            },
        )
    answer = expect(inquiry, "answered")
    ring = answer["geometry"]["coordinates"][0]
    scene.stage.facts(
        [
            ("پلاک ثبتی", "plaque", f"{answer['plaque']['main']} / {answer['plaque']['secondary']}"),
            (
                "هندسه",
                "geometry",
                f"{answer['geometry']['type']}, {len(ring) - 1} corners, {ring[0][0]}° E {ring[0][1]}° N",
            ),
            ("نگاشت", "mapping", translated(inquiry)),
        ]
    )


async def notices(scene: Scene) -> None:
    """Setad's board is read for works on the applicant's street."""
    scene.stage.act("سامانهٔ ستاد: آگهی‌های خرید خدمات", "Setad: notices on the procurement board")
    async with scene.stage.waiting("reading the board …"):
        inquiry = await scene.ask("setad.list_notices", {"kind": "services", "page": 1, "page_size": 3})
    answer = expect(inquiry, "answered")
    scene.stage.table(
        [("number", "left"), ("offers until", "left"), ("base price, rial", "right"), ("title", "right")],
        [
            (
                item["number"],
                when(item["offers_deadline"]) if item.get("offers_deadline") else "—",
                f"{item['base_price_rial']:,}" if item.get("base_price_rial") is not None else "—",
                item["title"],
            )
            for item in answer["notices"]
        ],
    )
    scene.stage.say(f"[dim]{answer['total']:,} notices in all; sixteen-digit numbers stay text, to the last zero[/]")


async def article_six(scene: Scene) -> None:
    """The municipality answers the window's article-6 inquiry; the window's number becomes an alias."""
    scene.stage.act("پاسخ شهرداری به استعلام مادهٔ ۶", "Land window: the municipality answers article 6")
    async with scene.stage.waiting("answering the window …"):
        inquiry = await scene.ask(
            "land_window.answer_inquiry",
            {
                "request_number": scene.window_request,
                "organ_code": "2101",
                "response": "agree",
                "responded_on": scene.clock().astimezone(TEHRAN).date().isoformat(),
                "letter_number": "1405/7/2210",
            },
        )
    scene.window_number = expect(inquiry, "answered")["reference"]
    scene.stage.facts(
        [
            ("استعلام پنجره", "window's request", scene.window_request),
            (
                "شمارهٔ پنجره",
                "window's own number",
                f"[bold]{scene.window_number}[/]  [dim]now an alias of our code[/]",
            ),
        ]
    )


async def next_morning(scene: Scene) -> None:
    """The holiday passes and the waiting inquiry goes out by itself."""
    scene.stage.act("تعطیلی تمام می‌شود؛ استعلام خودش می‌رود", "The holiday ends: the waiting inquiry goes out")
    await scene.all_told()  # A webhook signed before the clock moves would look old after it.
    waiting = await scene.permits.get(f"/v1/inquiries/{scene.waiting_inquiry}")
    scene.clock.move_on_to(datetime.fromisoformat(waiting["due_at"]) + timedelta(seconds=1))
    scene.look()
    async with scene.stage.waiting("the civil registry opens …"):
        inquiry = await scene.until(scene.waiting_inquiry, "answered", "refused", "parked")
    person = expect(inquiry, "answered")
    scene.stage.good(f"answered at the second attempt, {when(inquiry['finished_at'])}")
    scene.stage.facts(
        [
            ("نام", "name", f"{person['given_name']} {person['family_name']}  [dim]came as base64[/]"),
            ("نام پدر", "father's name", person["father_name"]),
            ("تاریخ تولد", "born", f"{person['birth_date']}  [dim]came as the integer 13690922[/]"),
            ("کد ملی", "national ID", hidden(person["national_id"])),
            ("در قید حیات", "deceased", "yes" if person["deceased"] else "no"),
        ]
    )


async def decision(scene: Scene) -> None:
    """The permit portal records the decision, but its answer is lost on the way: asked after, never sent twice."""
    scene.stage.act(
        "درگاه مجوزها: پاسخ گم می‌شود، تصمیم تکرار نمی‌شود",
        "Permit portal: an answer lost, nothing repeated",
    )
    await scene.sandbox.post("/permit_portal/_sim/faults", {"kind": "lost_answer", "operation": "report_decision"})
    async with scene.stage.waiting("reporting the decision …"):
        inquiry = await scene.ask(
            "permit_portal.report_decision",
            {
                "request_number": scene.permit_request,
                "decision": "approved",
                "decided_at": scene.clock().isoformat(timespec="seconds"),
                "permit_number": "1405-31-0042",
            },
        )
    if inquiry["state"] != "answered":
        expect(inquiry, "in_doubt")
        scene.stage.held("the connection broke after the request had left: [bold]in doubt[/], so it is not repeated")
        async with scene.stage.waiting("asking the portal what became of it …"):
            inquiry = await scene.until(inquiry["inquiry_id"], "answered", "refused", "parked")
    answer = expect(inquiry, "answered")
    ledger = await scene.sandbox.get("/permit_portal/_sim/ledger")
    times = sum(1 for effect in ledger if effect["operation"] == "report_decision")
    if times != 1:
        raise Unexpected(f"the portal recorded the decision {times} times")
    scene.stage.good("asked by our own reference, the portal says: recorded")
    scene.stage.facts(
        [
            ("درخواست", "portal's request", answer["request_number"]),
            ("رسید درگاه", "portal's receipt", answer["receipt_number"]),
            ("تلاش‌ها", "attempts", " → ".join(attempt["outcome"] for attempt in inquiry["attempts"])),
            ("ثبت در درگاه", "times recorded", f"[bold green]{times}[/]  [dim]by the portal's own ledger[/]"),
        ]
    )


async def folder(scene: Scene) -> None:
    """The citizen finds the message in the national folder."""
    scene.stage.act("پنجرهٔ ملی دولت هوشمند: پیام در کارپوشهٔ شهروند", "Smart-government portal: the citizen's folder")
    async with scene.stage.waiting("pushing to the folder …"):
        inquiry = await scene.ask(
            "smart_gov.push_folder",
            {
                "national_id": APPLICANT,
                "tracking_code": scene.code,
                "title": "پروانهٔ ساختمانی شما تأیید شد",
                "body": "درخواست پروانهٔ ساختمانی شما تأیید شد. با کد رهگیری می‌توانید همهٔ مراحل را ببینید.",
                "stage": "approved",
                "occurred_at": scene.clock().isoformat(timespec="seconds"),
            },
            subject=APPLICANT,
        )
    answer = expect(inquiry, "answered")
    scene.stage.facts(
        [
            ("پیام", "message", answer["message_id"]),
            ("متن", "title", "پروانهٔ ساختمانی شما تأیید شد"),
        ]
    )


Act = Callable[[Scene], Awaitable[None]]
ACTS: tuple[Act, ...] = (open_case, holiday, parcel, notices, article_six, next_morning, decision, folder)
