"""SNMP: a device tells whoever knows a word, and says the word aloud; version 3 does better."""

from dataclasses import dataclass

from lab.capture import Capture
from lab.running import Lab
from lab.scenario import Evidence, scenario

NAME, WORD, GUESS = "ups.office.example", "watchword", "public"
USER, PASSWORD = "keeper", "keep-it-safe"
SYSTEM, LOCATION = ".1.3.6.1.2.1.1", ".1.3.6.1.2.1.1.6.0"
BY_NUMBERS = ("-M", "", "-On")
"""Names of objects are in files that the lab does not have; the frames carry numbers anyhow."""
ONCE = ("-t", "1", "-r", "0")
"""Waits a second for an answer, and does not ask again."""
BY_WORD = ("-v", "2c", "-c")
BY_USER = ("-v", "3", "-l", "authPriv", "-u", USER, "-a", "SHA", "-A", PASSWORD, "-x", "AES", "-X", PASSWORD)


@dataclass(frozen=True)
class Seen(Evidence):
    """What went over the wires in each act, and what was printed."""

    walked: Capture
    guessed: Capture
    ciphered: Capture
    told: str
    complaint: str
    told_in_cipher: str


@scenario("snmp", topology="office", shows="snmp")
def snmp(lab: Lab) -> Seen:
    """Tell it in three acts: with the right word, with a wrong one, and with a user's keys."""
    alice, eve = lab["alice"], lab["eve"]

    with lab.act(
        "In the cellar stands a battery that keeps the light on. Alice asks it who it is, and what comes after "
        "that, and so on to the end.",
        "The battery does not ask for a name. How does it know that Alice may?",
        "By a word that both know, the community. It stands in each question and each answer, for everybody to read.",
    ) as walked:
        told = alice.types("snmpwalk", *BY_WORD, WORD, *BY_NUMBERS, NAME, SYSTEM)

    with lab.act(
        "Eve asks with the word that most devices come with.",
        "What does the battery say to a wrong word?",
        "Nothing at all. Eve cannot tell it from a battery that is not there.",
    ) as guessed:
        complaint = eve.tries("snmpget", *ONCE, *BY_WORD, GUESS, *BY_NUMBERS, NAME, LOCATION).stderr

    with lab.act(
        "Alice asks by version 3, as a user with a password.",
        "It is one question. Why are there four packets?",
        "Her program first has to know which battery it is, and what time it has: so a packet that was heard today "
        "is worth nothing tomorrow. Then it asks, and question and answer are in cipher. The name of the user is not.",
    ) as ciphered:
        told_in_cipher = alice.types("snmpget", *BY_USER, *BY_NUMBERS, NAME, LOCATION)

    acts = (walked.capture, guessed.capture, ciphered.capture)
    return Seen(lab.plan, *acts, told, complaint, told_in_cipher)
