"""A BGP speaker and a DHCP server that die: who notices it, what is lost, and that all is well when they live again."""

import pytest
from scapy.layers.dhcp import BOOTP, DHCP
from scapy.layers.inet import ICMP, IP, TCP, UDP

from lab.waiting import until

pytestmark = pytest.mark.docker

BGP = 179
WITHIN = 10.0
REQUEST, ACK = (DHCP(options=[("message-type", kind)]) for kind in ("request", "ack"))


@pytest.fixture
def lab(labs, request):
    lab = labs(request.param)
    lab.forget()
    return lab


@pytest.mark.parametrize("lab", ["triangle"], indirect=True)
def test_a_bgp_speaker_that_is_killed_is_missed_by_its_neighbours_and_its_networks_are_unreachable(lab):
    ada, web, east, west = (lab[name] for name in ("ada", "web", "east", "west"))
    unreachable = IP(src=west.on("left").ip, dst=ada.ip) / ICMP(type="dest-unreach", code="network-unreachable")
    with lab.recording() as recording:
        assert ada.ping(web).exit_code == 0
        with east.out_of_service():
            until(lambda: "Unreachable" in ada.ping(web).stdout, "web to be out of reach", WITHIN)
    seen = recording.capture
    assert unreachable in seen.received_by("ada")
    for neighbour in ("west", "north"):
        ends = [
            frame
            for frame in seen.sent_by("east").received_by(neighbour).only(TCP())
            if set("FR") & set(str(frame[TCP].flags))
        ]
        assert {frame[TCP].sport == BGP or frame[TCP].dport == BGP for frame in ends} == {True}
    until(lambda: ada.ping(web).exit_code == 0, "web to be in reach again", WITHIN)


@pytest.mark.parametrize("lab", ["two-floors"], indirect=True)
def test_a_lease_outlives_its_server_and_is_renewed_when_that_lives_again(lab):
    cleo, server = lab["cleo"], lab["dhcp"]
    leased = cleo.lease
    with server.out_of_service(), lab.recording() as dead:
        cleo.renews()
        dead.waits_for(IP(src=server.ip) / ICMP(type="dest-unreach", code="port-unreachable"))
        assert cleo.lease == leased
        assert cleo.ping(lab["router"].on("ground")).exit_code == 0
    seen = dead.capture
    assert BOOTP(op=1) / REQUEST in seen.sent_by("cleo")
    assert seen.lacks(BOOTP(op=2), given=BOOTP(op=1) / REQUEST)
    with lab.recording() as alive:
        cleo.renews()
        alive.waits_for(UDP() / BOOTP(op=2) / ACK)
