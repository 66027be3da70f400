"""The pages put before the gateway: hosts, policy, sessions, forms, errors; everything else goes through untouched."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlencode

import structlog
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from console import guarding
from console.admin_calls import AdminApi, AdminRefusal
from console.page import Page
from console.pages import PAGES
from console.preferences import keep_choice, read_preferences
from console.rendering import Renderer
from console.static_files import BASE, StaticFiles
from console.visit import Reader, Visit, read_form
from gateway.admin.guard import cookie_name
from gateway.app import create_app
from gateway.edge import problem_of
from gateway.parts import Parts
from gateway.problems import Problem
from gateway.tracing import Tracing

PREFIXES = ("/console", "/track")
FORM_COOKIE = "hub_form"
SIGN_IN = "/console/sign-in"
FOREVER = "public, max-age=31536000, immutable"
_log = structlog.get_logger("console")


def create_faces(parts: Parts, *, calls: bool = True) -> FastAPI:
    """Make the gateway's application with the pages before it; without `calls` there are no pages either."""
    app = create_app(parts, calls=calls)
    if calls:
        app.add_middleware(Pages, parts=parts)
    return app


class Pages:
    """ASGI layer: answers what lies below `/console` and `/track`, and hands the rest on."""

    def __init__(
        self, app: ASGIApp, parts: Parts, *, pages: Sequence[Page] = PAGES, files: StaticFiles | None = None
    ) -> None:
        self.app = app
        self.desk = Desk(app, parts, Renderer(files or StaticFiles.read(), pages))
        self.inner = Starlette(
            routes=[*self.desk.routes(pages)],
            middleware=[Middleware(Tracing, random=parts.random)],
            exception_handlers={HTTPException: self.desk.lost},
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        path = scope.get("path", "")
        if scope["type"] == "http" and any(path == prefix or path.startswith(f"{prefix}/") for prefix in PREFIXES):
            # The inner application puts itself into the scope; calls to the admin API need the outer one.
            await self.inner({**scope, "outer_app": scope.get("app")}, receive, send)
        else:
            await self.app(scope, receive, send)


@dataclass(frozen=True, slots=True)
class Desk:
    """Where every request for a page is received."""

    app: ASGIApp
    parts: Parts
    renderer: Renderer

    def routes(self, pages: Sequence[Page]) -> list[Route]:
        """One route for each address, with all its methods; files beside them."""
        by_path: dict[str, dict[str, Page]] = {}
        for page in pages:
            by_path.setdefault(page.path, {})[page.method] = page
        files = Route(f"{BASE}/{{release}}/{{name}}", self.file, methods=["GET"])
        return [files, *(Route(path, self._serving(found), methods=list(found)) for path, found in by_path.items())]

    async def file(self, request: Request) -> Response:
        """Serve a file that the pages load."""
        found = self.renderer.files.find(request.path_params["release"], request.path_params["name"])
        if found is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        headers = {"Cache-Control": FOREVER, "X-Content-Type-Options": "nosniff"}
        return Response(found.content, headers=headers, media_type=found.media_type)

    def _serving(self, pages: Mapping[str, Page]) -> Callable[[Request], object]:
        async def serve(request: Request) -> Response:
            page = pages.get(request.method) or pages["GET"]
            return self._elsewhere(request) or await self._answered(request, page)

        return serve

    async def _answered(self, request: Request, page: Page | None, problem: Problem | None = None) -> Response:
        visit = self._visit(request)
        try:
            if page is None:
                response = self._failed(visit, problem or Problem("route.unknown"))
            else:
                response = await self._admitted(visit, page)
        except AdminRefusal as refusal:
            response = self._refused(visit, page, refusal)
        except Exception as error:  # noqa: BLE001 - the last place that can still answer with a page; it is logged.
            response = self._failed(visit, error)
        keep_choice(request, response, secure=self._secure)
        if visit.reader is None and self._form_cookie not in request.cookies:
            response.set_cookie(
                self._form_cookie, visit.csrf, secure=self._secure, httponly=True, samesite="strict", path="/"
            )
        return response

    async def _admitted(self, visit: Visit, page: Page) -> Response:
        """Look at the session and the role first, then at what was sent; only then does the page answer."""
        if page.needs is not None:
            visit.reader = await self._reader(visit)
            if not page.admits(visit.reader.roles):
                raise Problem("role.missing")
        if visit.request.method not in guarding.SAFE:
            if guarding.foreign_page(visit.request, self.parts.base_url):
                raise Problem("session.forged")
            visit.sent = await read_form(visit.request)
            token = visit.sent.get(guarding.CSRF_FIELD) or visit.request.headers.get(guarding.CSRF_HEADER, "")
            if not guarding.right_token(token, self._expected(visit)):
                raise Problem("session.forged")
        return await page.answer(visit)

    async def _reader(self, visit: Visit) -> Reader:
        """Who is signed in. Raises AdminRefusal `session.missing`, `session.ended`."""
        session = await visit.admin.get("/session")
        officer = session["officer"]
        visit.csrf = session["csrf"]
        visit.admin = AdminApi(self.app, visit.admin.outer, visit.language, visit.csrf)
        return Reader(officer["name"], officer["username"], frozenset(officer["roles"]), session["csrf"])

    def _expected(self, visit: Visit) -> str:
        return visit.reader.csrf if visit.reader else visit.request.cookies.get(self._form_cookie, "")

    def _visit(self, request: Request) -> Visit:
        preferences = read_preferences(request)
        outer = {**request.scope, "app": request.scope.get("outer_app")}
        csrf = request.cookies.get(self._form_cookie) or self.parts.random(32).hex()
        admin = AdminApi(self.app, outer, preferences.language)
        return Visit(request, self.parts, admin, preferences, self.parts.random(16).hex(), csrf, self.renderer)

    def _elsewhere(self, request: Request) -> Response | None:
        """Answer what came under a name that is not the hub's."""
        host, ours = request.headers.get("host", ""), self.parts.base_url
        if guarding.known_host(host, ours):
            return None
        if guarding.same_machine(host, ours) and request.method in guarding.SAFE:
            asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            return RedirectResponse(ours + asked, HTTPStatus.TEMPORARY_REDIRECT)
        said = f"This hub is {ours}.\nنشانی این سامانه {ours} است.\n"
        return PlainTextResponse(said, HTTPStatus.MISDIRECTED_REQUEST, {"Cache-Control": "no-store"})

    def _refused(self, visit: Visit, page: Page | None, refusal: AdminRefusal) -> Response:
        """Show what the admin API said; who is not signed in goes to sign in, and comes back."""
        if page is not None and refusal.code in {"session.missing", "session.ended"}:
            return visit.go(self._sign_in_address(visit, ended=refusal.code == "session.ended"))
        return self._error(visit, refusal.status, refusal.problem)

    def _sign_in_address(self, visit: Visit, *, ended: bool) -> str:
        url = visit.request.url
        safe = visit.request.method in guarding.SAFE and not visit.from_script
        asked = url.path + (f"?{url.query}" if url.query else "") if safe else "/console"
        return f"{SIGN_IN}?{urlencode({'next': asked} | ({'ended': '1'} if ended else {}))}"

    def _failed(self, visit: Visit, error: Exception) -> Response:
        problem = problem_of(error)
        if problem is None:
            _log.error("page failed", trace_id=visit.trace_id, path=visit.request.url.path, exc_info=error)
            problem = Problem("internal")
        response = self._error(visit, problem.kind.status, problem.document(visit.language, visit.trace_id))
        response.headers.update(problem.headers)
        return response

    def _error(self, visit: Visit, status: int, problem: Mapping[str, object]) -> Response:
        return visit.show("error.html", {"status": status, "problem": problem}, status=status)

    async def lost(self, request: Request, error: Exception) -> Response:
        """Answer what no route took: an unknown address, or a method that a page does not have."""
        missing = isinstance(error, HTTPException) and error.status_code == HTTPStatus.METHOD_NOT_ALLOWED
        problem = Problem("method.not_allowed" if missing else "route.unknown")
        return self._elsewhere(request) or await self._answered(request, None, problem)

    @property
    def _secure(self) -> bool:
        return self.parts.base_url.startswith("https://")

    @property
    def _form_cookie(self) -> str:
        return cookie_name(FORM_COOKIE, self.parts.base_url)
