"""What the frames of the story of telnet must show: one fact, one test. Live and recorded evidence alike."""

import pytest
from scapy.layers.inet import IP, TCP

from lab.capture import exchange, exposed
from lab.ladder.telnet import without_commands

PASSWORD, GUESS, NOTE = "sesame-street", "open-sesame", "The key to the cellar hangs behind the door."
TELNET = 23
IAC, DO, WILL = 255, 253, 251
ECHO = 1


@pytest.fixture(scope="module")
def seen(evidence):
    return evidence("telnet")


@pytest.fixture(scope="module")
def entered(seen):
    """What Alice's program and the machine said, whole."""
    return exchange(seen.entered.on("floor"), TELNET)


@pytest.fixture(scope="module")
def read(entered):
    """What of that is for people, line by line."""
    return tuple(without_commands(said).decode().replace("\r\n", "\n").split("\n") for said in entered)


def test_alice_says_her_name_then_the_password_then_commands(read):
    client, _ = read
    assert client == ["alice", PASSWORD, "cat note.txt", "exit", ""]


def test_the_machine_asks_for_both_before(read):
    _, server = read
    assert server[0].startswith("old login: ")
    assert server[1] == "Password: "


def test_the_password_can_be_read_on_both_wires(seen):
    carriers = exposed(seen.entered, PASSWORD)
    assert [(one.network, one.sender, one.heard, one.spelt) for one in carriers] == [
        ("floor", "alice", ("router",), "plain"),
        ("cellar", "router", ("old",), "plain"),
    ]


def test_the_machine_gives_back_what_is_typed_but_not_the_password(read):
    _, server = read
    assert server[0] == "old login: alice"
    assert "$ cat note.txt" in server
    assert not [line for line in server if PASSWORD in line]


def test_so_alice_does_not_see_it_on_her_screen(seen):
    assert PASSWORD not in seen.alice_read
    assert exposed(seen.entered, PASSWORD) != ()


def test_the_note_goes_by_in_the_clear(seen):
    assert NOTE in seen.alice_read
    assert {one.network for one in exposed(seen.entered, NOTE)} == {"floor", "cellar"}


def test_before_any_word_the_programs_agree_on_options(entered):
    client, server = entered
    assert client[0] == server[0] == IAC
    assert bytes([IAC, WILL, ECHO]) in server
    assert bytes([IAC, DO, ECHO]) in client


def test_the_machine_hangs_up_first(seen):
    goodbyes = [frame.packet for frame in seen.entered.on("floor") if TCP in frame.packet and frame.packet[TCP].flags.F]
    assert [goodbye[IP].src for goodbye in goodbyes] == [seen.plan["old"].ip, seen.plan["alice"].ip]


def test_a_wrong_password_gets_one_line_and_another_question(seen):
    _, server = exchange(seen.refused.on("floor"), TELNET)
    said = without_commands(server).decode()
    assert said.endswith("\r\nLogin incorrect\r\nold login: ")
    assert "Login incorrect" in seen.eve_read


def test_what_eve_tried_can_be_read_as_well(seen):
    assert {one.network for one in exposed(seen.refused, GUESS)} == {"floor", "cellar"}
    assert exposed(seen.refused, PASSWORD) == ()
