"""What the tests of RabbitMQ share: messages, consumers that remember, and a cable that can be cut."""

import asyncio
from itertools import count

from broker.port import Message

LIMIT = 2
"""The delivery limit of queues on the impatient virtual host."""
NUMBERS = count()


class Wire:
    """A cable between the hub and the broker that a test can cut."""

    def __init__(self, port):
        self._port = port
        self._writers = set()
        self._server = None
        self.carried = 0

    async def lay(self):
        self._server = await asyncio.start_server(self._join, "127.0.0.1", 0)
        return f"amqp://guest:guest@127.0.0.1:{self._server.sockets[0].getsockname()[1]}/impatient"

    def cut(self):
        for writer in self._writers:
            writer.transport.abort()

    async def close(self):
        self._server.close()
        self.cut()
        await self._server.wait_closed()

    async def _join(self, reader, writer):
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._port)
        self._writers |= {writer, far_writer}
        await asyncio.gather(self._carry(reader, far_writer, counted=True), self._carry(far_reader, writer))
        self._writers -= {writer, far_writer}

    async def _carry(self, reader, writer, *, counted=False):
        try:
            while data := await reader.read(65536):
                if counted:
                    self.carried += len(data)
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.transport.abort()


async def until(condition, seconds=30):
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)


def letter(system, row=1, body=b"{}"):
    return Message(row, "inquiry", system, f"ref-{row}", 0, body)


async def collect(broker, system, seen, prefetch=300):
    async def handle(message):
        seen.append(message.row)

    await broker.consume(f"hub.work.{system}", handle, prefetch=prefetch)


async def bury(broker, system):
    """Gather the dead letters of one system's queue."""
    letters = []

    async def keep(found):
        if found.queue == f"hub.work.{system}":
            letters.append(found)

    await broker.dead(keep)
    return letters
