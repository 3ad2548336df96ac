"""What the frames of the story of lonely TiVos must show: one fact, one test. Live and recorded evidence alike."""

from email.parser import Parser

import pytest
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether
from scapy.packet import Raw

from lab.capture import messages, streams

EVERYBODY, GROUP = "255.255.255.255", "239.255.255.250"
BEACON, SSDP = 2190, 1900
FLOOR = {"alice", "bob", "eve", "printer", "router"}


@pytest.fixture(scope="module")
def seen(evidence):
    return evidence("lonely-tivos")


@pytest.fixture(scope="module")
def tivo(seen):
    return seen.plan["tivo"]


@pytest.fixture(scope="module")
def beacon(seen):
    return the_one(frames(seen.called, BEACON))


@pytest.fixture(scope="module")
def calls(seen):
    """What the box says by SSDP: the first line and the fields of each message."""
    return [taken_apart(frame) for frame in frames(seen.called, SSDP)]


@pytest.fixture(scope="module")
def notices(calls):
    return [fields for line, fields in calls if line == "NOTIFY * HTTP/1.1"]


def the_one(several):
    (one,) = several
    return one


def frames(act, port):
    return [frame for frame in act.sent_by("tivo") if UDP in frame.packet and frame.packet[UDP].dport == port]


def taken_apart(frame):
    line, _, fields = bytes(frame.packet[Raw]).decode().partition("\r\n")
    return line, dict(Parser().parsestr(fields, headersonly=True).items())


def beacon_says(frame):
    return dict(line.split("=", 1) for line in bytes(frame.packet[Raw]).decode().splitlines())


# The beacon


def test_one_beacon_goes_to_everybody_on_this_wire(beacon):
    assert beacon.packet[Ether].dst == "ff:ff:ff:ff:ff:ff"
    assert beacon.packet[IP].dst == EVERYBODY
    assert {port.node for port in beacon.delivered} == FLOOR


def test_no_router_passes_it_on(seen):
    assert {frame.port.network for frame in seen.called if UDP in frame.packet} == {"floor"}


def test_the_beacon_says_which_box_it_is_and_where_to_ask(beacon):
    said = beacon_says(beacon)
    assert (said["tivoconnect"], said["machine"]) == ("1", "Meeting room")
    assert said["services"] == "TiVoMediaServer:49152/http"


# By SSDP


def test_the_group_hears_three_notices_and_one_search(calls):
    lines = [line for line, _ in calls]
    assert lines == ["NOTIFY * HTTP/1.1"] * 3 + ["M-SEARCH * HTTP/1.1"]


def test_the_group_has_an_address_and_a_mac_of_its_own(seen):
    for frame in frames(seen.called, SSDP):
        assert frame.packet[IP].dst == GROUP
        assert frame.packet[Ether].dst == "01:00:5e:7f:ff:fa"
        assert {port.node for port in frame.delivered} == FLOOR


def test_each_message_names_the_group_as_its_host(calls):
    assert {fields["HOST"] for _, fields in calls} == {f"{GROUP}:{SSDP}"}


def test_the_notices_say_that_a_device_is_there_and_which_one(notices):
    assert {fields["NTS"] for fields in notices} == {"ssdp:alive"}
    identity = next(fields["NT"] for fields in notices if fields["NT"].startswith("uuid:"))
    assert [fields["USN"].partition("::")[0] for fields in notices] == [identity] * 3


def test_they_say_where_more_is_to_be_read_and_how_long_that_holds(notices, tivo):
    assert {fields["LOCATION"] for fields in notices} == {f"http://{tivo.ip}:49152/description.xml"}
    assert {fields["CACHE-CONTROL"] for fields in notices} == {"max-age=1800"}


def test_the_search_says_how_it_wants_to_be_answered(calls):
    _, fields = calls[-1]
    assert (fields["MAN"], fields["MX"]) == ('"ssdp:discover"', "1")


def test_such_a_packet_goes_two_routers_far_at_most(seen):
    assert {frame.packet[IP].ttl for frame in frames(seen.called, SSDP)} == {2}


def test_nobody_answers(seen, tivo):
    for act in (seen.called, seen.overheard):
        assert [frame for frame in act if IP in frame.packet and frame.packet[IP].dst == tivo.ip] == []


# Who listens, and who asks


def test_eve_reads_the_beacon_that_was_not_for_her(seen):
    sent = the_one(frames(seen.overheard, BEACON))
    assert seen.eve_read.encode() == bytes(sent.packet[Raw])


def test_the_box_says_the_same_each_time(seen, beacon):
    assert bytes(beacon.packet[Raw]) == bytes(the_one(frames(seen.overheard, BEACON)).packet[Raw])


def test_alice_is_told_what_the_box_is(seen):
    answer = the_one(messages(stream.data) for stream in streams(seen.asked.on("floor")) if stream.sport == 49152)
    assert the_one(answer).body.decode() == seen.description
    assert "<friendlyName>Meeting room</friendlyName>" in seen.description


def test_the_description_is_of_the_box_that_gave_notice(seen, notices):
    identity = next(fields["NT"] for fields in notices if fields["NT"].startswith("uuid:"))
    assert f"<UDN>{identity}</UDN>" in seen.description
