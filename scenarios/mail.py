"""Mail: letters go in by SMTP, come out by IMAP and POP3, in the clear in the clear and in cipher."""

import re
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass

from lab.capture import Capture
from lab.node import RunningNode
from lab.running import Lab
from lab.scenario import Evidence, KeyLog, scenario

NAME, DOMAIN = "mail.office.example", "office.example"
SMTP, SUBMISSION, POP3, IMAP = 25, 587, 110, 143
ALICES, PASSWORD, GUESS = "sesame-street", "bobs-own-word", "open-sesame"
TEXT = "There is cake in the kitchen. Come before the others do."
LETTER = (f"From: alice@{DOMAIN}", f"To: bob@{DOMAIN}", "Subject: Cake", "", TEXT)
LONG_LETTER = "\n".join((*LETTER[:4], *["Stir, and taste, and stir once more, until it is right."] * 400, ""))
"""More than a mailbox of the lab holds."""
LONG = "/tmp/letter"
FIRST = f"imap://bob:{PASSWORD}@{NAME}/INBOX;MAILINDEX=1"
KEYS = "/tmp/keys"
CURL = ("curl", "--silent", "--show-error")
NO_SUCH_PERSON = "dora"
READ = (
    (f"B1 LOGIN bob {PASSWORD}", "B1 OK"),
    ("B2 SELECT INBOX", "B2 OK"),
    ("B3 FETCH 1 BODY[TEXT]", "B3 OK"),
    ("B4 LOGOUT", "B4 OK"),
)
"""What Bob's program has said by itself before, and what the server answers."""
TOKEN = b64encode(f"\0alice\0{ALICES}".encode()).decode()
"""Name and password in one word (RFC 4616)."""
HANDED_IN = (
    ("EHLO alice", "250 "),
    (f"AUTH PLAIN {TOKEN}", "235 "),
    (f"MAIL FROM:<alice@{DOMAIN}>", "250 "),
    (f"RCPT TO:<bob@{DOMAIN}>", "250 "),
    ("DATA", "354 "),
    ("\n".join((*LETTER, ".")), "250 "),
    ("QUIT", "221 "),
)
HUNG_UP = ("CLOSE-WAIT", "ss", "-Htn")
"""What a client is told of a connection that the server has ended."""


@dataclass(frozen=True)
class Seen(Evidence):
    """What went over the wires in each act, what was printed, and the keys that Bob's program has logged."""

    sent: Capture
    looked: Capture
    ciphered: Capture
    fetched: Capture
    unknown: Capture
    refused: Capture
    full: Capture
    handed_in: Capture
    alice_read: str
    by_imap: str
    in_cipher: str
    by_pop3: str
    complaint: str
    refusal: str
    no_room: str
    answers: str
    keys: KeyLog
    alices_keys: KeyLog


@scenario("mail", topology="office", shows="smtp || imf || imap || pop || tls")
def mail(lab: Lab) -> Seen:
    """Tell it in eight acts: sent, read by IMAP, in cipher, taken by POP3, three times in vain, and sent in cipher."""
    alice, bob, eve, server = lab["alice"], lab["bob"], lab["eve"], lab["mail"]

    with lab.act(
        "Alice writes to Bob, and hands the letter to the server by herself, word by word.",
        "Nobody asks her for a password. Who makes sure that the letter is from Alice?",
        "Nobody. Whoever takes letters for Bob takes them from everybody; what she says about herself is copied.",
    ) as sent:
        said = by_hand(alice)
    is_delivered(server, said)

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
        in_cipher = under_tls(bob, server, "imap", IMAP, READ)
        keys = KeyLog(bob.run("cat", KEYS).stdout)

    with lab.act(
        "He takes it home by POP3, by hand, and has it deleted.",
        "What is different from IMAP?",
        "POP3 knows one mailbox, and numbers: fetch 1, delete 1, goodbye. What is deleted is gone when he hangs up.",
    ) as fetched:
        by_pop3 = takes_it(bob)

    with lab.act(
        "Alice writes to Dora, who is not from here.",
        "When does she learn that there is no Dora?",
        "At once, at the name on the envelope: 550. The letter itself never leaves her hands.",
    ) as unknown:
        sender = ("--mail-from", f"alice@{DOMAIN}", "--mail-rcpt", f"{NO_SUCH_PERSON}@{DOMAIN}")
        complaint = alice.tries(*CURL, *sender, "--upload-file", "/etc/hostname", f"smtp://{NAME}/alice").stderr

    with lab.act(
        "Eve would like to read Bob's letters.",
        "She does not know his word. What will the server say?",
        "That it was wrong. It takes its time, so that nobody tries a thousand of them.",
    ) as refused:
        refusal = eve.tries(*CURL, f"pop3://bob:{GUESS}@{NAME}/").stderr

    bob.run("python3", "-c", f"open({LONG!r}, 'w').write({LONG_LETTER!r})")
    with (
        bob.without(LONG),
        lab.act(
            "Bob puts a long letter into his own box, to keep it there.",
            "The box is small. When does he learn that?",
            "At once: he says how long the letter is, and the server counts (RFC 9208). It never leaves his hands.",
        ) as full,
    ):
        no_room = bob.tries(*CURL, "--upload-file", LONG, f"imap://bob:{PASSWORD}@{NAME}/INBOX").stderr

    with (
        alice.without(KEYS),
        lab.act(
            "Alice writes once more, by the door for those who live here: port 587, and TLS before all else.",
            "Here she is asked for a password (RFC 6409). Who can read it, and whom she writes to?",
            "The server alone: password, envelope and letter go in cipher. It passes the letter on to its own port 25.",
        ) as handed_in,
    ):
        answers = under_tls(alice, server, "smtp", SUBMISSION, HANDED_IN)
        alices_keys = KeyLog(alice.run("cat", KEYS).stdout)
    is_delivered(server, answers)
    bob.run(*CURL, "--head", "--request", "DELE 1", f"pop3://bob:{PASSWORD}@{NAME}/")
    server.begins_anew()  # Dovecot keeps what it has started for its guests, for a minute

    acts = (sent.capture, looked.capture, ciphered.capture, fetched.capture, unknown.capture, refused.capture)
    more = (full.capture, handed_in.capture)
    printed = (said, by_imap, in_cipher, by_pop3, complaint, refusal, no_room, answers)
    return Seen(lab.plan, *acts, *more, *printed, keys, alices_keys)


def is_delivered(server: RunningNode, answers: str) -> None:
    """Wait until the letter that the server took is in its box."""
    (number,) = re.findall(r"250 2\.0\.0 (\w+) Message", answers)
    server.waits_for_log(f"mda delivery evpid={number}")


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


def under_tls(
    person: RunningNode, server: RunningNode, protocol: str, port: int, talk: Iterable[tuple[str, str]]
) -> str:
    """Have a program begin TLS, and type each word when the one before is answered; return what was answered."""
    checks = (
        "-quiet",
        "-verify_quiet",
        "-verify_return_error",
        "-crlf",
        "-name",
        person.plan.name,
        "-keylogfile",
        KEYS,
    )
    with person.dialogue("openssl", "s_client", *checks, "-starttls", protocol, "-connect", f"{NAME}:{port}") as line:
        for words, answer in talk:
            for word in words.split("\n"):
                line.types(word)
            line.hears_next(answer)
    server.waits_until_silent("ss", "-Htn", f"sport = :{port}")  # each end has heard the other's goodbye
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
