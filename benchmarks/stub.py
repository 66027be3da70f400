"""The far side of every subject: a small HTTP server that answers at once and counts what took effect.

`POST` anything with a JSON body that names its `reference`; `GET /counts` tells totals; `POST /reset` forgets.
Written on bare asyncio protocols so that it costs every subject the same and little.
"""

import asyncio
import sys
from collections import Counter
from typing import cast

import orjson
import uvloop


class Effects:
    """How often each reference arrived."""

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()

    def answer(self, head: bytes, body: bytes) -> bytes:
        """Act on one request and write its whole reply."""
        if head.startswith(b"GET /counts"):
            return _reply({
                "effects": self.seen.total(),
                "distinct": len(self.seen),
                "repeated": sum(count - 1 for count in self.seen.values()),
            })  # fmt: skip
        if head.startswith(b"GET /references"):
            return _reply(dict(self.seen))
        if head.startswith(b"GET /delivered/"):
            reference = head[len(b"GET /delivered/") :].split(None, 1)[0].split(b"?")[0].decode()
            return _receipt(reference) if reference in self.seen else _reply({"code": "ABSENT", "message": ""})
        if head.startswith(b"POST /reset"):
            self.seen.clear()
            return _reply({})
        reference = str(orjson.loads(body)["reference"])
        self.seen[reference] += 1
        return _receipt(reference)


def _receipt(reference: str) -> bytes:
    return _reply({
        "code": "DELIVERED",
        "messageId": f"M-{reference}",
        "deliveredAt": "1405/08/30 10:15:02",
        "message": "پیام در کارپوشه نشست",
    })  # fmt: skip


def _reply(content: object) -> bytes:
    body = orjson.dumps(content)
    return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body) + body


class Connection(asyncio.Protocol):
    """One keep-alive connection; requests may arrive in pieces."""

    def __init__(self, effects: Effects) -> None:
        self._effects = effects
        self._buffer = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are none by inheritance.

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end]
            size = length_of(head)
            if len(self._buffer) < end + 4 + size:
                return
            body = self._buffer[end + 4 : end + 4 + size]
            self._buffer = self._buffer[end + 4 + size :]
            self._transport.write(self._effects.answer(head, body))


def length_of(head: bytes) -> int:
    """The Content-Length that a head names; 0 without one."""
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


async def serve(port: int) -> None:
    """Serve until killed."""
    effects = Effects()
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(effects), "127.0.0.1", port, backlog=2048
    )
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
