"""A lab that speaks IPv4 and IPv6: it is silent when nobody uses it, and all that it is made of answers in both."""

import pytest
from scapy.layers.inet6 import ICMPv6MLReport2, ICMPv6ND_RA, IPv6

pytestmark = pytest.mark.docker

SECONDS = 10


@pytest.fixture(scope="module")
def lab(labs):
    return labs("dual-stack")


def ten_seconds(lab):
    """Let time pass in a node, where it makes no frame, and return what was seen meanwhile."""
    with lab.recording() as recording:
        lab["laptop"].run("sleep", str(SECONDS))
    return [str(frame) for frame in recording.capture]


def test_after_coming_up_there_is_silence(lab):
    assert ten_seconds(lab) == []


def test_the_page_comes_over_both_families_and_then_there_is_silence(lab):
    with lab.recording() as recording:
        for family in ("-4", "-6"):
            page = lab["laptop"].run("curl", "--silent", family, "http://python.org/").stdout
            assert "<h1>Python</h1>" in page
    assert IPv6(src=lab["laptop"].plan.ip6, dst=lab["web"].plan.ip6) in recording.capture.sent_by("laptop")
    assert ten_seconds(lab) == []


def test_the_name_server_answers_over_ipv6_and_knows_both_kinds_of_address(lab):
    server, web = lab["dns"].plan, lab["web"].plan
    asked = lab["desk"].run("dig", f"@{server.ip6}", "+short", "python.org", "AAAA", "python.org", "A").stdout
    assert asked.split() == [web.ip6, web.ip]
    assert lab["desk"].run("dig", "+short", "-x", web.ip6).stdout == "python.org.\n"


def test_a_way_is_traced_and_a_node_pinged_over_ipv6(lab):
    traced = lab["laptop"].run("traceroute", "-6", "-n", "-q", "1", "python.org").stdout
    assert [line.split()[1] for line in traced.splitlines()[1:]] == [
        "2001:db8:7::1",
        "2001:db8:70::2",
        "2001:db8:8::80",
    ]
    assert "1 received" in lab["laptop"].run("ping", "-6", "-c", "1", "python.org").stdout


def test_what_a_host_has_made_of_an_advertisement_holds_for_good(lab):
    laptop = lab["laptop"]
    assert "valid_lft forever" in laptop.run("ip", "-6", "addr", "show", "scope", "global").stdout
    assert "expires" not in laptop.run("ip", "-6", "route").stdout


def test_nobody_else_listens_to_the_router(lab):
    addresses = lab["desk"].run("ip", "-6", "-o", "addr", "show", "dev", "lan").stdout.split()
    assert [word for word in addresses if "/64" in word] == [
        "2001:db8:7::9/64",
        f"{lab['desk'].on('lan').link_local}/64",
    ]


def test_a_laptop_that_was_switched_off_makes_its_address_again(lab):
    laptop = lab["laptop"]
    with lab.recording() as recording, laptop.switched_off() as switch:
        assert "inet6" not in laptop.run("ip", "-6", "addr", "show", "dev", "lan").stdout
        switch.turns_on()
        laptop.waits_until_ready()
    assert ICMPv6ND_RA() in recording.capture.received_by("laptop")
    assert ICMPv6MLReport2() in recording.capture.sent_by("laptop")
    assert "1 received" in laptop.ping(lab["web"]).stdout
