"""Mail: a letter goes in by SMTP and comes out by POP3 or by IMAP, with the passwords in the clear; then STARTTLS."""

import re
from dataclasses import dataclass

from lab.capture import Capture
from lab.node import RunningNode
from lab.running import Lab
from lab.scenario import Evidence, KeyLog, scenario

NAME, DOMAIN = "mail.office.example", "office.example"
SMTP, POP3, IMAP = 25, 110, 143
PASSWORD, GUESS = "bobs-own-word", "open-sesame"
TEXT = "There is cake in the kitchen. Come before the others do."
LETTER = (f"From: alice@{DOMAIN}", f"To: bob@{DOMAIN}", "Subject: Cake", "", TEXT)
FIRST = f"imap://bob:{PASSWORD}@{NAME}/INBOX;MAILINDEX=1"
KEYS = "/tmp/keys"
UNDER_TLS = (
    *("openssl", "s_client", "-quiet", "-verify_quiet", "-verify_return_error", "-starttls", "imap"),
    *("-keylogfile", KEYS, "-connect", f"{NAME}:{IMAP}"),
)
CURL = ("curl", "--silent", "--show-error")
NO_SUCH_PERSON = "carol"
HUNG_UP = ("CLOSE-WAIT", "ss", "-Htn")
"""What a client is told of a connection that the server has ended."""


@dataclass(frozen=True)
class Seen(Evidence):
    """What went over the wires in each act, what was printed, and the keys that Bob's program has logged."""

    sent: Capture
    looked: Capture
    ciphered: Capture
    fetched: Capture
    returned: Capture
    refused: Capture
    alice_read: str
    by_imap: str
    in_cipher: str
    by_pop3: str
    complaint: str
    refusal: str
    keys: KeyLog


@scenario("mail", topology="office", shows="smtp || imf || imap || pop || tls")
def mail(lab: Lab) -> Seen:
    """Tell it in six acts: sent, read by IMAP, by IMAP in cipher, taken by POP3, and twice in vain."""
    alice, bob, eve, server = lab["alice"], lab["bob"], lab["eve"], lab["mail"]

    with lab.act(
        "Alice writes to Bob, and hands the letter to the server by herself, word by word.",
        "Nobody asks her for a password. Who makes sure that the letter is from Alice?",
        "Nobody. Whoever takes letters for Bob takes them from everybody; what she says about herself is copied.",
    ) as sent:
        said = by_hand(alice)
    (number,) = re.findall(r"250 2\.0\.0 (\w+) Message", said)
    server.waits_for_log(f"mda delivery evpid={number}")

    with lab.act(
        "Bob reads it by IMAP, which leaves it where it is.",
        "He has a password. How does the server come to know it?",
        "He says it, in one line with his name. So does everybody know who sits between him and the server.",
    ) as looked:
        by_imap = bob.types(*CURL, FIRST)

    with (
        bob.without(KEYS),
        lab.act(
            "He reads it once more, by hand, with a program that asks for TLS first.",
            "The port is the same. From where on can nobody else read it?",
            "From the word STARTTLS on. Before it the two have only said what they are able to.",
        ) as ciphered,
    ):
        in_cipher = under_tls(bob, server)
        keys = KeyLog(bob.run("cat", KEYS).stdout)

    with lab.act(
        "He takes it home by POP3, by hand, and has it deleted.",
        "What is different from IMAP?",
        "POP3 knows one mailbox, and numbers: fetch 1, delete 1, goodbye. What is deleted is gone when he hangs up.",
    ) as fetched:
        by_pop3 = takes_it(bob)

    with lab.act(
        "Alice writes to Carol, who is not from here.",
        "When does she learn that there is no Carol?",
        "At once, at the name on the envelope: 550. The letter itself never leaves her hands.",
    ) as returned:
        sender = ("--mail-from", f"alice@{DOMAIN}", "--mail-rcpt", f"{NO_SUCH_PERSON}@{DOMAIN}")
        complaint = alice.tries(*CURL, *sender, "--upload-file", "/etc/hostname", f"smtp://{NAME}/alice").stderr

    with lab.act(
        "Eve would like to read Bob's letters.",
        "She does not know his word. What will the server say?",
        "That it was wrong. It takes its time, so that nobody tries a thousand of them.",
    ) as refused:
        refusal = eve.tries(*CURL, f"pop3://bob:{GUESS}@{NAME}/").stderr
    server.begins_anew()  # Dovecot keeps what it has started for its guests, for a minute

    acts = (sent.capture, looked.capture, ciphered.capture, fetched.capture, returned.capture, refused.capture)
    return Seen(lab.plan, *acts, said, by_imap, in_cipher, by_pop3, complaint, refusal, keys)


def by_hand(alice: RunningNode) -> str:
    """Hand a letter over by typing all that a program would say (RFC 5321, appendix D); return what was answered."""
    with alice.dialogue("nc", "-N", NAME, str(SMTP)) as line:
        line.hears("220 ")
        for word, answer in (
            ("EHLO alice", "250 HELP"),
            (f"MAIL FROM:<alice@{DOMAIN}>", "250 2.0.0 Ok"),
            (f"RCPT TO:<bob@{DOMAIN}>", "250 2.1.5"),
            ("DATA", "354 "),
        ):
            line.types(word)
            line.hears_next(answer)
        for word in (*LETTER, "."):
            line.types(word)
        line.hears_next("Message accepted")
        line.types("QUIT")
        alice.waits_until_says(*HUNG_UP, f"dport = :{SMTP}")
    return line.said


def under_tls(bob: RunningNode, server: RunningNode) -> str:
    """Have a program begin TLS, and type what curl has said before; return what was answered."""
    with bob.dialogue(*UNDER_TLS) as line:
        for number, word in enumerate(
            (f"LOGIN bob {PASSWORD}", "SELECT INBOX", "FETCH 1 BODY[TEXT]", "LOGOUT"), start=1
        ):
            line.types(f"B{number} {word}")
            line.hears_next(f"B{number} OK")
    server.waits_until_silent("ss", "-Htn", f"sport = :{IMAP}")  # each end has heard the other's goodbye
    return line.said


def takes_it(bob: RunningNode) -> str:
    """Fetch the first letter and delete it by typing what a program would say (RFC 1939, section 10)."""
    with bob.dialogue("nc", "-N", NAME, str(POP3)) as line:
        line.hears("+OK ")
        for word, answer in (
            ("USER bob", "+OK"),
            (f"PASS {PASSWORD}", "+OK Logged in."),
            ("LIST", "\n."),
            ("RETR 1", "\n."),
            ("DELE 1", "+OK"),
            ("QUIT", "+OK"),
        ):
            line.types(word)
            line.hears_next(answer)
        bob.waits_until_says(*HUNG_UP, f"dport = :{POP3}")
    return line.said
