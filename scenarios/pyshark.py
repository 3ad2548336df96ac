"""pyshark: a library that has tshark take frames apart, and what a program asks it."""

from dataclasses import dataclass

from lab.capture import Capture
from lab.running import Lab
from lab.scenario import Evidence, scenario

NAME = "gallery.office.example"
PINGS = 4


@dataclass(frozen=True)
class Seen(Evidence):
    """What went over the wires in each act, and what the programs printed."""

    fetched: Capture
    pinged: Capture
    page: str
    counted: str


@scenario("pyshark", topology="office", shows="dns || http || icmp")
def pyshark(lab: Lab) -> Seen:
    """Tell it in two acts: a page is fetched, and a machine is asked whether it is there."""
    alice = lab["alice"]
    with lab.act(
        "Alice fetches a page.",
        "How would a program find the questions for names among all these packets?",
        "By a display filter, as in Wireshark: pyshark has tshark keep what fits, and gives each packet its fields.",
    ) as fetched:
        page = alice.types("curl", "--silent", "--show-error", f"http://{NAME}/")

    with lab.act(
        f"She asks {PINGS} times whether the machine is there.",
        "A capture may be longer than the memory. How does a program look at each packet all the same?",
        "One after the other, and it keeps none: that is what apply_on_packets and keep_packets are for.",
    ) as pinged:
        said = alice.types("ping", "-n", "-q", "-c", str(PINGS), "-i", "0.05", NAME)

    counted = next(line for line in said.splitlines() if "transmitted" in line)
    return Seen(lab.plan, fetched.capture, pinged.capture, page, counted.partition(", ")[0])
