"""The one file that speaks AMQP: pika's asyncio connection as awaitable calls and our own types.

Foreign errors are translated here, once, into those of `broker.amqp_errors`.
"""

import asyncio
import logging
import struct
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import pika
from pika import exceptions, frame, spec
from pika.adapters.asyncio_connection import AsyncioConnection
from pika.credentials import ExternalCredentials

from broker.amqp_address import Address
from broker.amqp_confirms import OnConfirm, OnReturn
from broker.amqp_envelope import Arrival, Properties
from broker.amqp_errors import BrokerRefusesUs, LaneClosed, words
from broker.port import BrokerError, BrokerUnavailable

# What pika has to say arrives here as an error and is logged by us, once, without a traceback.
logging.getLogger("pika").setLevel(logging.CRITICAL)
REFUSALS = (exceptions.AuthenticationError, exceptions.ProbableAuthenticationError,
            exceptions.ProbableAccessDeniedError, exceptions.ConnectionClosedByBroker)  # fmt: skip


class _Gathering(AsyncioConnection):  # type: ignore[misc] # pika ships no types.
    """Sends what one turn of the loop has produced in one piece.

    pika alone makes a system call for every frame, three for each message: half of what a publication costs.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self._gathered: list[bytes] = []
        super().__init__(*arguments, **named)

    def _adapter_emit_data(self, data: bytes) -> None:
        if not self._gathered:
            asyncio.get_running_loop().call_soon(self._send_gathered)
        self._gathered.append(data)

    def _read_frame(self) -> Any:
        """Read a forged header as an empty one, which is refused as foreign; pika would end the connection over it."""
        try:
            return super()._read_frame()
        except Exception:
            kind, channel, size = struct.unpack_from(">BHL", self._frame_buffer)
            if kind != spec.FRAME_HEADER:
                raise
            (length,) = struct.unpack_from(">Q", self._frame_buffer, spec.FRAME_HEADER_SIZE + 4)
            return spec.FRAME_HEADER_SIZE + size + 1, frame.Header(channel, length, pika.BasicProperties())

    def _adapter_disconnect_stream(self) -> None:
        self._send_gathered()
        super()._adapter_disconnect_stream()

    def _send_gathered(self) -> None:
        gathered, self._gathered = self._gathered, []
        if gathered and self._transport is not None:
            super()._adapter_emit_data(b"".join(gathered))


class Lane:
    """One channel. It ends with its first error, as AMQP demands; `expendable` lanes do not take their link along."""

    def __init__(self, link: "Link", channel: Any, *, expendable: bool) -> None:
        self._link = link
        self._channel = channel
        self._asked: set[asyncio.Future[Any]] = set()
        self.expendable = expendable
        channel.add_on_close_callback(self._on_close)
        channel.add_on_cancel_callback(lambda _frame: link.drop("the broker cancelled a consumer"))

    async def declare_queue(
        self, name: str, *, arguments: Mapping[str, Any] | None = None, passive: bool = False, private: bool = False
    ) -> tuple[int, int]:
        """Declare a durable queue, or a `private` one that dies with the connection; (messages ready, consumers)."""
        kind = {"passive": passive, "durable": not private, "exclusive": private, "auto_delete": private}
        found = await self._ask(
            lambda done: self._channel.queue_declare(name, **kind, arguments=dict(arguments or {}), callback=done)
        )
        return found.method.message_count, found.method.consumer_count

    async def declare_exchange(self, name: str, kind: str, *, passive: bool = False, internal: bool = False) -> None:
        """Declare a durable exchange."""
        await self._ask(
            lambda done: self._channel.exchange_declare(
                name, exchange_type=kind, passive=passive, durable=True, internal=internal, callback=done
            )
        )

    async def bind(self, queue: str, exchange: str, key: str) -> None:
        """Bind a queue to an exchange."""
        await self._ask(lambda done: self._channel.queue_bind(queue, exchange, key, callback=done))

    async def consume(
        self, queue: str, on_arrival: Callable[[Arrival], None], *, prefetch: int = 0, acknowledged: bool = True
    ) -> None:
        """Feed `on_arrival` from a queue; `prefetch` 0 is no limit."""

        def arrived(_channel: Any, method: Any, properties: Any, body: bytes) -> None:
            on_arrival(Arrival(method.delivery_tag, method.routing_key, _ours(properties), body))

        if prefetch:
            await self._ask(lambda done: self._channel.basic_qos(prefetch_count=prefetch, callback=done))
        await self._ask(
            lambda done: self._channel.basic_consume(queue, arrived, auto_ack=not acknowledged, callback=done)
        )

    async def try_to_consume(self, queue: str, arguments: Mapping[str, Any]) -> None:
        """Ask for a queue and drop what would come: only the broker's word counts. Raises LaneClosed."""
        await self._ask(lambda done: self._channel.basic_consume(queue, _drop, arguments=arguments, callback=done))

    async def confirm(self, on_confirm: OnConfirm, on_return: OnReturn) -> None:
        """Have every publication confirmed: `on_confirm(number, multiple, taken)`, `on_return(number, text)`."""

        def confirmed(found: Any) -> None:
            on_confirm(found.method.delivery_tag, found.method.multiple, found.method.NAME == "Basic.Ack")

        def returned(_channel: Any, method: Any, properties: Any, _body: bytes) -> None:
            on_return(int(properties.correlation_id), f"no queue takes {method.routing_key} from {method.exchange}")

        self._channel.add_on_return_callback(returned)
        await self._ask(lambda done: self._channel.confirm_delivery(confirmed, callback=done))

    def publish(
        self, exchange: str, key: str, body: bytes, properties: Properties, *, number: int = 0, mandatory: bool = False
    ) -> None:
        """Send a message; a return is known again by `number`. Raises BrokerUnavailable when the channel is closed."""
        theirs = pika.BasicProperties(
            app_id=properties.app,
            type=properties.type,
            message_id=properties.id,
            content_type=properties.content_type,
            correlation_id=str(number) if number else None,
            reply_to=properties.reply_to,
            delivery_mode=properties.mode,
            headers=properties.headers,
        )
        try:
            self._channel.basic_publish(exchange, key, body, theirs, mandatory)
        except exceptions.AMQPError as fault:
            kind = BrokerError if self._channel.is_open else BrokerUnavailable
            raise kind(f"the message cannot be sent: {words(fault)}") from fault

    def ack(self, tag: int, *, multiple: bool) -> None:
        """Acknowledge; nothing happens on a closed channel."""
        if self._channel.is_open:
            self._channel.basic_ack(tag, multiple)

    def nack(self, tag: int, *, requeue: bool) -> None:
        """Give one message back to its queue, or to the dead letters; nothing happens on a closed channel."""
        if self._channel.is_open:
            self._channel.basic_nack(tag, multiple=False, requeue=requeue)

    def stop(self) -> None:
        """Take no more deliveries; what has arrived can still be acknowledged."""
        if self._channel.is_open:
            for tag in self._channel.consumer_tags:
                self._channel.basic_cancel(tag)

    def close(self) -> None:
        """Close the channel without waiting for the broker's word."""
        self.expendable = True
        if self._channel.is_open:
            self._channel.close()

    async def _ask(self, call: Callable[[Callable[[Any], None]], Any]) -> Any:
        asked = asyncio.get_running_loop().create_future()
        self._asked.add(asked)
        try:
            call(lambda found: None if asked.done() else asked.set_result(found))
            await asyncio.wait({asked, self._link.lost}, return_when=asyncio.FIRST_COMPLETED)
            if asked.done():
                return asked.result()
            raise BrokerUnavailable(self._link.lost.result())
        except exceptions.AMQPError as fault:
            raise BrokerUnavailable(f"the channel is closed: {words(fault)}") from fault
        finally:
            self._asked.discard(asked)

    def _on_close(self, _channel: Any, reason: Exception) -> None:
        fault: BrokerError
        if isinstance(reason, exceptions.ChannelClosedByBroker):
            fault = LaneClosed(reason.reply_code, reason.reply_text)
        else:
            fault = BrokerUnavailable(words(reason))
        for asked in self._asked:
            if not asked.done():
                asked.set_exception(fault)
        if not self.expendable:
            self._link.drop(f"a channel was closed: {words(reason)}")


