"""FTP: one connection to talk, another one for the file, and a password in the clear."""

from dataclasses import dataclass

from lab.capture import Capture
from lab.running import Lab
from lab.scenario import Evidence, scenario

NAME, PASSWORD, GUESS, FILE = "files.office.example", "sesame-street", "open-sesame", "recipe.txt"
CURL = ("curl", "--silent", "--show-error")


@dataclass(frozen=True)
class Seen(Evidence):
    """What went over the wires in each act, and what was printed."""

    fetched: Capture
    listed: Capture
    missing: Capture
    refused: Capture
    recipe: str
    listing: str
    complaint: str
    eve_exit: int


@scenario("ftp", topology="office", shows="ftp || ftp-data")
def ftp(lab: Lab) -> Seen:
    """Tell it in four acts: a file, the list of files, a file that is not there, and a wrong word."""
    alice, bob, eve = lab["alice"], lab["bob"], lab["eve"]

    with lab.act(
        "Alice fetches a recipe from the file server.",
        "How many connections does one file need?",
        "Two. By the first she says who she is, and what she wants; the server names a port, and to that she makes the "
        "second one, which carries the file and nothing else.",
    ) as fetched:
        recipe = alice.types(*CURL, f"ftp://alice:{PASSWORD}@{NAME}/{FILE}")

    with lab.act(
        "Bob looks what else there is. He has heard Alice's password go by.",
        "Does the list come by the first connection, or by the second?",
        "By a second one again: a list is a file like any other.",
    ) as listed:
        listing = bob.types(*CURL, "--list-only", f"ftp://alice:{PASSWORD}@{NAME}/")

    with lab.act(
        "Alice asks for a file that is not there.",
        "Which of the two connections tells her?",
        "The first. Each answer begins with a number of three digits, and one with a 5 means: do not try that again.",
    ) as missing:
        complaint = alice.tries(*CURL, f"ftp://alice:{PASSWORD}@{NAME}/tea.txt").stderr

    with lab.act(
        "Eve makes up a password.",
        "What does the server say, and when?",
        "530, after both words, and after three seconds: who has to wait for each does not try a thousand of them.",
    ) as refused:
        tried = eve.tries(*CURL, f"ftp://alice:{GUESS}@{NAME}/{FILE}")

    acts = (fetched.capture, listed.capture, missing.capture, refused.capture)
    return Seen(lab.plan, *acts, recipe, listing, complaint, tried.exit_code)
