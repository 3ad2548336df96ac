"""Who may do what: a request or websocket brings a token, and comes from our page at our address, or is refused."""

import hmac
from dataclasses import dataclass
from secrets import token_urlsafe
from typing import Self

from starlette.datastructures import Headers, QueryParams
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_HARMLESS = ("GET", "HEAD")
_REFUSED = 1008
"""A policy is violated (RFC 6455, section 7.4.1)."""


@dataclass(frozen=True)
class Tokens:
    """The secret of who tells stories, and that of who only watches."""

    teller: str
    watcher: str

    @classmethod
    def new(cls) -> Self:
        """Return tokens that nobody guesses: 256 bits of randomness each."""
        return cls(token_urlsafe(32), token_urlsafe(32))

    def may_watch(self, token: str) -> bool:
        """Tell whether somebody with that token may watch."""
        return self.may_tell(token) or hmac.compare_digest(token.encode(), self.watcher.encode())

    def may_tell(self, token: str) -> bool:
        """Tell whether somebody with that token may tell stories."""
        return hmac.compare_digest(token.encode(), self.teller.encode())


@dataclass(frozen=True)
class Guard:
    """Lets requests through to ``app`` that are allowed; ``hosts`` are the names with ports that we are called by.

    A page from elsewhere that a browser shows cannot know the token, nor name our host as its origin; and a name of
    somebody else's that leads here (DNS rebinding) is no host of ours.
    """

    app: ASGIApp
    tokens: Tokens
    hosts: frozenset[str]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what is not allowed with 403, and hand on everything else."""
        if scope["type"] == "lifespan" or not (why := self._refused(scope)):
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            await PlainTextResponse(f"{why}\n", status_code=403)(scope, receive, send)
        else:  # a websocket that is closed before it was accepted is answered with 403 as well
            await send({"type": "websocket.close", "code": _REFUSED, "reason": why})

    def _refused(self, scope: Scope) -> str:
        """Say why a request is refused; empty where it is not."""
        headers, token = Headers(scope=scope), QueryParams(scope["query_string"]).get("token", "")
        if headers.get("host", "") not in self.hosts:
            return "this is not the address of this page"
        origin = headers.get("origin")
        if origin is not None and origin not in {f"http://{host}" for host in self.hosts}:
            return "pages from elsewhere may not ask here"
        if not self.tokens.may_watch(token):
            return "the token is missing or wrong: open the address that the terminal shows"
        if scope.get("method") not in _HARMLESS and not (self.tokens.may_tell(token) and origin is not None):
            return "this page may only watch"
        return ""
