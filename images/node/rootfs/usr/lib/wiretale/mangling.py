"""What a wire does to a frame that somebody chose: it lets the next one pass, or it comes twice.

Frames that fit are counted, those of one way by themselves, so that it is the same one in every run.
"""

import struct

IPV4, IPV6 = 0x0800, 0x86DD
ICMP, TCP, UDP, ICMPV6 = 1, 6, 17, 58
PROTOCOLS = {"icmp": (ICMP, ICMPV6), "tcp": (TCP,), "udp": (UDP,)}
ETHERNET, IPV6_HEADER = 14, 40
FLAGS = "FSRPAU"  # from the lowest bit on, RFC 9293, section 3.1


class Mangled:
    """One frame of a way, chosen by what it is and by its number; ``late`` or ``twice`` is what happens to it."""

    def __init__(self, does, nth, **wanted):
        self.does = does
        self.nth = nth
        self.wanted = wanted
        self.came = 0
        self.held = []

    def meets(self, frame):
        """Count a frame that comes, if it fits; return whether it does."""
        fitting = fits(frame, **self.wanted)
        self.came += fitting
        return fitting

    def wants(self, does):
        """Return whether this is what shall happen to the frame that was counted last."""
        return self.does == does and self.came == self.nth

    def lets_go(self):
        """Return what is held, and hold it no longer."""
        held, self.held = self.held, []
        return held


def passed(frame, choices):
    """Return what goes on when a frame comes: it, or it twice, or nothing yet, and then those that have let it pass.

    Each choice counts what comes, and not what others make of it.
    """
    fitting = [one for one in choices if one.meets(frame)]
    free = [held for one in fitting for held in one.lets_go()]
    copies = [frame, frame] if any(one.wants("twice") for one in fitting) else [frame]
    late = next((one for one in fitting if one.wants("late")), None)
    if late is None:
        return [*copies, *free]
    late.held = copies
    return free


def fits(frame, protocol, sport=None, dport=None, flags="", data=None):
    """Return whether a frame is what is wanted; ports, flags and data are asked of a packet's first piece alone."""
    found = transport(frame)
    if not found or found[0] not in PROTOCOLS[protocol]:
        return False
    number, segment = found
    if number in (ICMP, ICMPV6):
        return True
    if len(segment) < (20 if number == TCP else 8):
        return False
    source, destination = struct.unpack_from("!HH", segment)
    if sport not in (None, source) or dport not in (None, destination):
        return False
    if number == UDP:
        return True
    header, told = (segment[12] >> 4) * 4, segment[13] & 0x3F
    asked = sum(1 << FLAGS.index(flag) for flag in flags)
    return (not flags or told == asked) and data in (None, len(segment) > header)


def transport(frame):
    """Return the number of the protocol above IP and its bytes; None where none is, or only a later piece of it."""
    if len(frame) < ETHERNET + 20:
        return None
    kind = int.from_bytes(frame[12:14], "big")
    packet = frame[ETHERNET:]
    if kind == IPV4:
        length, piece = struct.unpack_from("!2xH2xH", packet)
        return None if piece & 0x1FFF else (packet[9], packet[(packet[0] & 0xF) * 4 : length])
    if kind == IPV6 and len(packet) >= IPV6_HEADER:
        return packet[6], packet[IPV6_HEADER : IPV6_HEADER + int.from_bytes(packet[4:6], "big")]
    return None
