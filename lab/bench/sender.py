"""Sends small frames at an even rate: `sender.py RATE SECONDS`, inside a node; prints how many went, in how long.

It runs in a node alone, from its standard input. Frames are of a local experimental EtherType (IEEE Std 802), so that
nobody answers them; many go with one system call, sendmmsg(2).
"""

import ctypes
import json
import select
import socket
import sys
import time

ETHER_TYPE = 0x88B6
FRAME = b"\x02" + bytes(4) + b"\x02" + b"\x02" + bytes(4) + b"\x01" + ETHER_TYPE.to_bytes(2, "big") + bytes(46)
MOST = 64
"""Frames that go at once at most."""


class Piece(ctypes.Structure):
    """struct iovec."""

    _fields_ = (("base", ctypes.c_char_p), ("length", ctypes.c_size_t))


class Message(ctypes.Structure):
    """struct mmsghdr: a msghdr, and how much of it went."""

    _fields_ = (
        ("name", ctypes.c_void_p),
        ("name_length", ctypes.c_uint),
        ("pieces", ctypes.POINTER(Piece)),
        ("count", ctypes.c_size_t),
        ("control", ctypes.c_void_p),
        ("control_length", ctypes.c_size_t),
        ("flags", ctypes.c_int),
        ("went", ctypes.c_uint),
    )


def main(rate: int, seconds: float) -> None:
    """Send so many frames a second for so long, and tell how it went."""
    out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    out.bind(("wire", 0))
    piece = Piece(FRAME, len(FRAME))
    messages = (Message * MOST)(*(Message(None, 0, ctypes.pointer(piece), 1, None, 0, 0, 0) for _ in range(MOST)))
    send = ctypes.CDLL(None, use_errno=True).sendmmsg
    total, sent, began = int(rate * seconds), 0, time.monotonic()
    while sent < total:
        due = min(total, int((time.monotonic() - began) * rate)) - sent
        if due > 0:
            went = send(out.fileno(), messages, min(due, MOST), 0)
            sent += max(went, 0)
        else:
            select.select((), (), (), MOST / rate / 2)  # until half of the next ones are due
    sys.stdout.write(json.dumps({"sent": sent, "seconds": time.monotonic() - began}) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
