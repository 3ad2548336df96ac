"""The queues of interfaces that let frames out late: how many each has let out so far, and how many it holds.

Asked of the kernel by rtnetlink(7), with the statistics of linux/gen_stats.h.
"""

import socket
import struct

RTM_GETQDISC, NLMSG_ERROR, NLMSG_DONE = 38, 2, 3
NLM_F_REQUEST, NLM_F_DUMP = 0x1, 0x300
TC_H_ROOT = 0xFFFFFFFF
TCA_KIND, TCA_STATS2, TCA_STATS_BASIC, TCA_STATS_QUEUE = 1, 7, 1, 3
SLOW = (b"tbf", b"netem")

NLMSGHDR = struct.Struct("=IHHII")  # length, type, flags, sequence, port
TCMSG = struct.Struct("=BxxxiIII")  # family, ifindex, handle, parent, info
NLA = struct.Struct("=HH")
BASIC = struct.Struct("=QI")  # bytes, packets
QUEUE = struct.Struct("=I")  # length, and more


class Queues:
    """The slow queues of this network namespace."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)

    def now(self):
        """Return, for each interface with a slow queue, how many packets it has let out and how many it holds."""
        length = NLMSGHDR.size + TCMSG.size
        header = NLMSGHDR.pack(length, RTM_GETQDISC, NLM_F_REQUEST | NLM_F_DUMP, 0, 0)
        self.socket.send(header + TCMSG.pack(0, 0, 0, 0, 0))
        queues = {}
        while True:
            for kind, body in messages(self.socket.recv(1 << 16)):
                if kind == NLMSG_ERROR:
                    raise OSError("the kernel does not tell the queues of its interfaces")
                if kind == NLMSG_DONE:
                    return queues
                queues.update(queue(body))


def messages(data):
    """Yield the type and the body of each netlink message."""
    at = 0
    while at < len(data):
        length, kind, _, _, _ = NLMSGHDR.unpack_from(data, at)
        yield kind, data[at + NLMSGHDR.size : at + length]
        at += (length + 3) & ~3


def queue(body):
    """Yield the one entry of a slow queue, and nothing for others."""
    _, index, _, parent, _ = TCMSG.unpack_from(body)
    told = attributes(body[TCMSG.size :])
    if parent == TC_H_ROOT and told[TCA_KIND].rstrip(b"\0") in SLOW:
        statistics = attributes(told[TCA_STATS2])
        _, out = BASIC.unpack_from(statistics[TCA_STATS_BASIC])
        (held,) = QUEUE.unpack_from(statistics[TCA_STATS_QUEUE])
        yield index, (out, held)


def attributes(data):
    """Return the attributes of a message, or those in an attribute, by type."""
    found, at = {}, 0
    while at + NLA.size <= len(data):
        length, kind = NLA.unpack_from(data, at)
        found[kind] = data[at + NLA.size : at + length]
        at += (length + 3) & ~3
    return found


class Held:
    """What the slow queues held at one moment; they are first in, first out."""

    def __init__(self, queues):
        self.queues = queues
        self.then = {index: counts for index, counts in queues.now().items() if counts[1]}

    def is_out(self):
        """Tell whether all of it is out by now; a queue that was emptied, because its cable was pulled, lost it."""
        if self.then:
            now = self.queues.now()
            self.then = {index: then for index, then in self.then.items() if still(then, now.get(index, (0, 0)))}
        return not self.then


def still(then, now):
    """Tell whether a queue still holds some of what it held then; packets are counted in 32 bits."""
    return now[1] > 0 and (now[0] - then[0]) % (1 << 32) < then[1]
