"""The application: the page, the report of the story so far, what happens as a stream of events, and a few commands."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from html import escape
from pathlib import Path
from string import Template

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from lab.errors import InputError, WiretaleError
from lab.graph import Picture
from lab.report.page import places, radius, style, style_of_map, travelling
from lab.scenario import Evidence, Scenario
from lab.web.feed import Feed
from lab.web.guard import Guard, Tokens
from lab.web.show import Show
from lab.web.terminals import Shells, relay
from lab.web.wires import Wires

_ASSETS = Path(__file__).with_name("assets")
_HEARTBEAT = 15.0
"""Seconds after which a stream without events says that it is still there."""

_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_POLICY_WITH_TERMINALS = _POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
"""xterm.js writes style sheets of its own."""

_VENDORED = ("vendored/xterm.js", "vendored/addon-fit.js", "vendored/xterm.css")
_TERMINALS = Template(
    '<link rel="stylesheet" href="vendored/xterm.css?token=$token">'
    '<script src="vendored/xterm.js?token=$token"></script><script src="vendored/addon-fit.js?token=$token"></script>'
    '<script src="terminals.js?token=$token"></script>'
)


class Theatre:
    """What the page of one lab is made of: its show, its stories, and how its nodes are."""

    def __init__(
        self,
        topology: str,
        picture: Picture,
        show: Show,
        wires: Wires,
        stories: Mapping[str, Scenario[Evidence]],
        health: Callable[[], Mapping[str, str]],
        shells: Shells,
    ) -> None:
        self._topology = topology
        self._picture = picture
        self._show = show
        self._wires = wires
        self._stories = stories
        self._health = health
        self._shells = shells

    def application(self, tokens: Tokens, hosts: frozenset[str]) -> Guard:
        """Return the application behind its guard."""
        routes: list[BaseRoute] = [
            Route("/", self._page),
            Route("/report", self._report),
            Route("/picture.svg", self._drawn),
            Route("/page.css", self._style),
            Route("/page.js", self._script),
            Route("/wires.js", self._script),
            Route("/travel.js", self._travelling),
            Route("/terminals.js", self._script),
            *(Route(f"/{name}", self._script) for name in _VENDORED),
            WebSocketRoute("/terminal/{node}", self._terminal),
            Route("/events", self._events),
            Route("/wires", self._frames),
            Route("/status", self._status),
            Route("/play", self._plays, methods=["POST"]),
            Route("/next", self._goes_on, methods=["POST"]),
            Route("/end", self._ends, methods=["POST"]),
        ]
        return Guard(Starlette(routes=routes), tokens, hosts)

    async def _page(self, request: Request) -> Response:
        stories = "".join(
            f'<button class="story" value="{name}">{name}</button>' for name in map(escape, self._stories)
        )
        token, projected = escape(request.query_params["token"]), request.query_params.get("view") == "projector"
        filled = Template((_ASSETS / "page.html").read_text(encoding="utf-8")).substitute(
            topology=escape(self._topology),
            token=token,
            stories=stories,
            width=round(self._picture.width),
            height=round(self._picture.height),
            places=escape(json.dumps(places(self._picture))),
            radius=radius(self._picture),
            view="projector" if projected else "teacher",
            terminals="" if projected else _TERMINALS.substitute(token=token),
        )
        policy = _POLICY if projected else _POLICY_WITH_TERMINALS
        return HTMLResponse(filled, headers=_HEADERS | {"Content-Security-Policy": policy})

    async def _script(self, request: Request) -> Response:
        file = _ASSETS / request.url.path.removeprefix("/")
        kind = "text/css" if file.suffix == ".css" else "text/javascript"
        return Response(file.read_bytes(), media_type=kind, headers=_HEADERS)

    async def _travelling(self, request: Request) -> Response:
        return Response(travelling(), media_type="text/javascript", headers=_HEADERS)

    async def _style(self, request: Request) -> Response:
        own = (_ASSETS / "page.css").read_text(encoding="utf-8")
        return Response(style() + style_of_map() + own, media_type="text/css", headers=_HEADERS)

    async def _drawn(self, request: Request) -> Response:
        return Response(self._picture.svg, media_type="image/svg+xml", headers=_HEADERS)

    async def _report(self, request: Request) -> Response:
        return HTMLResponse(await run_in_threadpool(lambda: self._show.page), headers=_HEADERS)

    async def _status(self, request: Request) -> Response:
        try:
            return JSONResponse({"nodes": await run_in_threadpool(self._health)}, headers=_HEADERS)
        except WiretaleError as error:
            return JSONResponse({"nodes": {}, "trouble": str(error)}, headers=_HEADERS)

    async def _plays(self, request: Request) -> Response:
        try:
            wanted = json.loads(await request.body())
            self._show.plays(self._stories[wanted["story"]], stops=bool(wanted.get("stops")))
        except (ValueError, KeyError, TypeError):
            return PlainTextResponse("there is no such story here\n", status_code=404)
        except InputError as error:
            return PlainTextResponse(f"{error}\n", status_code=409)
        return Response(status_code=204)

    async def _goes_on(self, request: Request) -> Response:
        self._show.goes_on()
        return Response(status_code=204)

    async def _ends(self, request: Request) -> Response:
        self._show.ends_early()
        return Response(status_code=204)

    async def _terminal(self, websocket: WebSocket) -> None:
        await relay(websocket, self._shells(websocket.path_params["node"]))

    async def _events(self, request: Request) -> Response:
        return _stream(_streamed(self._show.feed, _last(request, 0)))

    async def _frames(self, request: Request) -> Response:
        return _stream(_looked_at(self._wires, request))


def _last(request: Request, otherwise: int) -> int:
    """Return the number of the event that a browser saw last, before its connection broke."""
    last = request.headers.get("last-event-id", "")
    return int(last) if last.isdecimal() else otherwise


def _stream(told: AsyncIterator[str]) -> Response:
    return StreamingResponse(told, media_type="text/event-stream", headers=_HEADERS)


async def _looked_at(wires: Wires, request: Request) -> AsyncIterator[str]:
    """Yield what crosses the wires from now on, until its reader has gone."""
    try:
        joined = await run_in_threadpool(wires.joins, request)
        async for one in _streamed(wires.feed, _last(request, joined)):
            yield one
    finally:
        asyncio.get_running_loop().run_in_executor(None, wires.leaves, request)


async def _streamed(feed: Feed, number: int) -> AsyncIterator[str]:
    """Yield what happens after the event of that number, as server-sent events."""
    happened = asyncio.Event()
    loop = asyncio.get_running_loop()

    def watcher() -> None:
        loop.call_soon_threadsafe(happened.set)

    unwatch = feed.watch(watcher)
    try:
        yield "retry: 1000\n\n"
        while not feed.is_over:
            happened.clear()
            if news := feed.after(number):
                number = news[-1][0]
                yield "".join(f"id: {place}\ndata: {json.dumps(event)}\n\n" for place, event in news)
            try:
                await asyncio.wait_for(happened.wait(), _HEARTBEAT)
            except TimeoutError:
                yield ": still here\n\n"
    finally:
        unwatch()
