"""The traffic of the example: the days before today, told quickly, and then one case after another."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import timedelta

import structlog

from connectors.http import HttpClient
from console.example.courses import Case, Course, Town, building_permit, business_permit, draw, levy
from console.example.place import SEED, Place
from console.story.caller import Caller, Unexpected
from console.story.clock import StoryClock

log = structlog.get_logger("example")

DAYS_BEFORE = 5
EARLIER_CASES = 35
AT_ONCE = 5
"""Cases of the days before that run beside one another."""
ANSWERED_BY_HAND = 4
"""Questions in the archive's inbox that its clerk answered in those days; the rest still waits."""
MOST_AT_ONCE = 12
"""Cases that may be under way together while the site runs."""

SHOWN: tuple[tuple[Course, str, str], ...] = (
    (
        building_permit,
        "پروانهٔ ساختمانی؛ پیام به کارپوشه منتظر پایان تعطیلی است",
        "building permit; a portal on holiday",
    ),
    (business_permit, "مجوز کسب‌وکار؛ منتظر متقاضی", "business permit, waits for the applicant or a person"),
    (levy, "عوارض نوسازی؛ پرداختی که پاسخش گم شد", "renovation levy, a payment whose answer was lost"),
)
"""Of which courses one code each is told to the newcomer."""


async def days_before(place: Place, town: Town, clock: StoryClock, look: Callable[[], None]) -> None:
    """Let five days pass in seconds, so that there is something to see; end at this moment."""
    # Written down first: a start that is cut off in the middle is not told again over what it has left.
    place.cases = EARLIER_CASES
    place.keep()
    gap = timedelta(days=DAYS_BEFORE) / (EARLIER_CASES / AT_ONCE)
    begun = clock()
    for first in range(0, EARLIER_CASES, AT_ONCE):
        clock.move_on_to(begun + gap * (first // AT_ONCE))
        look()
        await asyncio.gather(*(run(place, town, number) for number in range(first + 1, first + 1 + AT_ONCE)))
    place.told.clear()
    await _clerk_answers(town)
    clock.arrive()
    look()


async def shown_today(place: Place, town: Town) -> None:
    """Run one case of each kind that the newcomer is told of, after the portal has closed."""
    wanted = [kind for kind, _, _ in SHOWN]
    for _ in range(3 * len(wanted)):
        if not wanted:
            break
        place.cases += 1
        await run(place, town, place.cases)
        course, _ = draw(town, place.cases, SEED)
        wanted = [kind for kind in wanted if kind is not course]


async def keep_coming(place: Place, town: Town, pace: float) -> None:
    """Begin a case every `pace` seconds until cancelled; how many there were is kept with each."""
    places = asyncio.Semaphore(MOST_AT_ONCE)

    async def one(number: int) -> None:
        async with places:
            await run(place, town, number)

    async with asyncio.TaskGroup() as under_way:
        while True:
            place.cases += 1
            place.keep()
            under_way.create_task(one(place.cases))
            await asyncio.sleep(pace)


async def run(place: Place, town: Town, number: int) -> None:
    """Run one case to where it goes; a refusal of the hub ends the case and is logged, nothing else."""
    course, case = draw(town, number, SEED)
    try:
        await course(case)
    except Unexpected as wrong:
        log.warning("example.case_ended", case=number, kind=course.__name__, why=str(wrong)[:300])
    _remember(place, course, case)


def _remember(place: Place, course: Course, case: Case) -> None:
    """Keep the latest code of each kind that is worth trying."""
    for kind, fa, en in SHOWN:
        if kind is course and case.code:
            place.told[kind.__name__] = {"code": case.code, "factor": case.applicant.number[-4:], "fa": fa, "en": en}


async def _clerk_answers(town: Town) -> None:
    clerk = town.callers["clerk"]
    page = await clerk.get("/v1/inbox")
    for item in page["items"][-ANSWERED_BY_HAND:]:
        answer = {"answer": {"text": "نقشه در بایگانی هست و نسخهٔ آن پیوست شد.", "letter_number": "1405/612"}}
        await clerk.post(item["links"]["answer"], answer | {"clerk": "کارشناس بایگانی"})


def callers(http: HttpClient, base_url: str, keys: Mapping[str, str]) -> dict[str, Caller]:
    """A caller for each key."""
    return {name: Caller(http, base_url, key) for name, key in keys.items()}
