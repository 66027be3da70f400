"""CloudEvents 1.0 in binary mode on AMQP, and the private queues of those who listen.

Attributes travel as headers `cloudEvents_<name>` (CloudEvents AMQP binding 1.0.2 §3.1.3.1), the data as the body.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

import orjson
import structlog

from broker.amqp_envelope import APP, LARGEST, Arrival, Properties
from broker.port import EventHandler
from broker.rabbitmq import Link
from broker.topology import EVENTS

log = structlog.get_logger(__name__)

PREFIX = "cloudEvents_"
NEEDED = ("specversion", "id", "source", "type")


def pack_event(event: Mapping[str, Any]) -> tuple[Properties, bytes]:
    """Split an event into properties and body. Absent attributes are left out."""
    attributes = {
        PREFIX + name: str(value)
        for name, value in event.items()
        if name not in {"data", "datacontenttype"} and value is not None
    }
    content_type = str(event.get("datacontenttype", "application/json"))
    properties = Properties(
        app=APP, type=str(event["type"]), id=str(event["id"]), content_type=content_type, headers=attributes
    )
    return properties, orjson.dumps(event.get("data"))


def unpack_event(arrival: Arrival) -> dict[str, Any] | None:
    """Put an event together again; None when it is none of the hub's."""
    headers = arrival.properties.headers
    attributes = {str(name)[len(PREFIX) :]: value for name, value in headers.items() if str(name).startswith(PREFIX)}
    if arrival.properties.app != APP or len(arrival.body) > LARGEST or not all(map(attributes.get, NEEDED)):
        return None
    try:
        data = orjson.loads(arrival.body)
    except orjson.JSONDecodeError:
        return None
    return {**attributes, "datacontenttype": arrival.properties.content_type, "data": data}


class Listening:
    """One pattern and its handler, on a private queue that is made again with each connection."""

    def __init__(self, pattern: str, handler: EventHandler) -> None:
        self._pattern = pattern
        self._handler = handler

    async def subscribe(self, link: Link, name: str) -> None:
        """Listen through a link."""
        lane = await link.lane()
        await lane.declare_queue(name, private=True)
        await lane.bind(name, EVENTS, self._pattern)
        await lane.consume(name, self._arrived, acknowledged=False)

    def _arrived(self, arrival: Arrival) -> None:
        event = unpack_event(arrival)
        if event is None:
            log.warning("event.refused", bytes=len(arrival.body))
        else:
            asyncio.get_running_loop().call_soon(self._handler, event)
