"""What the words of a ladder say about the services of an office: telnet, SSH, XMPP, SNMP, letters."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.snmp import SNMP, SNMPget, SNMPresponse, SNMPvarbind
from scapy.packet import Raw

from lab.ladder.snmp import snmp_text
from lab.ladder.telnet import without_commands
from lab.ladder.words import words

NAME = "1.3.6.1.2.1.1.5.0"


def said(port, load, *, by_udp=False):
    transport = UDP(sport=40000, dport=port) if by_udp else TCP(sport=40000, dport=port, flags="PA")
    found = words(IP(bytes(IP() / transport / Raw(load))))
    return found.protocol, found.text


def snmp(pdu, version=1):
    return bytes(SNMP(version=version, community="word", PDU=pdu))


@pytest.mark.parametrize(
    ("on_the_wire", "for_people"),
    [
        (b"\xff\xfd\x01\xff\xfb\x03", b""),
        (b"\xff\xfa\x18\x00UNKNOWN\xff\xf0login: ", b"login: "),
        (b"one\xff\xfftwo", b"one\xfftwo"),
        (b"a\r\0b\xff\xf1", b"a\rb"),
        (b"\xff", b"\xff"),
    ],
)
def test_without_its_commands_telnet_is_what_people_say(on_the_wire, for_people):
    assert without_commands(on_the_wire) == for_people


def test_a_segment_of_telnet_is_words_or_options():
    assert said(23, b"\xff\xfd\x01") == ("telnet", "options")
    assert said(23, b"\xff\xfd\x01\r\nlogin: ") == ("telnet", '"login: "')


def test_of_ssh_the_first_line_can_be_read_and_nothing_else():
    assert said(22, b"SSH-2.0-OpenSSH_9.2\r\n") == ("SSH", '"SSH-2.0-OpenSSH_9.2"')
    assert said(22, b"v\r\nw") == ("SSH", "4 bytes")


@pytest.mark.parametrize(
    ("stanza", "text"),
    [
        (b"<?xml version='1.0'?><stream:stream id='1' to='a.example'>", "<stream:stream>"),
        (b"<message from='a' to='b'><body>Hello.</body></message>", '<message> "Hello."'),
        (b"<presence/>", "<presence/>"),
        (b"</stream:stream>", "</stream:stream>"),
        (b"no element", '"no element"'),
        (b"<\xff\xfe", "2 bytes"),
    ],
)
def test_of_xmpp_an_element_and_its_text_are_told(stanza, text):
    protocol, told = said(5222, stanza)
    assert (protocol, told) == ("XMPP", text.replace("2 bytes", "3 bytes"))


def test_markup_and_escapes_in_a_stanza_stay_text():
    _, told = said(5222, b"<message><body>\x1b[31mred\x07</body></message>")
    assert "\x1b" not in told
    assert "\x07" not in told


def test_snmp_asks_by_name_and_is_answered_by_value():
    assert snmp_text(snmp(SNMPget(varbindlist=[SNMPvarbind(oid=NAME)]))) == "get sysName"
    answer = SNMPresponse(varbindlist=[SNMPvarbind(oid=NAME, value=b"ups")])
    assert snmp_text(snmp(answer)) == "sysName = ups"


def test_an_object_without_a_name_here_has_its_number():
    assert snmp_text(snmp(SNMPget(varbindlist=[SNMPvarbind(oid="1.3.6.1.4.1.9.1")]))) == "get 1.3.6.1.4.1.9.1"


def test_of_version_3_only_the_cipher_is_told():
    head = b"\x30\x2a\x02\x01\x03\x30\x0d\x02\x01\x07\x02\x02\x05\xdc\x04\x01%c\x02\x01\x03"
    assert snmp_text(head % 0b111) == "version 3, in cipher"
    assert snmp_text(head % 0b100) == "version 3, in the clear"


@pytest.mark.parametrize(
    "nonsense",
    [
        b"",
        b"\x30",
        b"\x30\x02\x02\x01",
        b"hello",
        b"\x30\x80\x02\x01\x01\xff\xff",
        b"\x30\x03\x02\x01\x03",
        b"\x30\x05\x02\x01\x03\x04\x01",
    ],
)
def test_nonsense_at_the_port_of_snmp_is_told_all_the_same(nonsense):
    protocol, text = said(161, nonsense, by_udp=True) if nonsense else ("SNMP", snmp_text(nonsense))
    assert protocol == "SNMP"
    assert text


WHOLE = snmp(SNMPresponse(varbindlist=[SNMPvarbind(oid=NAME, value=b"ups")]))


@settings(deadline=None)
@given(at=st.integers(0, len(WHOLE) - 1), byte=st.integers(0, 255), end=st.integers(1, len(WHOLE)))
def test_a_message_that_somebody_has_damaged_is_told_all_the_same(at, byte, end):
    damaged = (WHOLE[:at] + bytes([byte]) + WHOLE[at + 1 :])[:end]
    assert said(161, damaged, by_udp=True)[1]


@settings(deadline=None)
@given(port=st.sampled_from([21, 22, 23, 25, 110, 143, 5222]), load=st.binary(min_size=1, max_size=80))
def test_whatever_stands_at_a_service_has_one_line_of_harmless_words(port, load):
    _, text = said(port, load)
    assert text
    assert text.isprintable()
