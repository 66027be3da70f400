"""Every page: who may open it, what it carries, in which language, and that nothing from outside acts in it."""

import re
from html.parser import HTMLParser

import pytest

from console.app import FORM_COOKIE, SIGN_IN
from console.page import Page
from console.pages import PAGES
from gateway.admin.roles import MATRIX
from registry.staff.officers import Role

OPEN = [page for page in PAGES if page.needs is None]
CLOSED = [page for page in PAGES if page.needs is not None]


@pytest.fixture
def address(house):
    """The address of a page, its places filled with what is there."""
    asked = house.call("POST", "/v1/inquiries", json=house.inquiry()).json()

    def fill(page: Page) -> str:
        places = {"code": asked["tracking_code"], "inquiry_id": asked["inquiry_id"], "token": "ab" * 32}
        return page.path.format(**places, name="post", change_id="none", number="0", cause_id="0" * 16, run_id="none")

    return fill


def ask(who, page: Page, path: str):
    return who.get(path) if page.method == "GET" else who.post(path)


class Tags(HTMLParser):
    """The tags of a page, as a browser would make them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.append((tag, dict(attrs)))


@pytest.mark.parametrize("role", Role)
def test_each_role_opens_what_the_table_of_the_admin_api_says(reader, address, role):
    who = reader(role)
    for page in sorted(CLOSED, key=lambda page: page.needs == ("DELETE", "/session")):
        assert page.needs is not None
        answer = ask(who, page, address(page))
        allowed = role in MATRIX[page.needs[0], f"/v1/admin{page.needs[1]}"]
        assert (answer.status_code == 403) is not allowed, (page.path, answer.status_code)
        assert answer.status_code < 500, page.path


def test_a_stranger_is_sent_to_the_sign_in(stranger, address):
    who = stranger()
    for page in CLOSED:
        sent_away = ask(who, page, address(page))
        assert sent_away.status_code == 303, page.path
        assert sent_away.headers["location"].startswith(f"{SIGN_IN}?next=%2Fconsole"), page.path


def test_a_page_without_a_row_in_the_table_of_roles_cannot_be_made():
    with pytest.raises(LookupError, match="no row"):
        Page("/console/forgotten", PAGES[0].answer, ("GET", "/forgotten"))


def test_a_form_without_the_right_token_or_from_elsewhere_is_refused(reader, stranger, address):
    officer, anybody = reader(*Role), stranger()
    for page in (page for page in PAGES if page.method == "POST"):
        who = officer if page.needs else anybody
        who.get(SIGN_IN)
        good = who.csrf or who.client.cookies.get(f"__Host-{FORM_COOKIE}")
        for csrf, headers in (
            ("", {}),
            ("0" * 64, {}),
            (good, {"Origin": "https://elsewhere.test"}),
            (good, {"Sec-Fetch-Site": "cross-site"}),
        ):
            answer = who.post(address(page), {"csrf": csrf}, headers=headers)
            assert answer.status_code == 403, (page.path, csrf, headers)
            assert "does not come from a page of this hub" in answer.text, page.path


@pytest.mark.parametrize("language", ["fa", "en"])
def test_every_page_is_well_made_in_both_languages(reader, address, language):
    who, whole = reader(*Role), 0
    for page in (page for page in PAGES if page.method == "GET"):
        answer = who.get(address(page), language=language)
        if "<html" in answer.text:  # Not a part of a page, nor a way to another.
            whole += 1
            well_made(answer, language)
    assert whole > len(PAGES) // 4


def well_made(answer, language) -> None:
    found = Tags(answer.text)
    html = dict(found.tags[0][1])
    assert (html["lang"], html["dir"]) == (language, "rtl" if language == "fa" else "ltr")
    assert answer.headers["content-language"] == language
    policy = answer.headers["content-security-policy"]
    nonce = re.search(r"script-src 'nonce-([0-9a-f]{32})'", policy)
    assert nonce
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert [tag for tag, _ in found.tags].count("h1") == 1
    for tag, attributes in found.tags:
        assert not [name for name in attributes if name.startswith("on") or name == "style"], (tag, attributes)
        assert tag != "style"
        if tag == "script":
            assert attributes["nonce"] == nonce[1]
            assert attributes["src"]
        for name in ("src", "href", "action"):
            assert (attributes.get(name) or "/").startswith(("/", "#", "?")), (tag, attributes)
    forms = [attributes for tag, attributes in found.tags if tag == "form" and attributes.get("method") == "post"]
    tokens = [attributes for _, attributes in found.tags if attributes.get("name") == "csrf"]
    assert len(forms) == len(tokens)


def test_the_navigation_lists_what_the_reader_may_open(reader):
    for role in Role:
        home = "/console/inbox" if role is Role.CLERK else "/console"
        shown = reader(role).get(home).text
        for page in PAGES:
            if page.menu:
                assert (f'<a href="{page.path}"' in shown.partition("<nav")[2].partition("</nav>")[0]) is page.admits(
                    frozenset({role})
                )


def test_the_language_is_chosen_by_address_then_cookie_then_browser_and_is_persian_otherwise(stranger):
    who = stranger()
    assert 'lang="fa"' in who.get(SIGN_IN, language="de-DE").text
    assert 'lang="en"' in who.get(SIGN_IN, language="en-GB,en;q=0.9").text
    assert 'lang="en"' in who.get(f"{SIGN_IN}?lang=en", language="fa").text
    assert 'lang="en"' in who.get(SIGN_IN, language="fa").text, "the choice is kept"
    assert 'data-theme="dark"' in who.get(f"{SIGN_IN}?theme=dark&lang=fa").text
    assert 'lang="fa"' in who.get(f"{SIGN_IN}?lang=%22onload=").text, "an unknown language chooses nothing"


def test_only_the_hubs_own_name_is_answered(stranger):
    answer = stranger().get(SIGN_IN, headers={"Host": "evil.test"})
    assert answer.status_code == 421
    assert "https://hub.test" in answer.text


def test_lost_addresses_and_methods_get_a_page_with_the_trace(stranger):
    who = stranger()
    for path, language, title in (
        ("/console/nowhere", "en", "no such address"),
        ("/track/x/y", "fa", "نشانی یافت نشد"),
    ):
        answer = who.get(path, language=language)
        assert answer.status_code == 404
        assert title in answer.text
        assert answer.headers["traceparent"].split("-")[1] in answer.text
    assert who.post("/console").status_code == 405


def test_a_page_that_fails_says_so_with_its_trace_and_nothing_else(reader, house, monkeypatch):
    who = reader(*Role)

    async def broken(act):
        raise RuntimeError("the secret of the house")

    monkeypatch.setattr(house.parts.store, "read", broken)
    who.client._transport.raise_server_exceptions = False
    answer = who.get("/console")
    assert answer.status_code == 500
    assert answer.headers["traceparent"].split("-")[1] in answer.text
    assert "secret" not in answer.text


def test_what_is_not_a_page_goes_to_the_gateway(stranger):
    who = stranger()
    assert who.get("/healthz").status_code == 200
    assert who.get("/consoles").json()["code"] == "credential.missing"
