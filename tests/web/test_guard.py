"""Who may do what on the page: a page from elsewhere reaches nothing, and whoever only watches can only watch."""

import pytest
from websockets.exceptions import InvalidStatus

from lab.web.guard import Tokens

FILES = [
    "/page.css",
    "/page.js",
    "/terminals.js",
    "/vendored/xterm.js",
    "/vendored/addon-fit.js",
    "/vendored/xterm.css",
]
READ = ["/", "/report", "/picture.svg", "/status", *FILES]
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


@pytest.mark.parametrize(
    ("headers", "who"),
    [
        ({"Origin": "http://evil.example"}, "teller"),
        ({"Origin": "null"}, "teller"),
        ({"Origin": "https://127.0.0.1"}, "teller"),
        ({"Origin": None}, "teller"),
        ({"Host": "evil.example"}, "teller"),
        ({}, "watcher"),
        ({}, "guessed"),
    ],
)
def test_only_our_own_page_in_the_hands_of_the_teller_reaches_a_shell(served, headers, who):
    with pytest.raises(InvalidStatus) as refused:
        served.terminal("victim", getattr(served.tokens, who, who), **headers)
    assert refused.value.response.status_code == 403
    assert served.shells == []
    with served.terminal("victim") as terminal:
        terminal.send(b"it is there")
        assert terminal.recv(20) == b"it is there"


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


def test_what_only_looks_has_no_terminals_and_no_style_but_ours(served):
    _, fields, page = served.ask("/?view=projector")
    assert "style-src 'self';" in fields["content-security-policy"]
    assert "xterm" not in page
    assert "xterm" in served.ask("/")[2]
