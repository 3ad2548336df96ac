"""Surfing: one page is several things, and a browser asks for each of them."""

import json
from dataclasses import dataclass

from lab.capture import Capture
from lab.running import Lab
from lab.scenario import Evidence, scenario

NAME = "gallery.office.example"
FOLDER = "/tmp/surfed"
WGET = ("wget", "--no-verbose", "--page-requisites", "--execute", "robots=off", "--directory-prefix", FOLDER)
READ_ALL = (
    "import json, pathlib, sys; root = pathlib.Path(sys.argv[1]); "
    "files = [one for one in sorted(root.rglob('*')) if one.is_file()]; "
    "print(json.dumps({str(one.relative_to(root)): one.read_text() for one in files}))"
)


@dataclass(frozen=True)
class Seen(Evidence):
    """What went over the wires in each act, what was printed, and what Alice's program has saved, by its path."""

    surfed: Capture
    read: Capture
    exit_code: int
    saved: dict[str, str]
    text: str


@scenario("surfing", topology="office", shows="http")
def surfing(lab: Lab) -> Seen:
    """Tell it in two acts: a page with all that belongs to it, and the page alone."""
    alice, bob = lab["alice"], lab["bob"]
    alice.run("rm", "-rf", FOLDER)

    with lab.act(
        "Alice opens a page with a style and three pictures, as a browser does.",
        "She has asked for one address. How many requests will go out?",
        "Five, one after the other on one connection: for the text, and for each thing that it names. One of the "
        "pictures is not there any more, and the rest of the page does not mind.",
    ) as surfed:
        done = alice.tries(*WGET, f"http://{NAME}/")
    saved = json.loads(alice.run("python3", "-c", READ_ALL, FOLDER).stdout)
    alice.run("rm", "-rf", FOLDER)

    with lab.act(
        "Bob reads the same page with a program that shows letters only.",
        "Will his program ask for the pictures as well?",
        "No. What a page is made of is said by the server; what of it is fetched is decided by the one who reads.",
    ) as read:
        text = bob.types("w3m", "-dump", f"http://{NAME}/")

    return Seen(lab.plan, surfed.capture, read.capture, done.exit_code, saved, text)
