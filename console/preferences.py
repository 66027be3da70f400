"""What a reader has chosen for every page: language and theme, by address, by cookie, or by what the browser asks."""

from dataclasses import dataclass
from typing import Literal, cast

from starlette.requests import Request
from starlette.responses import Response

from gateway.language import Language, preferred

Theme = Literal["auto", "light", "dark"]
LANGUAGES: tuple[Language, ...] = ("fa", "en")
THEMES: tuple[Theme, ...] = ("auto", "light", "dark")
LANGUAGE, THEME = "hub_lang", "hub_theme"
_YEAR = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Preferences:
    """How a page is written for one reader."""

    language: Language
    theme: Theme

    @property
    def direction(self) -> Literal["rtl", "ltr"]:
        """Which way the page reads."""
        return "rtl" if self.language == "fa" else "ltr"


def read_preferences(request: Request) -> Preferences:
    """Find what holds: `?lang=` and `?theme=` first, then the cookies, then `Accept-Language`, then Persian."""
    asked = request.headers.get("accept-language", "")
    named = preferred(asked) if "fa" in asked.lower() or "en" in asked.lower() else "fa"
    language = _chosen(request, "lang", LANGUAGE, LANGUAGES) or named
    theme = _chosen(request, "theme", THEME, THEMES) or "auto"
    return Preferences(cast("Language", language), cast("Theme", theme))


def _chosen(request: Request, query: str, cookie: str, known: tuple[str, ...]) -> str | None:
    for value in (request.query_params.get(query), request.cookies.get(cookie)):
        if value in known:
            return value
    return None


def keep_choice(request: Request, response: Response, *, secure: bool) -> None:
    """Remember what the address of this request chose, for the pages that follow."""
    for query, cookie, known in (("lang", LANGUAGE, LANGUAGES), ("theme", THEME, THEMES)):
        value = request.query_params.get(query)
        if value is not None and value in known:
            response.set_cookie(cookie, value, max_age=_YEAR, secure=secure, httponly=True, samesite="strict")
