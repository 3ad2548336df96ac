"""A terminal on the page: bytes of a shell in a node, both ways over a websocket (RFC 6455), and its size."""

import asyncio
import json
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.websockets import WebSocket, WebSocketDisconnect

from lab.engine.protocol import Session
from lab.errors import EngineError, WiretaleError

Shells = Callable[[str], AbstractContextManager[Session]]
"""Opens a shell in the node of that name. Raises ``WiretaleError`` where there is none to be had."""

_LONGEST_REASON = 120
"""Bytes that the end of a websocket may say (RFC 6455, section 5.5), with some to spare."""

_LARGEST = 1000
"""Rows or columns that a terminal may have."""

_MALFORMED = 1003


async def relay(websocket: WebSocket, shell: AbstractContextManager[Session]) -> None:
    """Join a browser with a shell until one of them ends.

    Binary messages are bytes of the terminal; text messages say its size: ``{"rows": 24, "columns": 80}``.
    """
    await websocket.accept()
    try:
        program = await run_in_threadpool(shell.__enter__)
    except WiretaleError as error:
        await websocket.close(reason=_short(str(error)))
        return
    loop = asyncio.get_running_loop()
    threading.Thread(target=_output, args=[program, websocket, loop], name="terminal", daemon=True).start()
    try:
        await _input(program, websocket)
    finally:
        await run_in_threadpool(shell.__exit__, None, None, None)


async def _input(program: Session, websocket: WebSocket) -> None:
    """Pass on what the browser sends until it goes away, or the shell has ended."""
    while (message := await websocket.receive())["type"] == "websocket.receive":
        try:
            if (data := message.get("bytes")) is not None:
                await run_in_threadpool(program.write, data)
            else:
                await run_in_threadpool(program.resize, *_size(message["text"]))
        except ValueError as error:
            await websocket.close(_MALFORMED, _short(str(error)))
            return
        except EngineError:
            return  # it has ended, which the other direction says


def _output(program: Session, websocket: WebSocket, loop: asyncio.AbstractEventLoop) -> None:
    """Pass on what the shell prints, no faster than the browser takes it, until it ends."""

    def done(sending: Any) -> None:
        asyncio.run_coroutine_threadsafe(sending, loop).result()

    with suppress(WebSocketDisconnect, RuntimeError):  # the browser has gone
        try:
            while data := program.read():
                done(websocket.send_bytes(data))
            why = "the shell has ended"
        except EngineError as error:
            why = str(error)
        done(websocket.close(reason=_short(why)))


def _size(text: str) -> tuple[int, int]:
    """Return rows and columns. Raises ``ValueError`` for anything else than such a size."""
    said = json.loads(text)
    size: tuple[Any, Any] = (said.get("rows"), said.get("columns")) if isinstance(said, dict) else (0, 0)
    if not all(map(_is_length, size)):
        raise ValueError(f"a terminal has 1 to {_LARGEST} rows and columns")
    return size


def _is_length(value: Any) -> bool:
    return type(value) is int and 0 < value <= _LARGEST


def _short(reason: str) -> str:
    return reason.encode()[:_LONGEST_REASON].decode(errors="ignore")
