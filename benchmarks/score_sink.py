"""An LMS that takes every score at once: tokens, empty results, scores; on one connection after the other, with as little work as possible.

`python score_sink.py` prints its port. GET /bodies gives every score that was posted since the last time it was asked, as JSON texts.
"""

from __future__ import annotations

import asyncio
import json
import sys

_TOKEN = json.dumps({"access_token": "bench-token", "token_type": "Bearer", "expires_in": 3600}).encode()
_bodies: list[str] = []


def _answer(line: bytes, body: bytes) -> bytes:
    method, path, _ = line.split(b" ", 2)
    if path.startswith(b"/token"):
        return _TOKEN
    if path.startswith(b"/bodies"):
        found = json.dumps(_bodies).encode()
        _bodies.clear()
        return found
    if method == b"POST":
        _bodies.append(body.decode())
        return b"{}"
    return b"[]"


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            lines = head.split(b"\r\n")
            length = next((int(one.split(b":")[1]) for one in lines if one.lower().startswith(b"content-length:")), 0)
            found = _answer(lines[0], await reader.readexactly(length))
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(found), found))
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def main() -> None:
    """Serve until killed."""
    server = await asyncio.start_server(_serve, "127.0.0.1", 0, limit=1 << 20)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
