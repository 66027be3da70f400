"""One request for a page: who reads, in which language, what was sent; and the answers a page can give."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import MultiDict
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from console.admin_calls import AdminApi
from console.guarding import CSRF_FIELD, headers
from console.preferences import Preferences
from gateway.admin.roles import BASE, MATRIX
from gateway.language import Language
from gateway.limits import FORM, MEBIBYTE
from gateway.parts import Parts
from gateway.problems import FieldProblem, Problem
from gateway.tracing import trace_of

MOST_FIELDS = 2000
SEE_OTHER = 303


@dataclass(frozen=True, slots=True)
class Reader:
    """The officer who is signed in, as the admin API tells it."""

    name: str
    username: str
    roles: frozenset[str]
    csrf: str


@dataclass(slots=True)
class Visit:
    """What a page's function is given.

    `reader` is None on pages that are open to everyone. `csrf` is what every form carries. `shown_by` is the page's own
    template surroundings: `render(template, visit, values)`.
    """

    request: Request
    parts: Parts
    admin: AdminApi
    preferences: Preferences
    nonce: str
    csrf: str
    renderer: Any
    reader: Reader | None = None
    sent: MultiDict = field(default_factory=MultiDict)
    cookies: list[str] = field(default_factory=list)

    @property
    def language(self) -> Language:
        """Persian or English."""
        return self.preferences.language

    @property
    def trace_id(self) -> str:
        """What to name when something went wrong."""
        return trace_of(self.request.scope).trace_id

    @property
    def from_script(self) -> bool:
        """Whether htmx asks for a part of a page."""
        return self.request.headers.get("hx-request") == "true"

    def may(self, method: str, path: str) -> bool:
        """Whether the reader's roles cover a call of the admin API; `path` is its row in the table of roles."""
        return self.reader is not None and not self.reader.roles.isdisjoint(MATRIX.get((method, BASE + path), ()))

    def query(self, name: str, default: str = "") -> str:
        """One parameter of the address."""
        return self.request.query_params.get(name, default)

    def form(self, *names: str, many: Sequence[str] = ()) -> dict[str, Any]:
        """The fields that were sent: text each, a list for those in `many`; an absent one is empty.

        Raises Problem for a field that is not named here or comes twice: a page takes what it asks for, nothing more.
        """
        known = {*names, *many, CSRF_FIELD}
        for name in self.sent:
            if name not in known:
                raise _odd(name, "field.unknown", "این فیلد شناخته نیست.", "This field is unknown.")
            if name not in many and len(self.sent.getlist(name)) > 1:
                raise _odd(name, "field.twice", "این فیلد دو بار آمده است.", "This field came twice.")
        single: dict[str, Any] = {name: self.sent.get(name, "") for name in names}
        return single | {name: self.sent.getlist(name) for name in many}

    def show(self, template: str, values: Mapping[str, Any] | None = None, *, status: int = 200) -> Response:
        """Answer with a page, or with a part of one."""
        body = self.renderer.render(template, self, values or {})
        return self.finished(HTMLResponse(body, status, headers(self.nonce) | {"Content-Language": self.language}))

    def go(self, path: str) -> Response:
        """Send the browser on to another page of ours, by GET."""
        where = {"HX-Redirect": path} if self.from_script else {"Location": path}
        status = 200 if self.from_script else SEE_OTHER
        return self.finished(Response(status_code=status, headers=headers(self.nonce) | where))

    def finished(self, response: Response) -> Response:
        """Hand on the cookies that the admin API set."""
        for cookie in self.cookies:
            response.headers.append("set-cookie", cookie)
        return response

    def hand_on(self, cookies: Iterable[str]) -> None:
        """Take cookies of the admin API into this answer."""
        self.cookies.extend(cookies)


def whole_number(text: str, name: str = "base") -> int:
    """Read a whole number that a form carries. Raises Problem."""
    if not (text.isascii() and text.isdecimal() and len(text) < 10):  # noqa: PLR2004 - digits that fit a column.
        raise _odd(name, "field.type", "عدد نیست.", "This is no number.")
    return int(text)


def _odd(name: str, code: str, fa: str, en: str) -> Problem:
    return Problem("request.invalid", errors=[FieldProblem(f"/{name}", code, fa, en)])


async def read_form(request: Request, *, largest: int = MEBIBYTE) -> MultiDict:
    """Read a form of at most `largest` bytes. Raises Problem `body.…`."""
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > largest:
            raise Problem("body.too_large", headers={"Connection": "close"})
    if not body:
        return MultiDict()
    if media != FORM:
        raise Problem("body.media_type")
    try:
        fields = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError as wrong:
        raise Problem("body.media_type") from wrong
    # Browsers send the line ends of a text area as CRLF (WHATWG form submission).
    return MultiDict([(name, value.replace("\r\n", "\n")) for name, value in fields])
