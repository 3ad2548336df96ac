"""IRC: a chat that asks for a password, and says it aloud to everybody on the way; and the same under TLS."""

from contextlib import ExitStack
from dataclasses import dataclass

from scapy.layers.inet import IP, TCP

from lab.capture import Capture
from lab.dialogue import Dialogue
from lab.node import RunningNode
from lab.recorder import Recording
from lab.running import Lab
from lab.scenario import Evidence, KeyLog, scenario

NAME, PASSWORD, GUESS = "chat.office.example", "django4life", "letmein"
IRC, IRCS = 6667, 6697
ROOM = "#kitchen"
SENTENCE = "There is cake in the kitchen."
WELCOMED, LISTED = " 396 ", " 366 "
"""Numbers of the last line of a welcome, and of the list of who is in a room (RFC 2812, section 5.1)."""
UNCONFIRMED = r"ESTAB +\d+ +[1-9]"
"""What ss says of a connection where something was sent that is not confirmed yet."""
GONE = 1
"""What sic ends with when the server has hung up, whoever wanted that."""

WIRES = 2
"""How many wires each packet crosses."""
SHAKES = 2
"""How many packets with data it takes until a client may say something under TLS 1.3 (RFC 8446, section 2)."""

KEYS = "/tmp/keys"
BY_HAND = ("nc", "-N", NAME, str(IRC))
BY_SIC = ("sic", "-h", NAME, "-p", str(IRC), "-k", PASSWORD, "-n", "bob")
UNDER_TLS = (
    *("openssl", "s_client", "-quiet", "-verify_quiet", "-verify_return_error"),
    *("-keylogfile", KEYS, "-connect", f"{NAME}:{IRCS}"),
)


@dataclass(frozen=True)
class Seen(Evidence):
    """What went over the wires in each act, what was printed, and the keys that Alice's program has logged."""

    entered: Capture
    talked: Capture
    refused: Capture
    ciphered: Capture
    alice_read: str
    bob_read: str
    eve_read: str
    under_tls: str
    keys: KeyLog


@scenario("irc", topology="office", shows="irc || tls")
def irc(lab: Lab) -> Seen:
    """Tell it in four acts: the password by hand, a chat, a wrong password, and the password under TLS."""
    alice, bob, eve, chat = lab["alice"], lab["bob"], lab["eve"], lab["chat"]
    chat.begins_anew()  # it counts its visitors

    with ExitStack() as line:
        with lab.act(
            "Alice goes to the chat, by hand: a word to be let in, a name, and who she is. Then she enters a room.",
            "She has typed a password. Who can read it?",
            "Everybody whose wire it crosses. It is a line of text like any other, and it comes first of all.",
        ) as entered:
            hers = line.enter_context(alice.dialogue(*BY_HAND))
            introduces(hers, alice, PASSWORD, entered)
            hers.hears(WELCOMED)
            hers.types(f"JOIN {ROOM}")
            hers.hears(LISTED)
            chat.waits_while_says(UNCONFIRMED, "ss", "-Htn")

        with lab.act(
            "Bob comes too, with a program made for it, and says something.",
            "Does what he says go to Alice?",
            "To the server alone, which knows who is in the room, and tells each of them. Bob's program says the same "
            "words as Alice has typed.",
        ) as talked:
            with bob.dialogue(*BY_SIC, exit_code=GONE) as his:
                his.hears("End of MOTD")
                his.types(f":j {ROOM}")
                his.hears("End of NAMES")
                his.types(SENTENCE)
                hers.hears(SENTENCE)
                his.types(":QUIT")
                his.hears("ERROR")
            hers.hears("QUIT :bob")
            hers.types("QUIT")
            talked.waits_for(IP(dst=alice.ip) / TCP(sport=IRC, flags="FA"), WIRES)
            line.close()

    with (
        lab.act(
            "Eve tries as well. She does not know the word.",
            "What will the server say, and how much will it tell her first?",
            "One line, and it hangs up. It takes all three words before it judges them.",
        ) as refused,
        eve.dialogue(*BY_HAND) as netcat,
    ):
        introduces(netcat, eve, GUESS, refused)
        refused.waits_for(IP(dst=eve.ip) / TCP(sport=IRC, flags="FA"), WIRES)

    with (
        alice.without(KEYS),
        lab.act(
            "Alice comes once more, over TLS, at the other port.",
            "She types the very same words. What is left of them on the wire?",
            "Their number and their length. The server's certificate says who it is before she says anything.",
        ) as ciphered,
    ):
        with alice.dialogue(*UNDER_TLS) as secret:
            introduces(secret, alice, PASSWORD, ciphered, IRCS, SHAKES)
            secret.hears(WELCOMED)
            secret.types("QUIT")
            secret.hears("ERROR")
            ciphered.waits_for(IP(dst=alice.ip) / TCP(sport=IRCS, flags="R"), WIRES)
        keys = KeyLog(alice.run("cat", KEYS).stdout)

    acts = (entered.capture, talked.capture, refused.capture, ciphered.capture)
    return Seen(lab.plan, *acts, hers.said, his.said, netcat.said, secret.said, keys)


def introduces(
    program: Dialogue, who: RunningNode, password: str, act: Recording, port: int = IRC, before: int = 0
) -> None:
    """Say what a server wants to hear first (RFC 2812, section 3.1), each line in a packet of its own.

    ``before`` is how many packets with data went ahead of them.
    """
    lines = (f"PASS {password}", f"NICK {who.name}", f"USER {who.name} 0 * :{who.name.title()}")
    for number, said in enumerate(lines, start=before + 1):
        program.types(said)
        act.waits_for(IP(src=who.ip) / TCP(dport=port, flags="PA"), number * WIRES)
