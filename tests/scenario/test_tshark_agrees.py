"""tshark, which shares no code with us, finds the same in the recorded evidence of printing and proposal."""

import shutil
import subprocess
from pathlib import Path

import pytest

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
