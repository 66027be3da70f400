"""The desk of the configuration: checks a document whole before anything of it is kept, acts, and tells this process.

Pages, the admin API and the commands come here. What is checked: every field, every reference to a secret, every
certificate, and that each instance can be built.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from broker.port import BrokerError
from connectors.auth_forms import missing
from connectors.catalogue import Connected
from connectors.instances.running import Ground, Instance, InstancesUnusable, lay_out
from connectors.instances.settings import State
from connectors.secrets import SEALED, place_of
from connectors.transport import context_of
from gateway.configuration import acts
from gateway.configuration.acts import Draft, Hand
from gateway.configuration.difference import Difference, differences
from gateway.configuration.document import Read, document_of, read_document, refusal, with_connector
from gateway.problems import FieldProblem, Problem
from pki.errors import PkiError
from registry.configuration import kept, revisions
from registry.configuration.changes import Change, Verdict
from registry.configuration.revisions import InForce, Revision
from registry.store import Store, Transaction

T = TypeVar("T")
Declare = Callable[[Iterable[str]], Awaitable[None]]
"""Makes the queues of these systems where a broker has to be told; raises BrokerError."""


async def declare_nothing(_names: Iterable[str]) -> None:
    """The in-process broker makes its queues as they are needed."""


async def tell_nobody() -> None:
    """No hub runs in this process: those that do find out by themselves."""


@dataclass(frozen=True, kw_only=True)
class ConfigurationDesk:
    """Reads, checks and changes the configuration. `tell` lets this process take over what was applied."""

    store: Store
    ground: Ground
    clock: Callable[[], datetime]
    random: Callable[[int], bytes]
    declare: Declare = declare_nothing
    tell: Callable[[], Awaitable[None]] = tell_nobody

    async def head(self) -> Revision:
        """The newest revision."""
        return await self.store.read(revisions.head)

    async def read(self, value: Any, *, urgent: bool = False) -> Draft:
        """Read and check a document's plain values. Raises `configuration.refused`."""
        read = await asyncio.to_thread(read_document, value, self.ground.catalogue())
        return await self.checked(read, urgent=urgent)

    async def checked(self, read: Read, *, restores: int | None = None, urgent: bool = False) -> Draft:
        """Make sure that a process can work with the document. Raises `configuration.refused`."""
        secrets = await self.secrets_of(read)
        check = self._readable if urgent else self._laid_out  # Whatever a system lacks, it can be stopped.
        laid_out = await asyncio.to_thread(check, read.document, secrets)
        offered = {name: one.connected for name, one in laid_out.items()}
        return Draft(read.document, read.base, read.sealed, offered, restores, urgent)

    async def secrets_of(self, read: Read | Draft) -> dict[str, str]:
        """The sealed texts of every reference in a document: those kept, and those to be kept with it."""
        known = await self.store.read(lambda t: kept.opened_by(t, revisions.references(read.document)))
        return known | {kept.reference(text): text for text in read.sealed}

    async def plan(self, draft: Draft) -> list[Difference]:
        """What the draft would change."""
        return differences(document_of(await self.head()), draft.document)

    async def submit(self, draft: Draft, *, by: str, reason: str) -> Revision | Change:
        """Apply the draft, or propose it. Raises what `acts.submit` does, and `queue.unavailable`."""
        await self._queues(draft.offered)
        return await self._done(lambda t: acts.submit(t, draft, self._hand(by, reason)))

    async def approve(self, change_id: str, *, seen: str, by: str, username: str, reason: str) -> Revision:
        """Approve a change and apply it. Raises what `acts.approve` does."""
        change = await self.store.read(lambda t: acts.waiting(t, change_id))
        draft = await self.checked(Read(change.document, change.base, ()))
        await self._queues(draft.offered)
        hand = replace(self._hand(by, reason), username=username)
        return await self._done(lambda t: acts.approve(t, change_id, seen, draft, hand))

    async def decline(self, change_id: str, verdict: Verdict, *, by: str, reason: str) -> Change:
        """Reject or withdraw a change."""
        return await self._done(lambda t: acts.decline(t, change_id, verdict, self._hand(by, reason)))

    async def roll_back(self, number: int, *, base: int | None, by: str, reason: str) -> Revision | Change:
        """Put an earlier revision in force again, as a new one."""
        former = await self.store.read(lambda t: acts.known_revision(t, number))
        draft = await self.checked(Read(document_of(former), base, ()), restores=number)
        return await self.submit(draft, by=by, reason=reason)

    async def draft_of(self, name: str, settings: Mapping[str, Any] | None, *, base: int | None) -> Draft:
        """The document in force with other settings for one instance, or without it."""
        document = document_of(await self.head())
        if settings is None and name not in document["connectors"]:
            raise Problem("connector.not_found")
        return replace(await self.read(with_connector(document, name, settings)), base=base)

    async def preview(self, name: str, settings: Mapping[str, Any], *, secrets: Mapping[str, str]) -> Instance:
        """The instance as it would be with these settings, whatever they lack, for testing it."""
        settings = {**settings, "credentials": {**settings.get("credentials", {}), **self.sealed(name, secrets)}}
        document = with_connector(document_of(await self.head()), name, settings)
        read = await asyncio.to_thread(read_document, document, self.ground.catalogue())
        known = await self.secrets_of(read)
        found = await asyncio.to_thread(self._readable, read.document, known, name)
        return found[name]

    def sealed(self, name: str, secrets: Mapping[str, str]) -> dict[str, str]:
        """Secrets of one instance, each sealed for its place."""
        vault: Any = self.ground.vault()
        return {key: SEALED + vault.seal_secret(place_of(name, key), text) for key, text in secrets.items()}

    async def switch(self, name: str, state: State, *, by: str, reason: str) -> Revision:
        """Pause, resume, disable or enable an instance now; this waits for no second person."""
        document = document_of(await self.head())
        if name not in document["connectors"] and name not in self.ground.catalogue():
            raise Problem("connector.not_found")
        own = document["connectors"].get(name, {"connector": name})
        draft = await self.read(with_connector(document, name, {**own, "state": state.value}), urgent=True)
        base = (await self.head()).number
        done = await self.submit(replace(draft, base=base), by=by, reason=reason)
        if not isinstance(done, Revision):
            raise TypeError("an urgent change is applied at once")
        return done

    async def _done(self, act: Callable[[Transaction], T]) -> T:
        result = await self.store.write(act)
        await self.tell()
        return result

    async def _queues(self, offered: Mapping[str, Connected]) -> None:
        known = set(self.ground.catalogue()) | set(document_of(await self.head())["connectors"])
        if fresh := sorted(set(offered) - known):
            try:
                await self.declare(fresh)
            except BrokerError as fault:
                raise Problem("queue.unavailable", (str(fault), str(fault))) from fault

    def _hand(self, by: str, reason: str) -> Hand:
        return Hand(by, reason, self.clock(), self.random)

    def _readable(
        self, document: Mapping[str, Any], secrets: Mapping[str, str], only: str | None = None
    ) -> dict[str, Instance]:
        try:
            return lay_out(self.ground, InForce(0, document, secrets), only=only)
        except InstancesUnusable as unusable:
            raise refusal(
                FieldProblem(f"/connectors/{name}", "connector.unusable", "با این تنظیمات کار نمی‌کند", why)
                for name, why in unusable.problems.items()
            ) from unusable

    def _laid_out(self, document: Mapping[str, Any], secrets: Mapping[str, str]) -> dict[str, Instance]:
        found = self._readable(document, secrets)
        problems = [problem for name in document["connectors"] for problem in _unusable(found[name])]
        if problems:
            raise refusal(problems)
        return found


def _unusable(instance: Instance) -> list[FieldProblem]:
    below, settings, manifest = f"/connectors/{instance.name}", instance.settings, instance.connected.manifest
    found = []
    try:
        context_of(settings)
    except (PkiError, OSError) as damaged:
        field = "trust_pem" if settings.trust_pem else "credentials"
        found.append(FieldProblem(f"{below}/{field}", "certificate.unusable", "گواهی خواندنی نیست", f"{damaged}."))
    if settings.address is None or not settings.enabled:
        return found  # Simulators take any credential.
    return found + [
        FieldProblem(
            f"{below}/credentials/{one.name}",
            "credential.missing",
            f"{one.words.fa} لازم است.",
            f"{one.words.en} is required by the auth profile.",
        )
        for one in missing(settings.auth or manifest.auth, frozenset(settings.credentials))
    ]
