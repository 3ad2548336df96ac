"""What the frames of the story of the chat must show: one fact, one test. Live and recorded evidence alike."""

from dataclasses import replace

import pytest
from scapy.layers.inet import IP, TCP

from lab.capture import exposed, streams
from lab.capture.deciphering import deciphered
from lab.capture.tls import APPLICATION, handshake, records, server_name

NAME, PASSWORD, GUESS = "chat.office.example", "django4life", "letmein"
IRC, IRCS = 6667, 6697
SENTENCE = "There is cake in the kitchen."


@pytest.fixture(scope="module")
def seen(evidence):
    return evidence("irc")


@pytest.fixture(scope="module")
def chat(seen):
    return seen.plan["chat"]


@pytest.fixture(scope="module")
def alice(seen):
    """What Alice and the server said by hand, in the first act."""
    return conversation(seen.entered, seen.plan["alice"])


@pytest.fixture(scope="module")
def bob(seen):
    """What Bob's program and the server said."""
    return conversation(seen.talked, seen.plan["bob"])


@pytest.fixture(scope="module")
def eve(seen):
    """What Eve and the server said."""
    return conversation(seen.refused, seen.plan["eve"])


@pytest.fixture(scope="module")
def ciphered(seen):
    """The two directions of the connection under TLS."""
    return directions(seen.ciphered, seen.plan["alice"], IRCS)


@pytest.fixture(scope="module")
def opened(seen, ciphered):
    """What was said under TLS, with the keys: the lines of both."""
    return tuple(lines(end.data) for end in deciphered(*ciphered, seen.keys))


def conversation(act, node):
    return tuple(lines(end.data) for end in directions(act, node, IRC))


def directions(act, node, port):
    """What a node sent to the server, and what came back, on its own wire."""
    wire = act.on("floor")
    its_own = replace(wire, frames=tuple(frame for frame in wire if node.name in ends_of(frame)))
    ends = streams(its_own)
    return the_one(end for end in ends if end.dport == port), the_one(end for end in ends if end.sport == port)


def ends_of(frame):
    """Who has sent a frame, and who has heard it."""
    return {frame.port.node, *(port.node for port in frame.delivered)}


def the_one(several):
    (one,) = several
    return one


def lines(data):
    """The lines that were said; CR and LF end them, and by hand LF does (RFC 2812, section 2.3)."""
    return data.decode().replace("\r\n", "\n").split("\n")[:-1]


def numbers(said):
    """The numbers of a server's answers (RFC 2812, section 2.4)."""
    return [int(line.split()[1]) for line in said if line.startswith(f":{NAME} ") and line.split()[1].isdigit()]


# By hand


def test_the_password_is_the_first_thing_that_is_said(alice):
    client, _ = alice
    assert client[0] == f"PASS {PASSWORD}"


def test_then_come_a_name_and_who_it_is(alice):
    client, _ = alice
    assert client[1:3] == ["NICK alice", "USER alice 0 * :Alice"]


def test_each_line_is_a_packet_of_its_own(seen, alice):
    client, _ = alice
    said = [frame.packet[TCP] for frame in seen.entered.on("floor").sent_by("alice") if TCP in frame.packet]
    assert [bytes(tcp.payload).decode() for tcp in said if "P" in tcp.flags] == [f"{line}\n" for line in client]


def test_the_server_welcomes_alice_by_her_name(alice):
    _, server = alice
    assert server[0].startswith(f":{NAME} 001 alice :Welcome")
    assert numbers(server)[:4] == [1, 2, 3, 4]


def test_in_the_room_she_is_told_who_is_there(alice):
    _, server = alice
    assert [line for line in server if " 353 " in line] == [f":{NAME} 353 alice = #kitchen :@alice"]


def test_the_password_can_be_read_on_both_wires(seen):
    carriers = exposed(seen.entered, PASSWORD)
    assert [(one.network, one.sender, one.heard) for one in carriers] == [
        ("floor", "alice", ("router",)),
        ("machines", "router", ("chat",)),
    ]


# A chat


def test_bobs_program_says_the_same_words_as_alice(alice, bob):
    by_hand, by_program = alice[0], bob[0]
    assert [line.split()[0] for line in by_program[:3]] == [line.split()[0] for line in by_hand[:3]]
    assert by_program[0] == by_hand[0]


def test_what_bob_says_goes_to_the_server(bob):
    client, _ = bob
    assert f"PRIVMSG #kitchen :{SENTENCE}" in client


def test_no_packet_goes_from_one_to_the_other(seen):
    one, other = seen.plan["alice"].ip, seen.plan["bob"].ip
    assert seen.talked.only(IP(src=one))
    assert seen.talked.only(IP(src=other))
    assert seen.talked.only(IP(src=one, dst=other)) == seen.talked.only(IP(src=other, dst=one)) == []


def test_the_server_tells_alice_who_said_what(seen, chat):
    told = seen.talked.only(IP(src=chat.ip, dst=seen.plan["alice"].ip) / TCP(sport=IRC))
    assert any(bytes(one[TCP].payload) == f":bob!~bob@office PRIVMSG #kitchen :{SENTENCE}\r\n".encode() for one in told)


def test_both_read_it(seen):
    assert f":bob!~bob@office PRIVMSG #kitchen :{SENTENCE}" in seen.alice_read
    assert f"<bob> {SENTENCE}" in seen.bob_read


def test_bob_hears_nothing_of_his_own_words(bob):
    _, server = bob
    assert not [line for line in server if "PRIVMSG" in line]


# A wrong password


def test_a_wrong_password_gets_one_line(seen, eve):
    client, server = eve
    assert client[0] == f"PASS {GUESS}"
    assert server == ["ERROR :Access denied: Bad password?"]
    assert "ERROR :Access denied: Bad password?" in seen.eve_read


def test_then_the_server_hangs_up_first(seen, chat):
    goodbyes = [frame.packet for frame in seen.refused.on("floor") if TCP in frame.packet and frame.packet[TCP].flags.F]
    assert goodbyes[0][IP].src == chat.ip


# Under TLS


def test_under_tls_the_password_can_be_read_nowhere(seen):
    assert exposed(seen.ciphered, PASSWORD) == ()
    assert exposed(seen.entered, PASSWORD) != ()


def test_neither_can_anything_else_that_was_said(ciphered):
    for end in ciphered:
        assert len(handshake(end.data)) == 1
        assert APPLICATION in {one.kind for one in records(end.data)}
        assert not [word for word in (b"NICK", b"Welcome", b"alice") if word in end.data]


def test_the_name_of_the_server_is_said_aloud(ciphered):
    client, _ = ciphered
    assert server_name(client.data) == NAME


def test_with_the_keys_the_same_words_appear(alice, opened):
    (by_hand, _), (client, server) = alice, opened
    assert client[:3] == by_hand[:3]
    assert server[0].startswith(f":{NAME} 001 alice :Welcome")


def test_alice_is_welcomed_as_before(seen):
    assert f":{NAME} 001 alice :Welcome" in seen.under_tls
