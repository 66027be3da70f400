"""Up to a thousand inquiries in one request, each with its own result."""

import json
from hashlib import sha256
from typing import Any

from fastapi import APIRouter, Request

from broker.orders import Accepted, Idempotency, InquiryOrder
from gateway import views
from gateway.admission import admit
from gateway.bodies import BatchRequest, InquiryRequest
from gateway.documentation import described
from gateway.edge import problem_of, unexpected
from gateway.language import Language, preferred
from gateway.parts import caller_of, parts_of
from gateway.problems import Problem
from gateway.reading import idempotency_of, parse, read
from gateway.replies import JsonReply
from gateway.routes.inquiries import REFUSALS
from gateway.tracing import trace_of
from registry import cases, codes
from registry.store import Transaction

router = APIRouter(tags=["inquiries"])


@router.post(
    "/v1/inquiries/batch",
    **described(
        "Ask up to 1,000 questions; each has its own status in `results`",
        body=BatchRequest,
        problems=REFUSALS,
        headers=("Idempotency-Key",),
    ),
)
async def ask_many(request: Request) -> JsonReply:
    """Accept what can be accepted; the result at each index says what became of the inquiry at that index.

    An `Idempotency-Key` holds for every inquiry by its index, so that a batch that broke off may be sent again.
    """
    parts, caller = parts_of(request), caller_of(request)
    body = await read(request, BatchRequest)
    key = await idempotency_of(request)
    language = preferred(request.headers.get("accept-language"))
    channels = await parts.store.read(lambda t: _channels(t, body, caller.identifier))
    results: dict[int, views.Shown] = {}
    orders: dict[int, InquiryOrder] = {}
    for index, item in enumerate(body.inquiries):
        below = f"/inquiries/{index}"
        raw = json.dumps(item, sort_keys=True, ensure_ascii=False).encode()
        try:
            orders[index] = admit(
                parts,
                caller,
                parse(InquiryRequest, raw, below=below),
                case_channel=channels.get(index),
                trace_parent=trace_of(request.scope).parent,
                idempotency=_of_item(key, index, raw),
                below=below,
            )
        except Problem as problem:
            results[index] = _refused(problem, language)
    for index, outcome in zip(orders, await parts.exchange.accept_many(list(orders.values())), strict=True):
        if isinstance(outcome, Accepted):
            results[index] = {"status": 202, "replayed": outcome.replayed, **views.accepted_view(outcome)}
            continue
        # An unexpected fault is that item's own too: the others are accepted, and their caller must hear of it.
        results[index] = _refused(problem_of(outcome) or unexpected(request, outcome), language)
    shown = [{"index": index, **results[index]} for index in range(len(body.inquiries))]
    replayed = any(item.get("replayed") for item in shown)
    return JsonReply({"results": shown}, 200, {"Idempotency-Replayed": "true"} if replayed else None)


def _refused(problem: Problem, language: Language) -> dict[str, Any]:
    return {"status": problem.kind.status, "problem": problem.document(language, None)}


def _of_item(key: Idempotency | None, index: int, raw: bytes) -> Idempotency | None:
    # A caller's key holds no space, so no key of a single request is ever equal to one of these.
    return Idempotency(f"{key.key} {index}", sha256(raw).hexdigest()) if key else None


def _channels(transaction: Transaction, body: BatchRequest, caller: str) -> dict[int, str]:
    """The channel of each case that an inquiry names without naming a channel. Bad codes are refused later."""
    found: dict[int, str] = {}
    for index, item in enumerate(body.inquiries):
        text = item.get("case")
        if not isinstance(text, str) or item.get("channel") is not None:
            continue
        try:
            case = cases.by_code(transaction, codes.parse(text))
        except codes.CodeError:
            continue
        if case is not None and cases.may_see(transaction, case, caller):
            found[index] = case.channel
    return found
