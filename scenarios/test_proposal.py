"""What the frames of the proposal must show: one fact, one test. Live and recorded evidence alike."""

import pytest
from scapy.layers.inet import IP, TCP
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Raw

from lab.capture import messages, streams

QUESTION = "Will you marry me?"


@pytest.fixture(scope="module")
def seen(evidence):
    return evidence("proposal")


@pytest.fixture(scope="module")
def victim(seen):
    return seen.plan["victim"]


@pytest.fixture(scope="module")
def attacker(seen):
    return seen.plan["attacker"]


@pytest.fixture(scope="module")
def gateway(seen):
    return seen.plan["router"].on("lan")


@pytest.fixture(scope="module")
def web(seen):
    return seen.plan["web"]


@pytest.fixture(scope="module")
def page(web):
    """What the server was given to serve."""
    return next(file.content.encode() for file in web.setup.files if "<title>" in file.content)


@pytest.fixture(scope="module")
def to_victim(victim, gateway, attacker):
    """What the attacker tells the victim of the router."""
    return ARP(op="is-at", psrc=gateway.ip, hwsrc=attacker.mac, pdst=victim.ip)


@pytest.fixture(scope="module")
def to_router(victim, gateway, attacker):
    """What the attacker tells the router of the victim."""
    return ARP(op="is-at", psrc=victim.ip, hwsrc=attacker.mac, pdst=gateway.ip)


@pytest.fixture(scope="module")
def visit(victim, web):
    """The first segment of the victim's visit."""
    return IP(src=victim.ip, dst=web.ip) / TCP(dport=80, flags="S")


def sent(capture):
    """Return the one answer that the web server sent."""
    return answer(capture.sent_by("web"))


def received(capture):
    """Return the one answer that the victim received."""
    return answer(capture.received_by("victim"))


def answer(capture):
    (stream,) = [stream for stream in streams(capture) if stream.sport == 80]
    (message,) = messages(stream.data)
    return message


# Act one: the page as it is


def test_undisturbed_the_victim_gets_the_page_as_the_server_sent_it(seen, page):
    assert received(seen.undisturbed).body == sent(seen.undisturbed).body == page


def test_undisturbed_the_page_comes_through_the_router(seen, gateway, victim, web):
    page = Ether(src=gateway.mac, dst=victim.mac) / IP(src=web.ip) / TCP(sport=80) / Raw()
    assert page in seen.undisturbed.received_by("victim")


# Act two: the page as the attacker wants it


def test_the_attacker_lies_to_both(seen, to_victim, to_router):
    lies = seen.rewritten.sent_by("attacker")
    assert to_victim in lies.received_by("victim")
    assert to_router in lies.received_by("router")


def test_the_page_that_the_server_sends_is_the_true_one(seen, page):
    assert sent(seen.rewritten).body == page
    assert QUESTION.encode() not in page


def test_the_page_that_the_victim_receives_holds_the_question(seen):
    assert QUESTION.encode() in received(seen.rewritten).body


def test_nothing_but_the_heading_is_changed(seen):
    before, after = sent(seen.rewritten).body.split(b"Python</h1>")
    assert received(seen.rewritten).body == before + QUESTION.encode() + b"</h1>" + after


def test_the_length_that_the_page_claims_is_its_length(seen):
    for message in (sent(seen.rewritten), received(seen.rewritten)):
        assert int(message.fields["Content-Length"]) == len(message.body)
    assert len(received(seen.rewritten).body) != len(sent(seen.rewritten).body)


def test_the_victim_sees_an_ordinary_answer(seen):
    assert received(seen.rewritten).start == sent(seen.rewritten).start == "HTTP/1.1 200 OK"
    assert received(seen.rewritten).fields["Content-Type"] == sent(seen.rewritten).fields["Content-Type"]


def test_the_changed_page_comes_from_the_servers_address_and_the_attackers_card(seen, web, victim, attacker):
    forged = IP(src=web.ip, dst=victim.ip) / TCP(sport=80) / Raw()
    assert Ether(src=attacker.mac) / forged in seen.rewritten.sent_by("attacker").received_by("victim")
    assert seen.rewritten.sent_by("router").lacks(forged, given=IP(src=web.ip, dst=attacker.ip) / TCP(sport=80))


def test_the_attacker_asks_the_server_in_its_own_name(seen, attacker, web, gateway, visit):
    own = Ether(dst=gateway.mac) / IP(src=attacker.ip, dst=web.ip) / TCP(dport=80, flags="S")
    assert seen.rewritten.in_order(Ether(dst=attacker.mac) / visit, own)
    assert seen.rewritten.received_by("router").lacks(visit, given=own)


def test_the_browser_shows_the_question(seen):
    assert QUESTION in seen.read_rewritten
    assert QUESTION not in seen.read_undisturbed
    assert "Python" in seen.read_undisturbed


# Act three: permanent neighbour entries


def test_with_permanent_entries_the_lies_still_arrive(seen, to_victim, to_router):
    lies = seen.pinned.sent_by("attacker")
    assert to_victim in lies.received_by("victim")
    assert to_router in lies.received_by("router")


def test_with_permanent_entries_nobody_believes_the_lies(seen, to_victim, gateway, victim, visit, web):
    assert seen.pinned.in_order(
        to_victim,
        Ether(src=victim.mac, dst=gateway.mac) / visit,
        Ether(src=gateway.mac, dst=victim.mac) / IP(src=web.ip) / TCP(sport=80, flags="SA"),
    )
    assert seen.pinned.received_by("attacker").lacks(TCP(), given=ARP(op="is-at", psrc=victim.ip))


def test_with_permanent_entries_the_victim_gets_the_true_page(seen, page):
    assert received(seen.pinned).body == sent(seen.pinned).body == page
    assert seen.read_pinned == seen.read_undisturbed


# Act four: ARP inspection


def test_with_inspection_the_attacker_still_lies(seen, to_victim, to_router):
    assert to_victim in seen.inspected.sent_by("attacker")
    assert to_router in seen.inspected.sent_by("attacker")


def test_with_inspection_the_lies_enter_the_switch_and_leave_it_nowhere(seen, attacker, victim, to_victim, to_router):
    honest = ARP(op="who-has", psrc=attacker.ip, hwsrc=attacker.mac)
    for node in ("victim", "router", "printer", "dns"):
        for lie in (to_victim, to_router):
            assert seen.inspected.received_by(node).lacks(lie, given=honest)


def test_with_inspection_those_who_tell_the_truth_are_heard(seen, victim, gateway):
    for end in (victim.on("lan"), gateway):
        truth = ARP(op="is-at", psrc=end.ip, hwsrc=end.mac)
        assert truth in seen.inspected.sent_by(end.node).received_by("attacker")


def test_with_inspection_the_visit_takes_the_straight_road(seen, victim, gateway, to_victim, visit):
    assert seen.inspected.in_order(to_victim, Ether(src=victim.mac, dst=gateway.mac) / visit)
    assert seen.inspected.received_by("attacker").lacks(TCP(), given=ARP(op="is-at", psrc=victim.ip))


def test_with_inspection_the_victim_gets_the_true_page(seen, page):
    assert received(seen.inspected).body == sent(seen.inspected).body == page
    assert seen.read_inspected == seen.read_undisturbed
