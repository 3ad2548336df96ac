"""XMPP: two people speak in stanzas, one long document each; and the same after STARTTLS."""

from base64 import b64encode
from contextlib import ExitStack
from dataclasses import dataclass

from scapy.layers.inet import IP, TCP

from lab.capture import Capture
from lab.dialogue import Dialogue
from lab.node import RunningNode
from lab.recorder import Recording
from lab.running import Lab
from lab.scenario import Evidence, KeyLog, scenario

NAME, DOMAIN, XMPP = "talk.office.example", "office.example", 5222
ALICES, BOBS, GUESS = "sesame-street", "bobs-own-word", "open-sesame"
SENTENCE = "The coffee is ready."
STREAM = (
    f"<?xml version='1.0'?><stream:stream to='{DOMAIN}' version='1.0' xmlns='jabber:client' "
    "xmlns:stream='http://etherx.jabber.org/streams'>"
)
BIND = "<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>desk</resource></bind></iq>"
GOODBYE = "</stream:stream>"
BY_HAND = ("nc", "-N", NAME, str(XMPP))
KEYS = "/tmp/keys"
UNDER_TLS = (
    *("openssl", "s_client", "-quiet", "-verify_quiet", "-verify_return_error", "-starttls", "xmpp"),
    *("-xmpphost", DOMAIN, "-servername", DOMAIN, "-keylogfile", KEYS, "-connect", f"{NAME}:{XMPP}"),
)
WIRES = 2
"""How many wires each packet crosses."""


@dataclass(frozen=True)
class Seen(Evidence):
    """What went over the wires in each act, what was printed, and the keys that Alice's program has logged."""

    entered: Capture
    said: Capture
    refused: Capture
    ciphered: Capture
    alice_read: str
    bob_read: str
    eve_read: str
    under_tls: str
    keys: KeyLog


@scenario("xmpp", topology="office", shows="xmpp || tls")
def xmpp(lab: Lab) -> Seen:
    """Tell it in four acts: a login by hand, a message, a wrong password, and the login after STARTTLS."""
    alice, bob, eve, talk = lab["alice"], lab["bob"], lab["eve"], lab["talk"]

    with ExitStack() as line:
        with lab.act(
            "Alice goes to the server for instant messages, by hand. She opens a document, and speaks in it.",
            "Her password does not stand there in letters. Is it in cipher?",
            "No: it is written in base64, in which everybody can read it who knows how. The document is open until she "
            "leaves.",
        ) as entered:
            hers = line.enter_context(alice.dialogue(*BY_HAND))
            logs_in(hers, "alice", ALICES)
            hers.types("<presence/>")
            talk.waits_while_says(r"ESTAB +\d+ +[1-9]", "ss", "-Htn")

        with lab.act(
            "Bob is there too. Alice sends him a message.",
            "Does it go to Bob?",
            "To the server, which writes into Bob's document who has sent it, and passes it on.",
        ) as said:
            his = line.enter_context(bob.dialogue(*BY_HAND))
            logs_in(his, "bob", BOBS)
            his.types("<presence/>")
            his.hears("<presence ")
            hers.types(f"<message to='bob@{DOMAIN}' type='chat'><body>{SENTENCE}</body></message>")
            his.hears(SENTENCE)
            leaves(his, bob, said)
            leaves(hers, alice, said)
            line.close()

    with (
        lab.act(
            "Eve tries Alice's name with a word that she has made up.",
            "What does the server say?",
            "A stanza as well: not-authorized. It leaves the document open, so that she may try once more.",
        ) as refused,
        eve.dialogue(*BY_HAND) as netcat,
    ):
        netcat.types(STREAM)
        netcat.hears("</stream:features>")
        netcat.types(plain("alice", GUESS))
        netcat.hears("</failure>")
        leaves(netcat, eve, refused)

    with (
        alice.without(KEYS),
        lab.act(
            "Alice comes once more, with a program that asks the server to go on in cipher.",
            "The port is the same. What can be read now?",
            "That she wants to go on in cipher, and that the server agrees. From there on numbers and lengths.",
        ) as ciphered,
    ):
        with alice.dialogue(*UNDER_TLS) as secret:
            logs_in(secret, "alice", ALICES)
            secret.types(GOODBYE)
            ciphered.waits_for(IP(dst=alice.ip) / TCP(sport=XMPP, flags="R"), WIRES)
        keys = KeyLog(alice.run("cat", KEYS).stdout)

    acts = (entered.capture, said.capture, refused.capture, ciphered.capture)
    return Seen(lab.plan, *acts, hers.said, his.said, netcat.said, secret.said, keys)


def plain(name: str, password: str) -> str:
    """Return the stanza that says who one is (RFC 4616, section 2, in the words of RFC 6120, section 6.4.2)."""
    told = b64encode(f"\0{name}\0{password}".encode()).decode()
    return f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{told}</auth>"


def logs_in(dialogue: Dialogue, name: str, password: str) -> None:
    """Open a document, say who one is, open it anew, and take a place (RFC 6120, sections 4 to 7)."""
    dialogue.types(STREAM)
    dialogue.hears_next("</stream:features>")
    dialogue.types(plain(name, password))
    dialogue.hears_next("<success ")
    dialogue.types(STREAM)
    dialogue.hears_next("</stream:features>")
    dialogue.types(BIND)
    dialogue.hears_next("</iq>")


def leaves(dialogue: Dialogue, node: RunningNode, act: Recording) -> None:
    """Close the document, and wait until the server has closed its own and hung up."""
    dialogue.types(GOODBYE)
    act.waits_for(IP(dst=node.ip) / TCP(sport=XMPP, flags="FA"), WIRES)
