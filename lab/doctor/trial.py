#!/usr/bin/python3 -IS
"""The trial: does once, inside a short-lived container, what labs ask of the kernel, and tells how it ended.

It runs there as text given to ``python3 -c``, so that an image of any age will do. Its input is one JSON line with the
process id of a node; its answer is one JSON line. Everything that it makes is in its own network namespace, and goes
with it.
"""

import contextlib
import ctypes
import json
import os
import socket
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

CLONE_NEWNET = 0x40000000
SOL_PACKET, PACKET_STATISTICS = 263, 6
ETH_P_ALL = 0x0003

libc = ctypes.CDLL(None, use_errno=True)


class Failed(Exception):
    """What the kernel, or a program, said no to."""


def run(*argv: str, text: str = "") -> None:
    """Run a program. Raises ``Failed`` with what it complained about."""
    try:
        done = subprocess.run(argv, input=text, text=True, capture_output=True, check=False)
    except OSError as error:
        raise Failed(f"{argv[0]}: {error.strerror}") from None
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.strip()]
        raise Failed(said[0] if said else f"{argv[0]} ended with {done.returncode}")


def veth() -> None:
    """Make a wire."""
    run("ip", "link", "add", "name", "wire0", "type", "veth", "peer", "name", "wire1")
    run("ip", "link", "set", "wire0", "up")
    run("ip", "link", "set", "wire1", "up")


def bridge() -> None:
    """Make a switch, and plug a wire in."""
    run("ip", "link", "add", "name", "switch0", "type", "bridge")
    run("ip", "link", "add", "name", "port0", "type", "veth", "peer", "name", "port1")
    run("ip", "link", "set", "port0", "master", "switch0")


def firewall() -> None:
    """Hide a network behind an address, as a router with NAT does."""
    run("nft", "-f", "-", text=_table("ip", "type nat hook postrouting priority srcnat;\nmasquerade"))


def bridge_firewall() -> None:
    """Filter inside a switch."""
    run("nft", "-f", "-", text=_table("bridge", "type filter hook forward priority 0;\nmeta length 9999 drop"))


def numgen() -> None:
    """Count frames inside a switch and drop every third one: a loss that is the same each time."""
    run("nft", "-f", "-", text=_table("bridge", "type filter hook forward priority 0;\nnumgen inc mod 3 0 drop"))


def _table(family: str, rules: str) -> str:
    return f"table {family} trial {{\nchain trial {{\n{rules}\n}}\n}}\ndelete table {family} trial\n"


def tbf() -> None:
    """Slow a wire down."""
    run("tc", "qdisc", "add", "dev", "lo", "root", "tbf", "rate", "1mbit", "burst", "4kb", "latency", "100ms")
    run("tc", "qdisc", "del", "dev", "lo", "root")


def netem() -> None:
    """Delay a wire."""
    run("tc", "qdisc", "add", "dev", "lo", "root", "netem", "delay", "1ms")
    run("tc", "qdisc", "del", "dev", "lo", "root")


def ipv6() -> None:
    """Have an IPv6 address, and speak with it."""
    run("ip", "link", "set", "lo", "up")
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as end:
            end.bind(("::1", 0))
    except OSError as error:
        raise Failed(error.strerror or str(error)) from None


def packets() -> None:
    """Watch all wires with one socket that counts what it lost, as the tap does."""
    try:
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL)) as tap:
            struct.unpack("II", tap.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))
    except OSError as error:
        raise Failed(error.strerror or str(error)) from None


def offloads() -> None:
    """Have a wire's end compute its checksums."""
    run("ip", "link", "add", "name", "card0", "type", "veth", "peer", "name", "card1")
    run("ethtool", "-K", "card0", "tx", "off")


def steering() -> None:
    """Look for what has one processor take whatever an interface receives (Linux 6.3)."""
    if not Path("/proc/sys/net/core/rps_default_mask").exists():
        raise Failed("the kernel has no net.core.rps_default_mask")


FEATURES: dict[str, Callable[[], None]] = {
    "veth": veth,
    "bridge": bridge,
    "packets": packets,
    "steering": steering,
    "offloads": offloads,
    "nftables": firewall,
    "bridge-nftables": bridge_firewall,
    "numgen": numgen,
    "tbf": tbf,
    "netem": netem,
    "ipv6": ipv6,
}
"""What is tried, in this order; the doctor knows what each is good for."""


def entered(node: int) -> None:
    """Enter a node's network, and open its root folder, as the wiring does."""
    try:
        with Path(f"/proc/{node}/ns/net").open() as namespace:
            os.close(os.open(f"/proc/{node}/root/run", os.O_PATH | os.O_DIRECTORY))
            if libc.setns(namespace.fileno(), CLONE_NEWNET):
                raise Failed(os.strerror(ctypes.get_errno()))
    except OSError as error:
        raise Failed(f"{error.filename}: {error.strerror}") from None


def outcome(attempt: Callable[[], None]) -> str:
    """Return why an attempt failed; empty when it did not."""
    try:
        attempt()
    except Failed as error:
        return str(error)
    return ""


def status() -> dict[str, str]:
    """Return what the kernel says of this process, proc(5)."""
    pairs = (line.partition(":") for line in Path("/proc/self/status").read_text().splitlines())
    return {key: value.strip() for key, _, value in pairs}


def limit(*files: str) -> int:
    """Return a limit of the control group, version 2 or 1; 0 where there is none."""
    for file in files:
        with contextlib.suppress(OSError, ValueError):
            return int(Path(file).read_text())
    return 0


def packages() -> Iterator[str]:
    """Yield the image's packages as NAME=VERSION."""
    query = ["dpkg-query", "--show", "--showformat=${Package}=${Version}\n"]
    yield from subprocess.run(query, capture_output=True, text=True, check=False).stdout.split()


def answer(node: int) -> dict[str, object]:
    """Try everything; entering a node comes last, since there is no way back."""
    kernel, disk = status(), os.statvfs("/")
    return {
        "capabilities": int(kernel["CapEff"], 16),
        "seccomp": kernel.get("Seccomp", "0") == "2",
        "no_new_privileges": kernel.get("NoNewPrivs", "0") == "1",
        "memory": limit("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"),
        "processes": limit("/sys/fs/cgroup/pids.max", "/sys/fs/cgroup/pids/pids.max"),
        "free": disk.f_bavail * disk.f_frsize,
        "packages": sorted(packages()),
        "failures": {name: outcome(attempt) for name, attempt in FEATURES.items()},
        "entering": outcome(lambda: entered(node)),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(answer(json.loads(sys.stdin.readline())["node"])) + "\n")
    sys.stdout.flush()
    sys.stdin.read()
