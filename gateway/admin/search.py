"""One box for whatever an officer holds in hand: a tracking code in any script, another agency's number, an id."""

import re
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from gateway import views
from gateway.admin.guard import GuardedRoute
from gateway.admin.roles import BASE
from gateway.documentation import described
from gateway.parts import parts_of
from gateway.replies import JsonReply
from mappings.text import ascii_digits
from registry import cases, codes, inquiries, traffic
from registry.store import Transaction

router = APIRouter(tags=["admin"], route_class=GuardedRoute)
_PROBLEMS = ("session.missing", "session.ended", "role.missing")
_TRACE = re.compile(r"[0-9a-f]{32}")
MOST = 50
"""Inquiries of one trace that are looked at."""


@router.get(f"{BASE}/search", **described("Find a case or an inquiry by anything it is known by", problems=_PROBLEMS))
async def search(request: Request, q: Annotated[str, Query(min_length=1, max_length=200)]) -> JsonReply:
    """Look for a tracking code, an alias at any system, an inquiry id or a trace id. Nothing found is an empty list."""
    text = ascii_digits(q).strip()

    def act(t: Transaction) -> list[dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        try:
            code: str | None = codes.parse(q)
        except codes.CodeError:
            code = None
        named = [("tracking_code", cases.by_code(t, code))] if code else []
        named += [(f"alias:{system}", case) for system, case in cases.by_any_alias(t, text)]
        inquiry = inquiries.get(t, text)
        if inquiry is not None:
            named.append((f"inquiry:{inquiry.id}", cases.by_code(t, inquiry.code)))
        if _TRACE.fullmatch(text.lower()):
            asked = traffic.of_trace(t, text.lower(), MOST)
            named += [(f"trace:{inquiry_id}", cases.by_code(t, case_code)) for inquiry_id, case_code in asked]
        for how, case in named:
            if case is not None:
                found.setdefault(case.code, views.case_head(case) | {"found_by": how})
        return list(found.values())

    return JsonReply({"cases": await parts_of(request).store.read(act)})
