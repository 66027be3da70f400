"""The pages in a real browser: both languages, phone and desktop, light and dark; no error, nothing serious for axe."""

import os
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect, sync_playwright

from console.pages import PAGES
from console.static_files import missing
from mappings.text import persian_digits
from tests.conftest import MISSING
from tests.console.browser_site import CHROMIUM, furnish, launch, served

AXE = Path(__file__).parents[2] / "console" / "node_modules" / "axe-core" / "axe.min.js"
SHOWN = [page for page in PAGES if page.method == "GET"]
RULES = "axe.run(document, {resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']})"


@pytest.fixture(scope="module")
def browser(request):
    """One browser for all tests of this file."""
    lacking = [str(CHROMIUM)] if not CHROMIUM.exists() else []
    lacking += [name for name in ("npm's packages (make assets)",) if missing() or not AXE.exists()]
    if lacking:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{lacking} is not there, and CI skips nothing")
        request.config.stash.setdefault(MISSING, set()).update(lacking)
        pytest.skip(f"{lacking} is not there")
    with sync_playwright() as playwright:
        started = launch(playwright)
        yield started
        started.close()


@pytest.fixture(scope="module")
def site(browser, tmp_path_factory, empty_database):
    """One site for all tests of this file."""
    database = tmp_path_factory.mktemp("site") / "hub.db"
    shutil.copy(empty_database, database)
    with served(database) as running:
        seeding = running.context(browser, language="fa", width="desktop")
        furnish(running, seeding)
        seeding.close()
        yield running


def watched(context) -> tuple[Any, list[str]]:
    """A window and everything it complains of."""
    page, heard = context.new_page(), []

    def hear(message) -> None:
        # A part of a page, opened alone, names no icon: the browser then asks for one of its own accord.
        if message.type in {"error", "warning"} and not message.location["url"].endswith("/favicon.ico"):
            heard.append(message.text)

    page.on("console", hear)
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on("requestfailed", lambda lost: heard.append(lost.url) if "live" not in lost.url else None)
    return page, heard


@pytest.mark.parametrize(
    ("language", "width", "dark", "examined"),
    [("fa", "phone", False, True), ("fa", "desktop", True, False), ("en", "phone", True, False),
     ("en", "desktop", True, True)],
)  # fmt: skip
def test_every_page_works_without_a_complaint(browser, site, language, width, dark, examined):
    context = site.context(browser, language=language, width=width, dark=dark)
    page, heard = watched(context)
    wrong: list[str] = []
    for one in SHOWN:
        heard.clear()
        page.goto(site.address(one))
        if not page.locator("h1").count():
            continue  # A part of a page.
        beyond = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if beyond > 0:
            heard.append(f"{beyond} pixels wider than the window")
        wrong += [f"{one.path}: {text}" for text in [*heard, *(serious(page) if examined else ())]]
    context.close()
    assert wrong == []


def serious(page) -> list[str]:
    """What axe finds serious or critical in a page; it is handed to the page past its policy, by this test only."""
    page.evaluate(AXE.read_text("utf-8"))
    return [
        f"{found['id']}: {[node['html'][:120] for node in found['nodes']][:3]}"
        for found in page.evaluate(RULES)["violations"]
        if found["impact"] in {"serious", "critical"}
    ]


def test_a_case_is_found_by_its_code_in_persian_digits_and_its_payload_opens_with_a_reason(browser, site):
    context = site.context(browser, language="fa", width="desktop")
    page, heard = watched(context)
    page.goto(f"{site.base_url}/console")
    expect(page.locator("#needs ~ div").get_by_text("گیرکرده").first).to_be_visible()
    page.locator("#find").fill(persian_digits(site.places["code"]))
    page.locator("#find").press("Enter")
    expect(page).to_have_url(f"{site.base_url}/console/cases/{site.places['code']}")
    expect(page.locator(".wire-waits")).to_have_count(1)
    page.locator("#inquiries ~ .scroll a").last.click()
    expect(page.get_by_text("9990000018")).to_have_count(0)
    page.get_by_label("دلیل").fill("رسیدگی به شکایت ۱۲۳")
    page.locator("#payload ~ form button").click()
    expect(page.get_by_text("محمدی").first).to_be_visible()
    page.keyboard.press("Tab")
    page.locator(".who summary").click()
    page.get_by_text("English").click()
    expect(page.locator("html")).to_have_attribute("dir", "ltr")
    context.close()
    assert heard == []


def test_the_figures_of_home_move_by_themselves(browser, site):
    context = site.context(browser, language="en", width="desktop")
    page, heard = watched(context)
    page.goto(f"{site.base_url}/console")
    expect(page.locator("#stream")).to_have_attribute("data-live", "yes")
    expect(page.locator("#chart-traffic")).to_be_visible()
    came_in = page.locator("#figures tbody td").first
    before = int(came_in.inner_text())
    site.ask(context)
    site.house.clock.now += timedelta(seconds=3)
    expect(came_in).to_have_text(str(before + 1))
    context.close()
    assert heard == []


def test_without_scripts_everything_is_still_there(browser, site):
    context = browser.new_context(java_script_enabled=False, locale="fa-IR")
    context.add_cookies([site.cookie])
    page = context.new_page()
    page.goto(f"{site.base_url}/console")
    expect(page.locator("#figures tbody tr")).not_to_have_count(0)
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.locator("#find").fill(site.places["code"])
    page.locator("#find").press("Enter")
    expect(page.locator(".timeline li")).not_to_have_count(0)
    context.close()
