"""What a capture answers, with which reasons, and when it refuses to answer."""

import pytest
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Raw

from lab.capture import UNKNOWN, Capture, explain
from lab.errors import Inconclusive, InputError
from tests.capture.build import ATTACKER, ROUTER, ROUTER_WAN, VICTIM, WEB, capture, sent

WHO_HAS = Ether(src=VICTIM.mac, dst="ff:ff:ff:ff:ff:ff") / ARP(
    op="who-has", hwsrc=VICTIM.mac, psrc=VICTIM.ip, pdst=ROUTER.ip
)
TRUTH = Ether(src=ROUTER.mac, dst=VICTIM.mac) / ARP(op="is-at", hwsrc=ROUTER.mac, psrc=ROUTER.ip)
LIE = Ether(src=ATTACKER.mac, dst=VICTIM.mac) / ARP(op="is-at", hwsrc=ATTACKER.mac, psrc=ROUTER.ip)
PING = Ether(src=VICTIM.mac, dst=ROUTER.mac) / IP(src=VICTIM.ip, dst=WEB.ip) / ICMP()
PONG = Ether(src=ROUTER.mac, dst=VICTIM.mac) / IP(src=WEB.ip, dst=VICTIM.ip) / ICMP(type="echo-reply")
CLAIM = ARP(op="is-at", psrc=ROUTER.ip, hwsrc=ATTACKER.mac)


@pytest.fixture
def seen():
    return capture(
        sent(WHO_HAS, VICTIM, [ATTACKER, ROUTER]),
        sent(TRUTH, ROUTER, [VICTIM]),
        sent(PING, VICTIM, [ROUTER]),
        sent(PONG, ROUTER, [VICTIM]),
        sent(LIE, ATTACKER, [VICTIM]),
    )


def numbers(frames):
    return [frame.number for frame in frames]


class TestQuestions:
    def test_a_pattern_is_in_a_capture_when_a_frame_fits(self, seen):
        assert CLAIM in seen
        assert ARP(psrc="10.0.9.9") not in seen

    def test_only_returns_the_packets_that_fit_in_order(self, seen):
        assert [packet[ICMP].type for packet in seen.only(ICMP())] == [8, 0]
        assert seen.only(TCP()) == []

    def test_count_counts_what_fits(self, seen):
        assert (seen.count(ARP()), seen.count(TCP())) == (3, 0)

    def test_frames_come_in_the_order_in_which_they_were_sent(self, seen):
        assert numbers(seen) == [1, 2, 3, 4, 5]
        assert len(seen) == 5

    @pytest.mark.parametrize("ask", ["__contains__", "only", "count", "in_order"])
    def test_what_is_no_packet_is_refused_rather_than_not_found(self, seen, ask):
        with pytest.raises(TypeError, match="write ARP\\(\\), not ARP"):
            getattr(seen, ask)(ARP)

    def test_a_packet_is_dissected_once(self, seen):
        assert seen.frames[0].packet is seen.frames[0].packet

    def test_a_frame_too_short_for_ethernet_is_raw_bytes(self):
        assert Raw(load=b"\1\2\3") in capture(sent(b"\1\2\3", VICTIM))


class TestLacks:
    def test_what_no_frame_fits_is_lacking_when_the_control_was_there(self, seen):
        answer = seen.lacks(TCP(dport=80), given=ICMP())
        assert answer
        assert repr(answer) == "<yes: no frame seen fits TCP(dport='http'); ICMP() was there>"

    def test_what_is_there_is_not_lacking_and_the_frame_is_named(self, seen):
        answer = seen.lacks(CLAIM, given=ARP())
        assert not answer
        assert "5: attacker:lan to victim:lan: ARP is at 02:00:00:00:00:66 says 10.0.1.1" in repr(answer)

    def test_without_its_control_nothing_is_proven(self, seen):
        with pytest.raises(Inconclusive, match="no frame seen fits the control UDP\\(\\)"):
            seen.lacks(TCP(), given=UDP())

    def test_the_control_must_be_in_the_same_view(self, seen):
        assert seen.received_by("attacker").lacks(ICMP(), given=ARP(op="who-has"))
        with pytest.raises(Inconclusive, match="received by attacker fits the control"):
            seen.received_by("attacker").lacks(ICMP(), given=ARP(op="is-at"))

    def test_the_control_is_not_forgotten(self, seen):
        with pytest.raises(TypeError):
            seen.lacks(TCP())


