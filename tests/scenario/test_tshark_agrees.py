"""tshark, which shares no code with us, finds the same in the recorded evidence of the six stories."""

import shutil
import subprocess
from pathlib import Path

import pytest

from lab.cli.card import CARD
from lab.evidence import load_told

RECORDED = Path(__file__).parents[2] / "scenarios/recorded"
QUESTION = 'http.file_data contains "Will you marry me?"'
LETTER = 'tcp.payload contains "Dear Grandma,"'
LIE = "arp.opcode == 2 && arp.duplicate-address-detected"

pytestmark = pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not here")


def lines(scenario, shown, *fields):
    """Return the named fields of the frames that a display filter keeps."""
    file = RECORDED / scenario / "capture.pcapng"
    options = [word for field in fields for word in ("-e", field)]
    done = subprocess.run(
        ["tshark", "-r", file, "-Y", shown, "-T", "fields", *options], capture_output=True, text=True, check=True
    )
    return [tuple(line.split("\t")) for line in done.stdout.splitlines()]


def count(scenario, shown):
    return len(lines(scenario, shown, "frame.number"))


@pytest.mark.parametrize("scenario", CARD)
def test_tshark_counts_the_same_frames_at_the_same_ports(scenario):
    told = load_told(RECORDED / scenario)
    seen = [(str(frame.number), str(frame.port)) for act in told for frame in act.capture]
    assert lines(scenario, "frame", "frame.number", "frame.interface_name") == seen


def test_a_question_is_answered_under_its_number_before_the_first_connection():
    asked = lines("dns", 'dns.flags.response == 0 && dns.qry.name == "python.org" && dns.qry.type == 1', "dns.id")
    answered = lines("dns", "dns.flags.response == 1 && dns.a == 198.18.2.80", "dns.id")
    assert asked == answered
    assert count("dns", "dns.flags.rcode == 3 && dns.flags.authoritative == 1") == 1
    (syn, *_) = lines("dns", "tcp.flags.syn == 1 && tcp.flags.ack == 0", "frame.number")
    answers = lines("dns", "dns.flags.response == 1 && dns.a == 198.18.2.80", "frame.number")
    assert all(int(number) < int(syn[0]) for (number,) in answers)


def test_the_attacker_lies_twice_and_the_ping_comes_by_its_port():
    assert lines("arp-poisoning", LIE, "frame.interface_name") == [("attacker:lan",)] * 2
    request = 'icmp.type == 8 && ip.src == 192.168.1.23 && frame.interface_name == "{}"'
    assert count("arp-poisoning", request.format("victim:lan")) == 3
    assert count("arp-poisoning", request.format("attacker:lan")) == 1


def test_each_router_complains_and_the_web_server_answers():
    complaints = lines("traceroute", 'icmp.type == 11 && frame.interface_name != "isp:access"', "ip.src")
    assert {address.split(",")[0] for (address,) in complaints} == {"192.168.1.1", "198.18.1.1"}
    assert count("traceroute", 'tcp.flags == 0x012 && frame.interface_name == "web:hosting"') > 0


def test_three_clients_get_the_same_page_and_every_connection_ends():
    requests = lines("http", 'http.request.method == "GET" && frame.interface_name == "victim:lan"', "http.host")
    pages = lines("http", 'http.response.code == 200 && frame.interface_name == "web:hosting"', "http.content_length")
    assert requests == [("python.org",)] * 3
    assert pages == [("122",)] * 3
    for port in ("victim:lan", "web:hosting"):
        assert count("http", f'tcp.flags.fin == 1 && frame.interface_name == "{port}"') == 3
    assert count("http", "tcp.flags.reset == 1") == 0


def test_the_printer_announces_an_ipp_service_three_times():
    assert count("printing", 'mdns && dns.flags.response == 1 && dns.ptr.domain_name == "printer._ipp._tcp.local"') == 3
    assert count("printing", "mdns && dns.srv.port == 631") >= 3
    assert count("printing", 'mdns && !(frame.interface_name == "printer:lan")') == 0


def test_operations_and_status_are_those_of_ipp():
    operations = lines("printing", 'ipp.operation_id && frame.interface_name == "victim:lan"', "ipp.operation_id")
    answers = lines("printing", 'ipp.status_code && frame.interface_name == "printer:lan"', "ipp.status_code")
    assert [int(number, 16) for (number,) in operations] == [0x000B, 0x0002] * 2
    assert [int(number, 16) for (number,) in answers] == [0] * 4


def test_the_letter_lies_in_the_clear_and_passes_through_the_attacker():
    assert lines("printing", LETTER, "frame.interface_name") == [("victim:lan",), ("victim:lan",), ("attacker:lan",)]


def test_the_question_is_in_the_page_that_comes_from_the_attackers_port_and_in_no_other():
    ((port, address, length, frame),) = lines(
        "proposal", QUESTION, "frame.interface_name", "ip.src", "http.content_length", "frame.number"
    )
    assert (port, address) == ("attacker:lan", "198.18.2.80")
    assert count("proposal", f"frame.number == {frame} && http.content_length == {length} && !_ws.malformed") == 1
    sent = lines("proposal", 'frame.interface_name == "web:hosting" && http.response.code == 200', "http.file_data")
    assert len(sent) == 4
    assert all("Python</h1>" in page and "marry" not in page for (page,) in sent)


def test_the_lies_are_told_in_three_acts_and_lost_in_the_last():
    lies = lines("proposal", LIE, "frame.interface_name", "frame.comment")
    assert {port for port, _ in lies} == {"attacker:lan"}
    told = lines("proposal", 'arp && frame.comment contains "LIE"', "frame.comment")
    assert ["lost" in comment for (comment,) in told] == [False] * 4 + [True] * 2
