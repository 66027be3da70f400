"""Queues copies of accepted inquiries: rows by bulk into the ledger, messages through the hub's own publisher."""

import asyncio
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random
from threading import Thread

import hub
from benchmarks.bulk import ROW, Keys, Template, fill, opened, reserve
from benchmarks.subjects.ground import Ground
from broker.amqp_broker import RabbitMqBroker
from broker.port import Message
from broker.wire import InquiryMessage
from gateway.settings import Settings

TABLES = ("cases", "inquiries", "status_events", "outbox")
QUEUED_WITHIN = 60.0
AHEAD = 3
"""Chunks that are stored and not yet published at most."""


class Filler:
    """Fills one site. Its messages are sealed for their own inquiries, so that the worker opens each as any other."""

    def __init__(self, ground: Ground, accepted: Sequence[str], random: Random) -> None:
        self._ground = ground
        self._random = random
        self._templates = _templates(ground.postgres, accepted)
        self._vault = hub.WiredSite(Settings(database=ground.postgres, broker=ground.amqp, state=ground.folder)).vault
        self._plain: dict[str, tuple[InquiryMessage, bytes]] = {}
        self._messages: list[Message] = []

    async def run(self, count: int) -> None:
        """Queue so many. Rows are written in a thread of their own while the messages of earlier rows go out."""
        chunks: asyncio.Queue[list[Message] | BaseException | None] = asyncio.Queue(AHEAD)
        loop = asyncio.get_running_loop()

        def write() -> None:
            try:
                for chunk in self._written(count):
                    asyncio.run_coroutine_threadsafe(chunks.put(chunk), loop).result()
            except BaseException as fault:  # noqa: BLE001 - raised again where it is waited for.
                asyncio.run_coroutine_threadsafe(chunks.put(fault), loop).result()
            else:
                asyncio.run_coroutine_threadsafe(chunks.put(None), loop).result()

        broker = RabbitMqBroker(self._ground.amqp, lease=f"filler {os.getpid()}", random=self._random)
        await broker.start()
        await broker.ready()
        writing = Thread(target=write)
        writing.start()
        try:
            while (chunk := await chunks.get()) is not None:
                if isinstance(chunk, BaseException):
                    raise chunk
                await asyncio.gather(*(broker.publish(message) for message in chunk))
        finally:
            await broker.close()
            writing.join()

    def _written(self, count: int) -> Iterator[list[Message]]:
        with opened(self._ground.postgres) as ledger:
            row = reserve(self._ground.postgres, count)
            for _ in fill(ledger, self._templates, count, self._complete, first_row=row):
                messages, self._messages = self._messages, []
                yield messages

    def _complete(self, template: Template, keys: Keys) -> None:
        message, plain = self._plain_of(template)
        inquiry_id = keys[template.inquiry_id]
        sealed = self._vault.seal(message.subject_key, plain, inquiry_id.encode())
        fresh = replace(
            message,
            inquiry_id=inquiry_id,
            tracking_code=keys[message.tracking_code],
            case_id=keys[message.case_id],
            payload=sealed,
        )
        body = fresh.pack()
        keys[template.of("inquiries", "payload_sealed")] = sealed
        keys[template.of("outbox", "body")] = body
        self._messages.append(Message(keys[ROW], "inquiry", message.system, inquiry_id, 0, body))

    def _plain_of(self, template: Template) -> tuple[InquiryMessage, bytes]:
        known = self._plain.get(template.inquiry_id)
        if known is None:
            message = InquiryMessage.unpack(template.of("outbox", "body"))
            known = message, self._vault.open(message.subject_key, message.payload, template.inquiry_id.encode())
            self._plain[template.inquiry_id] = known
        return known


def _templates(postgres: str, accepted: Sequence[str]) -> list[Template]:
    """The rows of these inquiries once the relay has queued them. Raises TimeoutError."""
    ends = time.monotonic() + QUEUED_WITHIN
    while True:
        with opened(postgres) as ledger:
            templates = [Template(ledger, one, TABLES) for one in accepted]
        if all(one.of("outbox", "state") == "queued" == one.of("inquiries", "state") for one in templates):
            return templates
        if time.monotonic() > ends:
            raise TimeoutError(f"inquiries are not queued {QUEUED_WITHIN:.0f} s after they were accepted")
        time.sleep(0.5)