class TestInOrder:
    def test_frames_may_lie_in_between(self, seen):
        answer = seen.in_order(ARP(op="who-has"), ICMP(type="echo-request"), CLAIM)
        assert answer
        assert repr(answer) == "<yes: frames 1, 3, 5 seen>"

    def test_the_wrong_order_is_said_with_its_place(self, seen):
        answer = seen.in_order(ARP(op="who-has"), CLAIM, ICMP())
        assert not answer
        assert repr(answer) == "<no: after frame 5 no frame seen fits ICMP(), number 3 of 3>"

    def test_one_frame_is_not_two_steps(self, seen):
        assert not seen.in_order(CLAIM, CLAIM)

    def test_a_first_step_that_never_came_is_said(self, seen):
        assert repr(seen.in_order(TCP(), ARP())) == "<no: no frame seen fits TCP(), number 1 of 2>"

    def test_no_steps_are_no_question(self, seen):
        with pytest.raises(TypeError, match="at least one"):
            seen.in_order()


class TestViews:
    def test_the_sender_is_the_port_whatever_the_frame_claims(self):
        forged = Ether(src=ROUTER.mac) / ARP(op="is-at", hwsrc=ROUTER.mac, psrc=ROUTER.ip)
        seen = capture(sent(forged, ATTACKER, [VICTIM]))
        assert ARP(op="is-at") in seen.sent_by("attacker")
        assert ARP(op="is-at") not in seen.sent_by("router")

    def test_the_receiver_is_the_port_whoever_the_frame_is_for(self, seen):
        assert numbers(seen.received_by("attacker")) == [1]
        assert numbers(seen.received_by("victim")) == [2, 4, 5]

    def test_between_is_both_ways_and_needs_the_delivery(self, seen):
        assert numbers(seen.between("victim", "router")) == [1, 2, 3, 4]
        assert numbers(seen.between("router", "victim")) == [1, 2, 3, 4]
        assert numbers(seen.between("router", "attacker")) == []

    def test_a_network_has_its_own_frames(self):
        seen = capture(sent(PING, VICTIM, [ROUTER]), sent(PING, ROUTER_WAN, [WEB]))
        assert numbers(seen.on("wan")) == [2]
        assert numbers(seen.on("lan").sent_by("router")) == []

    def test_views_combine_in_any_order(self, seen):
        assert numbers(seen.sent_by("router").received_by("victim")) == [2, 4]
        assert numbers(seen.received_by("victim").sent_by("router")) == [2, 4]

    def test_an_empty_view_of_a_window_with_frames_answers_no(self, seen):
        assert ARP() not in seen.sent_by("web")

    def test_a_misspelt_name_is_refused_rather_than_silent(self, seen):
        with pytest.raises(InputError, match="no node 'atacker'; did you mean 'attacker'"):
            seen.sent_by("atacker")
        with pytest.raises(InputError, match="no network 'dmz'; there are lan, wan"):
            seen.on("dmz")
        with pytest.raises(InputError, match="no node"):
            seen.between("victim", "ruter")

    def test_a_view_says_what_it_is(self, seen):
        assert repr(seen.on("lan").sent_by("router")) == "<2 frames on lan, sent by router>"


QUESTIONS = [
    lambda seen: ARP() in seen,
    lambda seen: ARP() not in seen,
    lambda seen: seen.only(ARP()),
    lambda seen: seen.count(ARP()),
    lambda seen: seen.lacks(TCP(), given=ARP()),
    lambda seen: seen.in_order(ARP()),
    lambda seen: ARP() in seen.sent_by("victim"),
    lambda seen: seen.received_by("router").only(ARP()),
]


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize(
    ("seen", "why"),
    [
        pytest.param(capture(), "empty", id="empty"),
        pytest.param(capture(sent(WHO_HAS, VICTIM, [ROUTER]), proven=False), "not proven", id="unproven"),
        pytest.param(capture(sent(WHO_HAS, VICTIM, [ROUTER]), drops=1), "dropped frames: 1", id="drops"),
    ],
)
def test_a_capture_that_cannot_know_does_not_answer(seen, why, question):
    with pytest.raises(Inconclusive, match=why):
        question(seen)


