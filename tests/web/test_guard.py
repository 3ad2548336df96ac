"""Who may do what on the page: a page from elsewhere reaches nothing, and whoever only watches can only watch."""

import asyncio

import pytest

from lab.web.guard import Guard, Tokens

READ = ["/", "/report", "/picture.svg", "/page.css", "/page.js", "/status"]
COMMANDS = ["/play", "/next", "/end"]


@pytest.mark.parametrize("path", READ)
def test_who_has_a_token_may_look(served, path):
    for token in (served.tokens.teller, served.tokens.watcher):
        status, fields, _ = served.ask(path, token)
        assert status == 200
        assert fields["referrer-policy"] == "no-referrer"
        assert fields["cache-control"] == "no-store"


@pytest.mark.parametrize("path", [*READ, "/events"])
@pytest.mark.parametrize("token", ["", "guessed", "é"])
def test_without_the_right_token_nothing_is_shown(served, path, token):
    status, _, said = served.ask(path, token if token.isascii() else "%C3%A9")
    assert status == 403
    assert "token" in said


@pytest.mark.parametrize("path", [*READ, "/events"])
def test_another_name_that_leads_here_is_refused(served, path):
    status, _, said = served.ask(path, Host="evil.example")
    assert (status, said) == (403, "this is not the address of this page\n")


@pytest.mark.parametrize("path", [*READ, *COMMANDS, "/events"])
@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://127.0.0.1"])
def test_a_page_from_elsewhere_reaches_nothing_even_with_the_token(served, path, origin):
    method = "POST" if path in COMMANDS else "GET"
    status, _, said = served.ask(path, method=method, Origin=origin)
    assert (status, said) == (403, "pages from elsewhere may not ask here\n")


@pytest.mark.parametrize("path", COMMANDS)
def test_who_only_watches_can_command_nothing(served, path):
    assert served.post(path, token=served.tokens.watcher) == (403, "this page may only watch\n")


@pytest.mark.parametrize("path", COMMANDS)
def test_a_command_that_no_page_sends_is_refused(served, path):
    status, _, said = served.ask(path, method="POST")
    assert (status, said) == (403, "this page may only watch\n")


@pytest.mark.parametrize("path", COMMANDS)
def test_a_command_is_no_address_that_somebody_can_be_led_to(served, path):
    assert served.ask(path)[0] == 405


def test_there_is_no_way_in_by_a_websocket():
    async def never(scope, receive, send):
        raise AssertionError("it came through")

    sent = []

    async def send(message):
        sent.append(message)

    guard = Guard(never, Tokens.new(), frozenset({"127.0.0.1:1"}))
    asyncio.run(guard({"type": "websocket", "headers": [], "query_string": b""}, None, send))
    assert sent == [{"type": "websocket.close", "code": 4403}]


def test_tokens_are_long_and_new_each_time():
    one, other = Tokens.new(), Tokens.new()
    assert len({one.teller, one.watcher, other.teller, other.watcher}) == 4
    assert min(map(len, (one.teller, one.watcher))) >= 43  # 256 bits


def test_the_page_runs_only_its_own_script_and_can_be_framed_by_nobody(served):
    _, fields, page = served.ask("/")
    policy = fields["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "<script>" not in page
