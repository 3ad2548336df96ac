"""What the frames of the story of FTP must show: one fact, one test. Live and recorded evidence alike."""

import re

import pytest
from scapy.layers.inet import TCP

from lab.capture import exchange, exposed, streams

PASSWORD, GUESS, FTP = "sesame-street", "open-sesame", 21
DATA = range(61000, 61100)


@pytest.fixture(scope="module")
def seen(evidence):
    return evidence("ftp")


@pytest.fixture(scope="module")
def fetched(seen):
    """The lines of Alice's program, and of the server, by the first connection."""
    return lines(seen.fetched)


@pytest.fixture(scope="module")
def file(seen):
    """The bytes of the recipe as the server has it."""
    return the_one(one.content for one in seen.plan["files"].setup.files if one.path.endswith("recipe.txt")).encode()


def the_one(several):
    (one,) = several
    return one


def lines(act):
    return tuple(said.decode().split("\r\n")[:-1] for said in exchange(act.on("floor"), FTP))


def data(act):
    """What came by the second connection."""
    return the_one(end.data for end in streams(act.on("floor")) if end.sport in DATA)


def numbers(said):
    return [line[:3] for line in said]


# A file


def test_she_says_who_she_is_and_how_it_is_to_come_and_what_she_wants(fetched):
    client, _ = fetched
    assert [line.split()[0] for line in client] == ["USER", "PASS", "PWD", "EPSV", "TYPE", "SIZE", "RETR", "QUIT"]


def test_each_answer_begins_with_a_number(fetched):
    _, server = fetched
    assert numbers(server) == ["220", "331", "230", "257", "229", "200", "213", "125", "226", "221"]


def test_the_second_connection_goes_to_the_port_that_the_server_has_named(seen, fetched):
    _, server = fetched
    named = re.search(r"\(\|\|\|(\d+)\|\)", server[4])[1]
    calls = [frame.packet[TCP].dport for frame in seen.fetched.on("floor") if opens(frame.packet)]
    assert calls == [FTP, int(named)]


def opens(packet):
    return TCP in packet and packet[TCP].flags == "S"


def test_it_carries_the_file_and_nothing_else(seen, file):
    assert data(seen.fetched) == file
    assert seen.recipe.encode() == file


def test_the_server_says_beforehand_how_long_it_is(fetched, file):
    _, server = fetched
    assert server[6] == f"213 {len(file)}"


def test_the_end_of_the_file_is_the_end_of_the_connection(seen):
    files = seen.plan["files"].ip
    ends = [frame.packet for frame in seen.fetched.on("floor") if TCP in frame.packet and frame.packet[TCP].flags.F]
    first = next(packet for packet in ends if {packet[TCP].sport, packet[TCP].dport} & set(DATA))
    assert first[TCP].sport in DATA
    assert first.payload.src == files


def test_the_password_can_be_read_on_both_wires(seen):
    carriers = exposed(seen.fetched, PASSWORD)
    assert [(one.network, one.sender, one.heard) for one in carriers] == [
        ("floor", "alice", ("router",)),
        ("cellar", "router", ("files",)),
    ]


# The list, what is missing, and who may not


def test_the_list_comes_by_a_second_connection_as_well(seen):
    assert data(seen.listed) == b"recipe.txt\r\n"
    assert seen.listing == "recipe.txt\n"


def test_what_is_missing_is_said_by_the_first_one(seen):
    _, server = lines(seen.missing)
    assert [line for line in server if line.startswith("550 ")] == ["550 /tea.txt is not retrievable."]
    assert "does not exist" in seen.complaint


def test_a_wrong_password_gets_530_and_nothing_more(seen):
    client, server = lines(seen.refused)
    assert client == ["USER alice", f"PASS {GUESS}"]
    assert numbers(server) == ["220", "331", "530"]
    assert seen.eve_exit == 67


def test_she_has_to_wait_three_seconds_for_that(seen):
    tried, told = (at(seen.refused, words) for words in (b"PASS ", b"530 "))
    assert 3.0 <= told - tried < 4.0


def at(act, words):
    """When something was said for the first time, in seconds."""
    return next(frame.time_ns / 1e9 for frame in act.on("floor") if TCP in frame.packet and words in frame.data)
