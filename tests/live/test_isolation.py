"""A lab is an island: nothing of the host or beyond answers from inside, and no frame leaves the lab's own wires."""

import json
import socket
from pathlib import Path

import pytest
from scapy.layers.inet import ICMP, IP

from tests.live.conftest import TOPOLOGIES, somebody

pytestmark = pytest.mark.docker

BEYOND = "192.0.2.1"  # TEST-NET-1 (RFC 5737): nobody's, and not in any lab


@pytest.fixture(scope="module", params=TOPOLOGIES)
def lab(request, labs):
    return labs(request.param)


def host_addresses():
    """The IPv4 addresses of this machine but its loopback."""
    found = socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as route:
        route.connect((BEYOND, 9))  # sends nothing; the kernel only picks the source address
        found.append((None, None, None, None, route.getsockname()))
    return sorted({one[4][0] for one in found if not one[4][0].startswith("127.")})


def test_a_node_has_its_loopback_and_its_wires_and_no_other_interface(lab):
    for name, node in lab.plan.nodes.items():
        links = json.loads(lab[name].run("ip", "-j", "link").stdout)
        assert {link["ifname"] for link in links} == {"lo", *(end.network for end in node.interfaces)}


def test_the_hosts_own_addresses_do_not_answer(lab):
    for address in host_addresses():
        assert somebody(lab).attempt("ping", "-n", "-c", "1", "-W", "1", address).exit_code != 0


def test_what_is_sent_beyond_ends_at_the_edge_of_the_lab(labs):
    lab = labs("home-lan")
    lab.forget()
    with lab.recording() as recording:
        assert lab["victim"].attempt("ping", "-n", "-c", "1", "-W", "1", BEYOND).exit_code != 0
    seen = recording.capture
    ping = IP(dst=BEYOND) / ICMP(type="echo-request")
    assert ping in seen.sent_by("victim").received_by("router")
    assert seen.sent_by("router").lacks(ping, given=ICMP(type="dest-unreach"))


def test_no_docker_socket_is_inside(lab):
    for name in lab.plan.nodes:
        found = lab[name].attempt("find", "/run", "/var/run/", "/tmp", "-name", "docker*")
        assert found.stdout == ""
        assert all(
            line.endswith("Permission denied") for line in found.stderr.splitlines()
        )  # who may not look, may not use


def test_nothing_of_the_lab_is_on_the_host(lab):
    ports = {end.port for segment in lab.plan.segments for end in segment.ports}
    bridges = {segment.bridge for segment in lab.plan.segments}
    assert not (ports | bridges) & {device.name for device in Path("/sys/class/net").iterdir()}


def test_no_node_has_more_rights_than_its_plan_says(lab):
    for name, node in lab.plan.nodes.items():
        status = lab[name].run("cat", "/proc/self/status").stdout
        fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        assert int(fields["NoNewPrivs"]) == 1
        assert int(fields["CapBnd"], 16).bit_count() == len(node.setup.capabilities)
        assert int(fields["Seccomp"]) == 2