class TestPortsWithoutAName:
    """A port that vanished may have been anybody's."""

    @pytest.fixture
    def seen(self):
        return capture(sent(WHO_HAS, VICTIM, [ROUTER]), sent(LIE, UNKNOWN, [VICTIM]), sent(PING, VICTIM, [UNKNOWN]))

    def test_who_sent_a_frame_without_a_sender_is_inconclusive(self, seen):
        with pytest.raises(Inconclusive, match="a port has no name"):
            assert CLAIM in seen.sent_by("attacker")
        with pytest.raises(Inconclusive, match="nobody knows whether frame 2"):
            seen.sent_by("victim").only(ARP())

    def test_what_does_not_hang_on_it_is_answered(self, seen):
        assert CLAIM in seen
        assert CLAIM in seen.received_by("victim")
        assert TCP() not in seen.sent_by("attacker")
        assert ARP(op="who-has") in seen.sent_by("victim")
        assert CLAIM not in seen.received_by("router")

    def test_who_received_a_frame_delivered_to_nobody_knows_whom_is_inconclusive(self, seen):
        with pytest.raises(Inconclusive):
            seen.received_by("attacker").lacks(ICMP(), given=ARP())

    def test_doubt_survives_the_next_view(self, seen):
        with pytest.raises(Inconclusive):
            assert CLAIM in seen.sent_by("attacker").received_by("victim")
        assert CLAIM not in seen.sent_by("attacker").received_by("router")
        with pytest.raises(Inconclusive):
            assert ICMP() in seen.between("victim", "router")
        with pytest.raises(Inconclusive):
            assert CLAIM in seen.on("lan")

    def test_an_order_that_hangs_on_it_is_inconclusive(self, seen):
        with pytest.raises(Inconclusive):
            seen.sent_by("victim").in_order(ARP(op="who-has"), CLAIM)


class TestExplain:
    def test_the_nearest_misses_are_named_field_by_field(self, seen):
        assert explain(ARP(op="is-at", hwsrc=VICTIM.mac, psrc=ROUTER.ip), seen.on("lan")) == [
            "no frame fits ARP(op='is-at', hwsrc='02:00:00:00:00:17', psrc='10.0.1.1')",
            "  5 frames on lan; the nearest:",
            "    2: router:lan to victim:lan: ARP is at 02:00:00:00:00:01 says 10.0.1.1",
            "        ARP.hwsrc: wanted 02:00:00:00:00:17, saw 02:00:00:00:00:01",
            "    5: attacker:lan to victim:lan: ARP is at 02:00:00:00:00:66 says 10.0.1.1",
            "        ARP.hwsrc: wanted 02:00:00:00:00:17, saw 02:00:00:00:00:66",
            "    1: victim:lan to attacker:lan, router:lan: ARP who has 10.0.1.1 says 10.0.1.23",
            "        ARP.op: wanted is-at, saw who-has",
            "        ARP.psrc: wanted 10.0.1.1, saw 10.0.1.23",
        ]

    def test_the_same_miss_is_told_once(self):
        seen = capture(*[sent(PING, VICTIM, [ROUTER]) for _ in range(50)])
        assert len(explain(ICMP(type="echo-reply"), seen)) == 4

    def test_what_fits_is_shown_for_a_failed_not_in(self, seen):
        assert explain(CLAIM, seen) == [
            "1 frame fits ARP(op='is-at', hwsrc='02:00:00:00:00:66', psrc='10.0.1.1')",
            "  5: attacker:lan to victim:lan: ARP is at 02:00:00:00:00:66 says 10.0.1.1",
        ]

    def test_an_empty_view_says_so(self, seen):
        assert explain(ARP(), seen.sent_by("web")) == ["no frame fits ARP()", "  0 frames sent by web"]


def test_a_capture_is_a_value(seen):
    assert seen == Capture(seen.frames, seen.window)
    assert seen != seen.sent_by("victim")
