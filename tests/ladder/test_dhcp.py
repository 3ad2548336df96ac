"""What a ladder says of DHCP messages."""

import pytest
from scapy.layers.dhcp import BOOTP, DHCP

from lab.ladder.dhcp import dhcp

ASKED, LEASED, GATE = "10.0.1.23", "10.0.1.24", "10.0.1.1"


def said(bootp, *options):
    packet = BOOTP(bytes(bootp / DHCP(options=[*options, "end", "pad", "pad"])))
    return dhcp(packet[BOOTP], packet)[1]


@pytest.mark.parametrize(
    ("bootp", "options", "words"),
    [
        (BOOTP(op=1), [("message-type", "discover")], "DISCOVER"),
        (BOOTP(op=2, yiaddr=LEASED), [("message-type", "offer")], f"OFFER {LEASED}"),
        (BOOTP(op=1), [("message-type", "request"), ("requested_addr", ASKED)], f"REQUEST {ASKED}"),
        (BOOTP(op=1, ciaddr=LEASED), [("message-type", "request")], f"REQUEST {LEASED} again"),
        (BOOTP(op=1, ciaddr=LEASED), [("message-type", "release")], f"RELEASE {LEASED}"),
        (BOOTP(op=1, giaddr=GATE), [("message-type", "discover")], f"DISCOVER, relayed for {GATE}"),
        (BOOTP(op=2), [("message-type", "nak")], "NAK"),
        (BOOTP(op=1), [("message-type", 99)], "type 99"),
        (BOOTP(op=1), [], "request"),
        (BOOTP(op=2, yiaddr=LEASED), [], f"reply {LEASED}"),
    ],
)
def test_a_message_is_named_with_the_address_that_it_is_about(bootp, options, words):
    assert said(bootp, *options) == words


def test_a_message_without_options_is_what_bootp_says():
    assert dhcp(BOOTP(op=1), BOOTP(op=1)) == ("DHCP", "request")
