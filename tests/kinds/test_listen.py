"""The program that listens: it accepts who comes to any of its ports, and ends with its input."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

LISTEN = Path(__file__).parents[2] / "images/node/rootfs/usr/local/bin/listen"
LOOPBACK = "127.0.0.1"


def free_ports(number):
    """Return ports of the loopback that nobody listens at now."""
    held = [socket.create_server((LOOPBACK, 0)) for _ in range(number)]
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


@pytest.fixture
def listening():
    """Start the program at two ports, and wait until it says that it listens."""
    ports = free_ports(2)
    command = [sys.executable, LISTEN, *map(str, ports)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout.readline() == "listening\n"
        yield program, ports
        program.stdin.close()


def test_it_says_who_came_to_which_port(listening):
    program, ports = listening
    for port in ports:
        with socket.create_connection((LOOPBACK, port)):
            assert program.stdout.readline() == f"port {port}: {LOOPBACK} came\n"


def test_it_hangs_up_only_after_its_guest(listening):
    _, (port, _) = listening
    with socket.create_connection((LOOPBACK, port), timeout=10) as guest:
        guest.sendall(b"Is anybody there?")
        guest.shutdown(socket.SHUT_WR)
        assert guest.recv(1) == b""


def test_it_ends_with_its_input(listening):
    program, (port, _) = listening
    program.stdin.close()
    assert program.wait(10) == 0
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((LOOPBACK, port))


def test_a_port_of_somebody_else_is_refused_with_the_reason():
    with socket.create_server((LOOPBACK, 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run([sys.executable, LISTEN, str(port)], input="", capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
    assert "in use" in done.stderr
