"""The services of the home LAN are real: their own clients ask them, and they answer as their protocols say."""

import json

import pytest

pytestmark = pytest.mark.docker

CAP_NET_RAW = 13
"""The number of a capability, linux/capability.h."""


@pytest.fixture(scope="module")
def lab(labs):
    return labs("home-lan")


def first_word(node, file, after):
    """Return the first word of the line of a file that begins with ``after``."""
    lines = node.run("cat", file).stdout.splitlines()
    return next(line.split()[1] for line in lines if line.startswith(after))


def dig(lab, *words):
    return lab["victim"].run("dig", "+noedns", *words).stdout


def test_the_name_server_speaks_for_its_zone(lab):
    said = dig(lab, "www.python.org")
    assert "status: NOERROR" in said
    assert "flags: qr aa" in said
    assert f"A\t{lab['web'].ip}" in said


def test_a_name_without_an_address_of_that_family_is_answered_without_data(lab):
    said = dig(lab, "python.org", "AAAA")
    assert "status: NOERROR" in said
    assert "ANSWER: 0" in said


def test_an_address_has_its_name(lab):
    assert dig(lab, "+short", "-x", lab["web"].ip) == "python.org.\n"


def test_an_address_without_a_name_does_not_exist(lab):
    assert "status: NXDOMAIN" in dig(lab, "-x", "192.168.1.200")


def test_a_name_outside_the_zones_is_refused(lab):
    assert "status: REFUSED" in dig(lab, "example.com")


def test_the_page_comes_through_two_routers_and_a_translation(lab):
    said = lab["victim"].run("curl", "--silent", "--include", "http://www.python.org/").stdout
    assert said.startswith("HTTP/1.1 200 OK\r\n")
    assert "Content-Type: text/html; charset=utf-8\r\n" in said
    assert said.endswith(next(file.content for file in lab.plan["web"].setup.files if "<title>" in file.content))


def test_a_page_that_is_not_there_is_404(lab):
    assert "404" in lab["victim"].attempt("curl", "--silent", "--include", "http://python.org/nothing").stdout


def test_the_web_server_sees_the_routers_address_and_not_the_victims(lab):
    with lab.recording() as recording:
        lab["victim"].run("curl", "--silent", "http://python.org/")
    sources = {frame.packet["IP"].src for frame in recording.capture.received_by("web") if frame.packet.haslayer("TCP")}
    assert sources == {lab["router"].on("access").ip}


def test_the_printer_answers_ipps_own_test_tool(lab):
    uri = f"ipp://{lab['printer'].ip}/ipp/print"
    done = lab["victim"].run("ipptool", "-t", uri, "get-printer-attributes.test")
    assert "[PASS]" in done.stdout


def test_the_programs_run_as_nobody_in_particular(lab):
    for node in ("dns", "web", "printer"):
        assert first_word(lab[node], "/proc/1/status", "Uid:") != "0"


def test_what_is_done_in_the_victim_is_done_by_nobody_without_any_right(lab):
    assert first_word(lab["victim"], "/proc/self/status", "Uid:") != "0"
    assert int(first_word(lab["victim"], "/proc/self/status", "CapPrm:"), 16) == 0


def test_root_may_open_packet_sockets_in_the_victim_and_nothing_else(lab):
    assert int(first_word(lab["victim"].as_root, "/proc/self/status", "CapPrm:"), 16) == 1 << CAP_NET_RAW


def test_neighbours_are_believed_for_an_hour_without_asking_again(lab):
    shown = lab["victim"].run("ip", "-j", "ntable", "show", "dev", "lan", "name", "arp_cache").stdout
    (table,) = json.loads(shown)
    assert table["delay_probe"] >= 3_600_000
    assert table["locktime"] == 0
