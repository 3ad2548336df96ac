"""Asking a service of the network namespace that the process is in, or reading what it wrote down."""

import base64
import contextlib
import os
import re
import socket
import stat
from pathlib import Path

PATIENCE = 0.5  # seconds for one answer; inside a node it is there at once or not at all
MOST = 1 << 20  # bytes of an answer


def answer(transport, port, send, expect, path="", whole="", root="/"):
    """Ask once. Return whether the answer is as expected, and what was said, or why nothing was.

    An answer that fits ``whole`` is at its end: nothing more is waited for.

    What is at ``path``, a socket ("unix") or a "file", is looked for below ``root``; "kernel" is one of the kernel's
    tables about this network namespace, such as "udp".
    """
    wanted = re.compile(base64.b64decode(expect), re.DOTALL)
    enough = re.compile(base64.b64decode(whole), re.DOTALL) if whole else wanted
    try:
        if transport == "file":
            said = read(root, path)
        elif transport == "kernel":
            said = Path("/proc/thread-self/net", path).read_bytes()
        elif transport == "unix":
            with reached(root, path) as at, socket.socket(socket.AF_UNIX) as asker:
                said = converse(asker, str(at), base64.b64decode(send), wanted, enough)
        else:
            kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
            with socket.socket(socket.AF_INET, kind) as asker:
                said = converse(asker, ("127.0.0.1", port), base64.b64decode(send), wanted, enough)
    except OSError as error:
        return False, str(error).encode()
    return bool(wanted.search(said)), said


def converse(asker, address, send, wanted, enough):
    """Send the question, and return what is said until it is as wanted or enough, or nothing more comes."""
    asker.settimeout(PATIENCE)
    asker.connect(address)
    asker.sendall(send)
    said = b""
    try:
        while not (wanted.search(said) or enough.search(said)) and len(said) < MOST and (piece := asker.recv(65536)):
            said += piece
    except OSError:
        if not said:
            raise
    return said


def read(root, path):
    """Return what stands in a file below ``root``."""
    with reached(root, path) as at:
        if not stat.S_ISREG(at.stat().st_mode):  # opening a FIFO would wait for its writer
            raise PermissionError(f"{path} is no file")
        with at.open("rb") as file:
            return file.read(MOST)


@contextlib.contextmanager
def reached(root, path):
    """Give a name for what is at ``path`` below ``root``; a link on the way, which could lead out, is refused."""
    with contextlib.ExitStack() as opened:
        at = os.open(root, os.O_PATH | os.O_DIRECTORY)
        opened.callback(os.close, at)
        for name in path.strip("/").split("/"):
            at = os.open(name, os.O_PATH | os.O_NOFOLLOW, dir_fd=at)
            opened.callback(os.close, at)
            if name in (".", "..") or stat.S_ISLNK(os.fstat(at).st_mode):
                raise PermissionError(f"the way to {path} leads elsewhere")
        yield Path(f"/proc/self/fd/{at}")
