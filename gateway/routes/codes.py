"""Resolve a tracking code, or another agency's number, to its case."""

from fastapi import APIRouter, Request

from gateway import views
from gateway.documentation import described
from gateway.parts import caller_of, parts_of
from gateway.problems import Problem
from gateway.reading import read_code
from gateway.replies import JsonReply
from gateway.routes.cases import SEE, seen
from registry import cases
from registry.store import Transaction

router = APIRouter(tags=["codes"])


@router.get("/v1/codes/{value:path}", **described("The case of a tracking code or of an alias", problems=SEE))
async def resolve(request: Request, value: str, system: str | None = None) -> JsonReply:
    """Find the case that `system` knows by `value`; without `system` the value is a tracking code."""
    caller = caller_of(request).identifier

    def act(transaction: Transaction) -> views.Shown:
        if system is None:
            return views.case_head(seen(transaction, wanted, caller))
        case = cases.by_alias(transaction, system, value)
        if case is None or not cases.may_see(transaction, case, caller):
            raise Problem("case.unknown")
        return views.case_head(case)

    wanted = read_code(value, "/path/value") if system is None else value
    return JsonReply(await parts_of(request).store.read(act))
