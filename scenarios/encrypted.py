"""Encrypted: the same page over TLS. Only the name can be read, unless one has the keys; and a liar is found out."""

from dataclasses import dataclass

from lab.capture import Capture
from lab.running import Lab
from lab.scenario import Evidence, KeyLog, scenario

NAME = "www.office.example"

HTTPS, FORGED = 443, 8443
CURL = ("curl", "--silent", "--show-error")
KEYS = "/tmp/keys"
CERTIFICATE, KEY = "/tmp/forged.crt", "/tmp/forged.key"

FORGES = (
    *("openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-keyout", KEY, "-out", CERTIFICATE),
    *("-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}"),
)
"""Makes a certificate that says the same as the true one, and is signed by nobody but its maker."""

SERVES = ("openssl", "s_server", "-accept", str(FORGED), "-cert", CERTIFICATE, "-key", KEY, "-www", "-naccept", "1")


@dataclass(frozen=True)
class Seen(Evidence):
    """What went over the wires in each act, what was printed, and the keys that Alice's program has logged."""

    plain: Capture
    ciphered: Capture
    logged: Capture
    forged: Capture
    by_http: str
    by_https: str
    with_keys: str
    keys: KeyLog
    refused: str
    exit_code: int


@scenario("encrypted", topology="office", shows="tls || http || arp.duplicate-address-detected")
def encrypted(lab: Lab) -> Seen:
    """Tell it in four acts: in the clear, under TLS, with the keys, and with a liar in the middle."""
    alice, eve, router = lab["alice"], lab["eve"], lab["router"]

    with lab.act(
        "Alice fetches a page over HTTP. Whoever is on the way can read it.",
        "The page is about coffee. Who besides her and the server gets to see that?",
        "Everybody whose wire it crosses: here the router, elsewhere a dozen of them.",
    ) as plain:
        by_http = alice.types(*CURL, f"http://{NAME}/")

    with lab.act(
        "The same page over HTTPS: HTTP inside of TLS, at port 443.",
        "What can somebody on the way still learn?",
        "Who speaks to whom, how much, and when; and the name of the server, which the first message says aloud. The "
        "certificate that proves the name comes ciphered already (TLS 1.3).",
    ) as ciphered:
        by_https = alice.types(*CURL, f"https://{NAME}/")

    with alice.without(KEYS):
        with lab.act(
            "Once more. This time Alice's program writes down its keys, as a developer would have it do.",
            "The frames are as unreadable as before. What are the keys good for?",
            "Whoever has the frames and the keys can read everything. The capture of this run carries them: open it in "
            "Wireshark.",
        ) as logged:
            with_keys = alice.types("env", f"SSLKEYLOGFILE={KEYS}", *CURL, f"https://{NAME}/")
        keys = KeyLog(alice.run("cat", KEYS).stdout)

    with (
        eve.without(CERTIFICATE, KEY),
        lab.act(
            "Eve makes a certificate, steps between, as in the proposal, and answers for the server.",
            "Her certificate says the same name. How can Alice's program know?",
            "By the signature: none of those whom it believes has signed it. It says so to the server, says so to "
            "Alice, and has not sent a single byte of its request.",
        ) as forged,
    ):
        eve.types(*FORGES)
        with (
            eve.serving(*SERVES) as server,
            eve.redirecting(HTTPS, FORGED),
            eve.running("poison", alice.ip, router.on("floor").ip),
        ):
            server.hears("ACCEPT")
            alice.waits_for_neighbour(router.on("floor").ip, at=eve.mac)
            tried = alice.tries(*CURL, "--tls-max", "1.2", f"https://{NAME}/")
            server.hears("server accepts")

    return Seen(
        lab.plan,
        plain.capture,
        ciphered.capture,
        logged.capture,
        forged.capture,
        by_http,
        by_https,
        with_keys,
        keys,
        tried.stderr,
        tried.exit_code,
    )
