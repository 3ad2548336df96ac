"""SSH: the same login in cipher, and what can be read of it all the same."""

from dataclasses import dataclass

from lab.capture import Capture
from lab.running import Lab
from lab.scenario import Evidence, scenario

NAME, PASSWORD, GUESS = "shell.office.example", "sesame-street", "open-sesame"
KNOWN = "/tmp/known_hosts"
CONNECTIONS = ("ss", "-Htn", "sport = :22")
"""Asks the machine who is there; who is not there any more has heard its goodbye."""


def called(password: str) -> tuple[str, ...]:
    """Return the command that logs in with a password, and reads a note."""
    options = (f"UserKnownHostsFile={KNOWN}", "HashKnownHosts=no", "StrictHostKeyChecking=accept-new")
    ssh = ("ssh", *(word for option in options for word in ("-o", option)))
    return ("sshpass", "-p", password, *ssh, f"alice@{NAME}", "cat", "note.txt")


@dataclass(frozen=True)
class Seen(Evidence):
    """What went over the wires in each act, and what was printed; ``known`` is the line that Alice's program keeps."""

    entered: Capture
    again: Capture
    refused: Capture
    note: str
    known: str
    once_more: str
    eve_exit: int


@scenario("ssh", topology="office", shows="ssh")
def ssh(lab: Lab) -> Seen:
    """Tell it in three acts: a stranger's key, the same key again, and a wrong password."""
    alice, eve, shell = lab["alice"], lab["eve"], lab["shell"]

    with alice.without(KNOWN), eve.without(KNOWN):
        with lab.act(
            "Alice logs in to another machine, by SSH. She has never been there.",
            "How does she know that it is the right machine, and not somebody who says so?",
            "She does not. It has shown a key, and her program keeps it: whoever answers the next time must have the "
            "same. Everything after that is in cipher.",
        ) as entered:
            note = alice.types(*called(PASSWORD))
            known = alice.types("cat", KNOWN)
            shell.waits_until_silent(*CONNECTIONS)

        with lab.act(
            "She goes there once more.",
            "What will be different on the wire?",
            "Nothing that could be read. Her program compares the key, finds it again, and says nothing.",
        ) as again:
            once_more = alice.types(*called(PASSWORD))
            shell.waits_until_silent(*CONNECTIONS)

        with lab.act(
            "Eve tries a word that she has made up.",
            "Can somebody else on the wire tell that she was refused?",
            "Not from the words, which are in cipher as well. But she got no note, and so her talk was short.",
        ) as refused:
            tried = eve.tries(*called(GUESS))
            shell.waits_until_silent(*CONNECTIONS)

    return Seen(lab.plan, entered.capture, again.capture, refused.capture, note, known, once_more, tried.exit_code)
