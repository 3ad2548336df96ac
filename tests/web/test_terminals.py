"""Terminals on the page: bytes both ways, several at once, and an end that is said, whoever brings it about."""

import hashlib
import json
from contextlib import ExitStack
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed, ConnectionClosedError

from lab.waiting import until

ASSETS = Path(__file__).parents[2] / "lab/web/assets/vendored"


def test_bytes_go_both_ways_as_they_are(served):
    with served.terminal("victim") as terminal:
        for data in (b"ls\r", bytes(range(1, 256)), "später €".encode(), b"\x1b[31m", b"x" * 100_000):
            terminal.send(data)
            assert terminal.recv(20) == data


def test_the_shell_is_told_how_large_its_terminal_is(served):
    with served.terminal("victim") as terminal:
        for rows, columns in ((24, 80), (1, 1000)):
            terminal.send(json.dumps({"rows": rows, "columns": columns}))
        terminal.send(b"done")
        terminal.recv(20)
    assert served.shells[0].sizes == [(24, 80), (1, 1000)]


@pytest.mark.parametrize(
    "size", ["", "{", "[24, 80]", "24", '{"rows": 24}', '{"rows": 0, "columns": 80}', '{"rows": true, "columns": 80}',
             '{"rows": 24, "columns": 1001}', '{"rows": "24", "columns": "80"}', '{"rows": 24.0, "columns": 80}']
)  # fmt: skip
def test_a_size_that_is_none_ends_the_terminal(served, size):
    with served.terminal("victim") as terminal:
        terminal.send(size)
        with pytest.raises(ConnectionClosedError) as ended:
            terminal.recv(20)
    assert ended.value.rcvd.code == 1003
    until(lambda: served.shells[0].closed.is_set(), "the shell to be let go", within=20)


def test_thirty_at_once_do_not_meet(served):
    with ExitStack() as all_:
        terminals = [all_.enter_context(served.terminal("web")) for _ in range(30)]
        for number, terminal in enumerate(terminals):
            terminal.send(f"{number}".encode())
        assert [terminal.recv(20) for terminal in terminals] == [f"{number}".encode() for number in range(30)]


@pytest.mark.parametrize(("typed", "why"), [(b"exit", "the shell has ended"), (b"break", "the connection broke")])
def test_a_shell_that_ends_says_so(served, typed, why):
    with served.terminal("victim") as terminal:
        terminal.send(typed)
        with pytest.raises(ConnectionClosed) as ended:
            terminal.recv(20)
    assert ended.value.rcvd.reason == why
    until(lambda: served.shells[0].closed.is_set(), "the shell to be let go", within=20)


def test_a_browser_that_goes_away_ends_its_shell_alone(served):
    with served.terminal("victim") as stays:
        stays.send(b"here")
        stays.recv(20)
        with served.terminal("victim") as goes:
            goes.send(b"there")
            goes.recv(20)
            goes.socket.close()
        until(lambda: served.shells[1].closed.is_set(), "the shell to be let go", within=20)
        stays.send(b"still here")
        assert stays.recv(20) == b"still here"


def test_a_node_that_is_not_there_is_said(served):
    with served.terminal("nobody") as terminal, pytest.raises(ConnectionClosed) as ended:
        terminal.recv(20)
    assert ended.value.rcvd.reason == "there is no node 'nobody'"


def test_what_comes_from_others_is_what_its_list_says():
    listed = [line.split("|") for line in (ASSETS / "README.md").read_text().splitlines() if line.startswith("| `")]
    named = {cells[1].strip(" `"): cells[-2].strip(" `") for cells in listed}
    there = {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in ASSETS.iterdir() if file.suffix != ".md"
    }
    assert {name: digest for name, digest in there.items() if name != "LICENSE"} == named
