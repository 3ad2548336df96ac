"""What the wiring is told when a story reaches into a lab, word for word."""

from dataclasses import replace
from ipaddress import IPv4Interface, IPv4Network

from lab import wiring
from lab.plan.model import Interface, Segment
from lab.topology.model import Impairment

HOST = Interface("host", "lan", IPv4Interface("10.0.0.2/24"), "02:00:00:00:00:01", "p1")
NAT = (IPv4Interface("10.0.0.10/24"),)
GATE = Interface("gate", "lan", IPv4Interface("10.0.0.1/24"), "02:00:00:00:00:02", "p2", more=NAT)
LAN = Segment("lan", IPv4Network("10.0.0.0/24"), "b1", (HOST, GATE))


def test_a_cable_is_a_port_of_the_switch():
    assert wiring.plugs(100, [HOST], "down") == [{"do": "ip", "pid": 100, "batch": ["link set p1 down"]}]


def test_a_cable_with_delay_is_pulled_at_both_of_its_ends():
    long = replace(HOST, impairment=Impairment(delay=20_000))
    assert wiring.plugs(100, [HOST, long], "up")[0]["batch"] == ["link set p1 up", "link set p1 up", "link set d1 up"]


def test_a_pinned_neighbour_is_permanent_and_then_what_was_believed_before():
    def change(job):
        ((command,),) = (task["batch"] for task in job)
        return command

    mac = "02:00:00:00:00:02"
    assert (
        change(wiring.pins(1, "lan", "10.0.0.1", mac)) == f"neigh replace 10.0.0.1 lladdr {mac} dev lan nud permanent"
    )
    assert change(wiring.unpins(1, "lan", "10.0.0.1", mac)) == f"neigh replace 10.0.0.1 lladdr {mac} dev lan nud stale"
    assert change(wiring.unpins(1, "lan", "10.0.0.1", None)) == "neigh del 10.0.0.1 dev lan"


def test_connections_are_redirected_to_a_port_of_the_nodes_own_and_forgotten_afterwards():
    assert "tcp dport 80 redirect to :8080\n" in wiring.redirection(80, 8080)
    assert wiring.ends_redirection(1) == [
        {"do": "firewall", "pid": 1, "script": "delete table ip redirection\n"},
        {"do": "forget", "pid": 1, "interfaces": [], "conntrack": True},
    ]


def test_the_switch_drops_claims_that_do_not_belong_to_their_port():
    script = wiring.inspection(LAN)
    assert 'iifname "p1" arp saddr ip != 10.0.0.2 drop comment "host:lan"\n' in script
    assert 'iifname "p1" arp saddr ether != 02:00:00:00:00:01 drop\n' in script
    assert 'iifname "p2" arp saddr ip != { 10.0.0.1, 10.0.0.10 } drop comment "gate:lan"\n' in script
    assert wiring.ends_inspection(1) == [{"do": "firewall", "pid": 1, "script": "delete table bridge inspection\n"}]
