"""The same application behind the real server: what only a socket can show."""

import asyncio
from typing import Any

from connectors.serving import listen, serving


async def exchange(port: int, *pieces: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    return answer


async def test_a_body_that_claims_to_be_large_is_refused_unread(house: Any) -> None:
    listener = listen("127.0.0.1", 0)
    async with serving(house.client.app, listener):
        head = f"POST /v1/cases HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer {house.keys['IR/MUN/tehran/urban']}\r\n"
        head += "Content-Type: application/json\r\nContent-Length: 999999999\r\n\r\n"
        answer = await exchange(listener.getsockname()[1], head.encode())
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"body.too_large" in answer


async def test_an_endless_body_is_cut_off(house: Any) -> None:
    listener = listen("127.0.0.1", 0)
    async with serving(house.client.app, listener):
        head = f"POST /v1/cases HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer {house.keys['IR/MUN/tehran/urban']}\r\n"
        head += "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        chunk = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
        answer = await exchange(listener.getsockname()[1], head.encode(), *[chunk] * 17)
    assert answer.startswith(b"HTTP/1.1 413 ")


async def test_strangers_are_turned_away_before_their_body(house: Any) -> None:
    listener = listen("127.0.0.1", 0)
    async with serving(house.client.app, listener):
        head = b"POST /v1/cases HTTP/1.1\r\nHost: hub\r\nConnection: close\r\nContent-Length: 999999999\r\n\r\n"
        answer = await exchange(listener.getsockname()[1], head)
    assert answer.startswith(b"HTTP/1.1 401 ")
    assert b"credential.missing" in answer
