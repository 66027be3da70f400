"""`make screenshots`: a PNG of every page × language × width × theme, for somebody to look at."""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from console.pages import PAGES
from registry.schema_upgrade import upgrade
from tests.console.browser_site import WIDTHS, furnish, launch, served

FOLDER = Path(__file__).parents[2] / "console" / "screenshots"
SETTLE = 600  # Milliseconds for charts.


def take(folder: Path, only: str = "") -> int:
    """Write the pictures of all pages whose address contains `only`; return how many."""
    folder.mkdir(exist_ok=True)
    count = 0
    with (
        tempfile.TemporaryDirectory() as place,
        sync_playwright() as playwright,
    ):
        database = Path(place) / "hub.db"
        upgrade(f"sqlite:///{database}")
        browser = launch(playwright)
        with served(database) as site:
            furnish(site, site.context(browser, language="fa", width="desktop"))
            for language in ("fa", "en"):
                for width in WIDTHS:
                    for dark in (False, True):
                        context = site.context(browser, language=language, width=width, dark=dark)
                        page = context.new_page()
                        for one in PAGES:
                            if one.method != "GET" or only not in one.path:
                                continue
                            page.goto(site.address(one))
                            if not page.locator("h1").count():
                                continue
                            page.wait_for_timeout(SETTLE if one.path == "/console" else 0)
                            name = one.path.strip("/").replace("/", "-").replace("{", "").replace("}", "")
                            theme = "dark" if dark else "light"
                            page.screenshot(path=folder / f"{name}.{language}.{width}.{theme}.png", full_page=True)
                            count += 1
                        context.close()
        browser.close()
    return count


if __name__ == "__main__":
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    sys.stdout.write(f"{take(FOLDER, wanted)} pictures in {FOLDER}\n")
