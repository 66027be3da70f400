"""Who takes part in the story: a municipal system that asks, a window that pushes, a subscriber that listens."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pki import webhook
from pki.errors import PkiError
from registry import credentials, participants, rights
from registry.participants import Participant
from registry.rights import Right
from registry.store import Store, Transaction

PERMITS = "IR/MUN/tehran/building-permits"
PURPOSE = "building-permit"
LEGAL_BASIS = "T 3-1"

ASKS = (
    "civil_registry.identity",
    "land_window.parcel_geometry",
    "land_window.answer_inquiry",
    "setad.list_notices",
    "permit_portal.report_decision",
    "smart_gov.push_folder",
)


@dataclass(frozen=True)
class Keys:
    """API keys: of the municipal building-permit system and of the land window."""

    permits: str
    window: str


def engage(store: Store, *, now: datetime) -> Keys:
    """Register who takes part, give the rights the case needs and no other, and issue the keys."""

    def act(transaction: Transaction) -> Keys:
        permits = Participant(
            identifier=PERMITS,
            kind="system",
            title_fa="سامانهٔ صدور پروانهٔ ساختمانی",
            title_en="Building-permit system",
            parent="IR/MUN/tehran",
        )
        entrust(transaction, permits, ASKS, purpose=PURPOSE)
        window = participants.every_where(transaction, system="land_window")[0]
        return Keys(
            permits=credentials.issue_api_key(transaction, participant=PERMITS, now=now, note="story"),
            window=credentials.issue_api_key(transaction, participant=window.identifier, now=now, note="story"),
        )

    return store.write_now(act)


def entrust(transaction: Transaction, system: Participant, services: Iterable[str], *, purpose: str) -> None:
    """Register a municipal system and let it ask these services for one purpose."""
    participants.put(transaction, system)
    for service in services:
        rights.put(
            transaction,
            Right(system.identifier, service, purposes=(purpose,), legal_bases=(LEGAL_BASIS,), field_mask=("*",)),
        )


@dataclass
class Subscriber:
    """A municipal system that is told of events by webhook, and believes only what is signed."""

    clock: Callable[[], datetime]
    secret: str = ""
    heard: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def app(self) -> Starlette:
        """The subscriber's own HTTP face."""
        return Starlette(routes=[Route("/events", self._hear, methods=["POST"])])

    async def _hear(self, request: Request) -> Response:
        body = await request.body()
        headers: Mapping[str, str] = dict(request.headers)
        try:
            webhook.verify(self.secret, headers, body, now=self.clock())
        except PkiError as forged:
            self.refused.append(forged.code)
            return Response(status_code=401)
        self.heard.append(headers["webhook-id"])
        return Response(status_code=204)
