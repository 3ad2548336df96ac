"""What the frames of the story of XMPP must show: one fact, one test. Live and recorded evidence alike."""

import re
from dataclasses import replace

import pytest
from scapy.layers.inet import IP, TCP

from lab.capture import exposed, payload, streams
from lab.capture.deciphering import deciphered
from lab.capture.tls import APPLICATION, handshake, records, server_name

DOMAIN, XMPP = "office.example", 5222
ALICES, GUESS = "sesame-street", "open-sesame"
SENTENCE = "The coffee is ready."


@pytest.fixture(scope="module")
def seen(evidence):
    return evidence("xmpp")


@pytest.fixture(scope="module")
def alice(seen):
    """The documents of Alice and of the server in the first act."""
    return documents(seen.entered, seen.plan["alice"])


@pytest.fixture(scope="module")
def secret(seen):
    """The two directions of the connection that goes on in cipher: what is in the clear, and the streams after it."""
    return tuple(cut(end, word) for end, word in zip(ends(seen.ciphered), (b"<starttls", b"<proceed"), strict=True))


@pytest.fixture(scope="module")
def opened(seen, secret):
    """What was said in cipher, with the keys."""
    return tuple(end.data.decode() for end in deciphered(*(rest for _, rest in secret), seen.keys))


def documents(act, node):
    """What a node sends to the server in an act, and what comes back."""
    frames = [frame.packet for frame in act.on("floor") if TCP in frame.packet and payload(frame.packet[TCP])]
    out = b"".join(payload(one[TCP]) for one in frames if one[IP].src == node.ip)
    back = b"".join(payload(one[TCP]) for one in frames if one[IP].dst == node.ip)
    return out.decode(), back.decode()


def ends(act):
    several = streams(act.on("floor"))
    return the_one(end for end in several if end.dport == XMPP), the_one(end for end in several if end.sport == XMPP)


def cut(end, word):
    """Take what was said in the clear, up to an element, off a direction."""
    at = end.data.index(b">", end.data.rindex(word)) + 1
    rest = end.data[at:].lstrip(b"\r\n")
    return end.data[:at].decode(), replace(end, data=rest)


def the_one(several):
    (one,) = several
    return one


def elements(said):
    """The names of the elements that are opened, the first of each stanza."""
    return re.findall(r"<(stream:stream|auth|iq|presence|message|success|failure|starttls|proceed)\b", said)


# A login by hand


def test_she_opens_a_document_says_who_she_is_and_opens_it_anew(alice):
    client, _ = alice
    assert elements(client) == ["stream:stream", "auth", "stream:stream", "iq", "presence"]


def test_the_server_opens_one_as_well_and_says_what_it_is_able_to(alice):
    _, server = alice
    assert [name for name in elements(server) if name != "starttls"][:3] == [
        "stream:stream",
        "success",
        "stream:stream",
    ]
    assert "<mechanism>PLAIN</mechanism>" in server


def test_each_document_has_a_number_of_its_own(alice):
    _, server = alice
    numbers = re.findall(r"<stream:stream[^>]* id='([^']+)'", server)
    assert len(set(numbers)) == len(numbers) == 2


def test_the_password_stands_there_in_base64(seen):
    carriers = exposed(seen.entered, ALICES)
    assert [(one.network, one.sender, one.heard, one.spelt) for one in carriers] == [
        ("floor", "alice", ("router",), "base64"),
        ("post", "router", ("talk",), "base64"),
    ]


def test_the_server_tells_alice_her_whole_name(alice):
    _, server = alice
    assert f"<jid>alice@{DOMAIN}/desk</jid>" in server


def test_the_connection_stays_open(seen):
    assert not [frame for frame in seen.entered if TCP in frame.packet and frame.packet[TCP].flags.F]


# A message


def test_what_alice_says_to_bob_goes_to_the_server(seen):
    client, _ = documents(seen.said, seen.plan["alice"])
    assert f"<message to='bob@{DOMAIN}' type='chat'><body>{SENTENCE}</body></message>" in client


def test_the_server_writes_into_bobs_document_who_has_said_it(seen):
    _, server = documents(seen.said, seen.plan["bob"])
    message = re.search(r"<message [^>]*>.*?</message>", server)[0]
    assert f"from='alice@{DOMAIN}/desk'" in message
    assert f"<body>{SENTENCE}</body>" in message
    assert message in seen.bob_read


def test_no_packet_goes_from_one_to_the_other(seen):
    one, other = seen.plan["alice"].ip, seen.plan["bob"].ip
    assert seen.said.only(IP(src=one))
    assert seen.said.only(IP(src=one, dst=other)) == seen.said.only(IP(src=other, dst=one)) == []


def test_both_documents_are_closed_at_both_ends(seen):
    for name in ("alice", "bob"):
        for said in documents(seen.said, seen.plan[name]):
            assert said.rstrip().endswith("</stream:stream>")


# A wrong password


def test_a_wrong_password_is_not_authorized(seen):
    _, server = documents(seen.refused, seen.plan["eve"])
    assert "<not-authorized/>" in server
    assert "success" not in elements(server)
    assert "<not-authorized/>" in seen.eve_read


def test_what_eve_tried_can_be_read(seen):
    assert {one.spelt for one in exposed(seen.refused, GUESS)} == {"base64"}


# In cipher


def test_in_the_clear_they_only_say_that_they_want_to(secret):
    (client, _), (server, _) = secret
    assert elements(client) == ["stream:stream", "starttls"]
    assert elements(server)[-1] == "proceed"


def test_then_the_password_can_be_read_nowhere(seen, secret):
    assert exposed(seen.ciphered, ALICES) == ()
    assert exposed(seen.entered, ALICES) != ()
    for _, rest in secret:
        assert len(handshake(rest.data)) == 1
        assert APPLICATION in {one.kind for one in records(rest.data)}


def test_the_name_of_the_domain_can(secret):
    (_, client), _ = secret
    assert server_name(client.data) == DOMAIN


def test_with_the_keys_the_same_stanzas_appear(alice, opened):
    client, server = opened
    assert elements(client) == elements(alice[0])[:-1]
    assert f"<jid>alice@{DOMAIN}/desk</jid>" in server
    assert f"<jid>alice@{DOMAIN}/desk</jid>" not in alice[0]
