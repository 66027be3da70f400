"""The sandbox's pages for people: faults switched on by system and operation, and the ledger of what really happened.

Plain forms: they work without script, and the same is open to programs under `/<system>/_sim/…`.
"""

from collections.abc import Mapping
from html import escape
from typing import Any
from urllib.parse import parse_qs, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from connectors.catalogue import Connected
from connectors.faults import FaultKind
from connectors.sandbox_page import document
from connectors.simulation import SimulationContext

_MOST_BYTES = 4_096
_NEWEST = 200


def admin_routes(catalogue: Mapping[str, Connected], contexts: Mapping[str, SimulationContext]) -> list[Route]:
    """`/_admin/<system>`: GET shows the page, POST arms a fault or clears them all."""

    async def page(request: Request) -> Response:
        name = request.path_params["name"]
        one = catalogue.get(name)
        if one is None:
            return PlainTextResponse("سامانه یافت نشد · no such system\n", 404)
        if request.method == "GET":
            return HTMLResponse(_page(one, contexts[name]))
        if not _from_here(request):
            return PlainTextResponse("این فرم از صفحهٔ دیگری فرستاده شده است · sent from another page\n", 403)
        body = await request.body()
        form = {key: values[0] for key, values in parse_qs(body[:_MOST_BYTES].decode(errors="replace")).items()}
        try:
            _act(contexts[name], form)
        except ValueError as wrong:
            return HTMLResponse(_page(one, contexts[name], wrong=str(wrong)), 422)
        return RedirectResponse(f"/_admin/{name}", 303)

    return [Route("/_admin/{name}", page, methods=["GET", "POST"])]


def _from_here(request: Request) -> bool:
    """A browser names the page a form comes from; programs name none."""
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


def _act(context: SimulationContext, form: Mapping[str, str]) -> None:
    """Raises ValueError for what no fault can be."""
    if "clear" in form:
        context.faults.clear()
        return
    operation, _, kind = form.get("fault", "").rpartition("/")
    times = form.get("times", "1")
    options: dict[str, Any] = {key: float(form[key]) for key in ("seconds", "chance") if form.get(key)}
    context.faults.arm(kind, operation=operation or "*", times=None if times == "always" else int(times), **options)


def _page(one: Connected, context: SimulationContext, *, wrong: str = "") -> str:
    title = one.manifest.title
    parts = [
        '<p><a href="/">همهٔ سامانه‌ها · all systems</a></p>',
        f'<h1>{escape(title.fa)}</h1><div class="en">{escape(title.en)} <code>/{escape(one.name)}</code></div>',
        f'<p role="alert">نادرست · wrong: {escape(wrong)}</p>' if wrong else "",
        _form(one),
        _armed(context),
        _ledger(context),
    ]
    return document(f"{title.fa} · {title.en}", "".join(parts))


def _form(one: Connected) -> str:
    groups = []
    for name, operation in one.manifest.operations.items():
        kinds = sorted(one.simulation.faults.get(name, frozenset()))
        options = "".join(f'<option value="{escape(name)}/{kind.value}">{_said(kind)}</option>' for kind in kinds)
        label = f"{operation.title.fa} · {operation.title.en}"
        groups.append(f'<optgroup label="{escape(label)}">{options}</optgroup>')
    return (
        "<section><h2>روشن کردن یک خطا · Switch a fault on</h2>"
        '<form method="post"><p><label>خطا · fault<select name="fault" required>'
        f"{''.join(groups)}</select></label></p>"
        '<p><label>چند بار · how often<select name="times"><option>1</option><option>2</option><option>5</option>'
        '<option value="always">همیشه · always</option></select></label> '
        '<label>ثانیه · seconds<input name="seconds" type="number" min="0" max="180" step="any" size="5"></label> '
        '<label>احتمال · chance<input name="chance" type="number" min="0" max="1" step="any" size="5"></label></p>'
        "<p><button>روشن کن · switch on</button></p></form></section>"
    )


def _armed(context: SimulationContext) -> str:
    rows = "".join(
        f"<tr><td>{_said(fault.kind)}</td><td><code>{escape(fault.operation)}</code></td>"
        f"<td>{'همیشه · always' if fault.times is None else fault.times}</td></tr>"
        for fault in context.faults.armed
    )
    if not rows:
        return "<section><h2>خطاهای روشن · Faults that are on</h2><p>هیچ · none</p></section>"
    return (
        "<section><h2>خطاهای روشن · Faults that are on</h2><table><thead><tr><th>خطا · fault</th>"
        f"<th>عملیات · operation</th><th>بار · times left</th></tr></thead><tbody>{rows}</tbody></table>"
        '<form method="post"><button name="clear" value="1">همه را خاموش کن · switch all off</button></form></section>'
    )


def _ledger(context: SimulationContext) -> str:
    effects = context.ledger.effects
    rows = "".join(
        f"<tr><td><code>{effect.at.isoformat(timespec='seconds')}</code></td>"
        f"<td><code>{escape(effect.operation)}</code></td><td><code>{escape(effect.reference)}</code></td>"
        f"<td>{context.ledger.count(effect.operation, effect.reference)}</td></tr>"
        for effect in reversed(effects[-_NEWEST:])
    )
    return (
        "<section><h2>دفتر اثرها · Ledger of effects</h2>"
        "<p>هر سطر کاری است که در سامانه واقعاً انجام شد. عدد آخر باید ۱ باشد.<br>"
        '<span class="en">Each row really happened at the system. The last number should be 1.</span></p>'
        "<table><thead><tr><th>زمان · at</th><th>عملیات · operation</th><th>شناسه · reference</th>"
        f"<th>چند بار · times</th></tr></thead><tbody>{rows}</tbody></table></section>"
    )


def _said(kind: FaultKind) -> str:
    return f"{escape(kind.titles['fa'])} · {escape(kind.titles['en'])}"