class Link:
    """One connection until it breaks; it is not mended but replaced. `lost` ends with the reason in words."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.lost: asyncio.Future[str] = loop.create_future()
        self.flowing = asyncio.Event()
        self.flowing.set()
        self._opened: asyncio.Future[None] = loop.create_future()
        self._connection: Any = None

    async def open(self, address: Address, name: str) -> "Link":
        """Connect under a name that the broker's operator sees. Raises BrokerUnavailable, BrokerRefusesUs."""
        connection = self._connection = _Gathering(
            _parameters(address, name),
            on_open_callback=lambda _connection: None if self._opened.done() else self._opened.set_result(None),
            on_open_error_callback=self._on_open_error,
            on_close_callback=self._on_close,
        )
        connection.add_on_connection_blocked_callback(lambda *_: self.flowing.clear())
        connection.add_on_connection_unblocked_callback(lambda *_: self.flowing.set())
        try:
            await self._opened
        except asyncio.CancelledError:
            self.drop("given up while connecting")
            raise
        return self

    async def lane(self, *, expendable: bool = False) -> Lane:
        """Open a channel."""
        opened: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        try:
            channel = self._connection.channel(
                on_open_callback=lambda found: None if opened.done() else opened.set_result(found)
            )
        except exceptions.AMQPError as fault:
            raise BrokerUnavailable(f"the connection is closed: {words(fault)}") from fault
        lane = Lane(self, channel, expendable=expendable)
        await asyncio.wait({opened, self.lost}, return_when=asyncio.FIRST_COMPLETED)
        if not opened.done():
            opened.cancel()
            raise BrokerUnavailable(self.lost.result())
        return lane

    def drop(self, reason: str) -> None:
        """Give the connection up; `lost` tells why."""
        self._lose(reason)
        if self._connection is not None and not (self._connection.is_closed or self._connection.is_closing):
            self._connection.close()

    async def close(self, seconds: float = 5.0) -> None:
        """Close in good order, and wait at most `seconds` for the broker's word."""
        if self._connection is None or self._connection.is_closed:
            return
        closed = asyncio.Event()
        self._connection.add_on_close_callback(lambda *_: closed.set())
        self.drop("closed")
        with suppress(TimeoutError):
            await asyncio.wait_for(closed.wait(), seconds)

    def _on_open_error(self, _connection: Any, fault: BaseException) -> None:
        self._lose(words(fault))
        if not self._opened.done():
            kind = BrokerRefusesUs if _refuses(fault) else BrokerUnavailable
            self._opened.set_exception(kind(f"no connection: {words(fault)}"))

    def _on_close(self, _connection: Any, fault: BaseException) -> None:
        self._lose(words(fault))

    def _lose(self, reason: str) -> None:
        self.flowing.set()  # Whoever waits for the alarm to end must learn that the connection is gone.
        if not self.lost.done():
            self.lost.set_result(reason)


def _parameters(address: Address, name: str) -> Any:
    password = pika.PlainCredentials(address.username, address.password)
    return pika.ConnectionParameters(
        host=address.host,
        port=address.port,
        virtual_host=address.virtual_host,
        credentials=ExternalCredentials() if address.external else password,
        heartbeat=address.heartbeat,
        connection_attempts=1,
        socket_timeout=address.connection_timeout,
        stack_timeout=address.connection_timeout,
        ssl_options=pika.SSLOptions(address.tls, address.server_name or address.host) if address.tls else None,
        client_properties={"connection_name": name, "product": "peyvand"},
    )


def _ours(theirs: Any) -> Properties:
    names = (theirs.app_id, theirs.type, theirs.message_id, theirs.content_type, theirs.reply_to)
    return Properties(*names, mode=theirs.delivery_mode or 1, headers=theirs.headers or {})


def _refuses(fault: BaseException) -> bool:
    return any(isinstance(item, REFUSALS) for item in (fault, *fault.args, *getattr(fault, "exceptions", ())))


def _drop(*_: Any) -> None:
    """Take a delivery that is wanted by nobody."""
