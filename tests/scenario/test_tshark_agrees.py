"""tshark, which shares no code with us, finds the same in the recorded evidence of stories."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from lab.capture import messages, streams
from lab.evidence import load_told, read_result
from lab.ladder import same
from lab.ladder.repeats import AGAIN, repeats
from lab.ladder.same import hops
from lab.scenario import announced
from lab.volume import conversations

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


@pytest.mark.parametrize("scenario", announced(RECORDED.parent))
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


def test_a_nat_exchanges_addresses_and_keeps_sequence_numbers():
    syn = 'tcp.flags == 0x002 && frame.interface_name == "{}"'
    inside = lines("nat", syn.format("server:lan-a"), "ip.src", "tcp.srcport", "tcp.seq_raw")
    outside = lines("nat", syn.format("router:wan"), "ip.src", "tcp.srcport", "tcp.seq_raw")
    assert inside == [("192.168.1.80", "40000", outside[0][2])]
    assert outside[0][:2] == ("198.18.1.10", "40000")
    assert [address for address, *_ in outside[1:4]] == ["198.18.1.20", "198.18.1.21", "198.18.1.2"]
    assert count("nat", 'frame.interface_name == "isp:outside" && ip.src == 192.168.0.0/16 && tcp') == 0


def test_two_with_one_port_are_seen_with_two():
    syn = "tcp.flags == 0x002 && ip.src == {} && tcp.srcport == 50000"
    assert count("nat", syn.format("192.168.2.23")) == count("nat", syn.format("192.168.2.24")) == 1
    opened = 'tcp.flags == 0x002 && ip.src == 198.18.1.2 && frame.interface_name == "router:wan"'
    ports = [port for (port,) in lines("nat", opened, "tcp.srcport")][-2:]
    assert ports[0] == "50000" != ports[1]


def test_only_the_forwarded_port_leads_inside():
    assert count("nat", 'tcp.flags == 0x014 && frame.interface_name == "router:wan"') == 4
    assert count("nat", "icmp.type == 3 && icmp.code == 0") == 1
    knocks = 'tcp.flags == 0x002 && frame.interface_name == "router:lan-a"'
    assert lines("nat", knocks, "ip.dst", "tcp.dstport") == [("192.168.1.80", "80")] * 3


def test_nothing_for_oneself_is_on_a_wire_and_what_is_for_all_goes_to_the_right_macs():
    assert count("addresses", "ip.addr == 127.0.0.0/8") == 0
    assert count("addresses", 'icmp.type == 8 && frame.interface_name == "ann:lan-a"') == 3
    sent = "icmp.type == 8 && ip.dst >= 224.0.0.0"
    assert lines("addresses", sent, "ip.dst", "eth.dst") == [
        ("224.0.0.1", "01:00:5e:00:00:01"),
        ("255.255.255.255", "ff:ff:ff:ff:ff:ff"),
    ]


def test_open_ports_agree_and_the_closed_one_resets():
    agreed = lines("addresses", 'tcp.flags == 0x012 && frame.interface_name == "web:outside"', "tcp.srcport")
    assert agreed == [("22",), ("23",), ("25",), ("80",), ("80",)]
    assert lines("addresses", 'tcp.flags.reset == 1 && frame.interface_name == "web:outside"', "tcp.srcport") == [
        ("81",)
    ]
    assert count("addresses", 'tcp.flags == 0x012 && tcp.srcport == 53 && frame.interface_name == "dns:outside"') == 1


def test_names_are_asked_for_from_the_root_down():
    asked = lines(
        "dns-hierarchy",
        'dns.flags.response == 0 && frame.interface_name == "resolver:bay-servers" && dns.flags.recdesired == 0',
        "ip.dst",
        "dns.qry.name",
    )
    root, tld, ns1 = "198.18.11.4", "198.18.21.30", "198.18.31.53"
    assert asked[:4] == [(root, "<Root>"), (root, "python.org"), (tld, "python.org"), (ns1, "python.org")]
    referrals = "dns.flags.response == 1 && dns.flags.authoritative == 0 && dns.count.answers == 0 && frame.number < 81"
    referring = lines("dns-hierarchy", f"{referrals} && ip.ttl == 64", "frame.interface_name")
    assert referring == [("root:meet-me",), ("tld:ldn-servers",)]
    dead = 'icmp.type == 3 && icmp.code == 3 && frame.interface_name == "ns1:colo"'
    assert count("dns-hierarchy", dead) >= 1
    assert count("dns-hierarchy", 'dns.flags.authoritative == 1 && frame.interface_name == "ns2:meet-me"') == 1


def test_a_packet_loses_one_step_on_each_of_fifteen_wires():
    ping = lines("journey", "icmp.type == 8", "ip.ttl", "ip.src")
    assert [int(ttl) for ttl, _ in ping] == list(range(64, 49, -1))
    assert [source for _, source in ping] == ["192.168.1.23"] + ["198.18.10.10"] * 14
    assert count("journey", 'http.request.method == "GET" && frame.interface_name == "laptop:home"') == 1
    assert count("journey", 'http.response.code == 200 && frame.interface_name == "web:colo"') == 1
    assert count("journey", 'frame.comment contains "ANSWERS"') == 4


def test_the_laptop_asks_whether_it_is_alone_and_one_router_advertises_to_it():
    asked = lines("ipv6", "icmpv6.type == 135 && ipv6.src == ::", "icmpv6.nd.ns.target_address")
    assert asked == [("fe80::5d:50ff:fef8:cb25",), ("2001:db8:7:0:5d:50ff:fef8:cb25",)]
    advertised = lines("ipv6", "icmpv6.type == 134", "icmpv6.opt.prefix", "frame.interface_name", "ipv6.hlim")
    assert advertised == [("2001:db8:7::,::", "router:lan", "255")]  # the prefix, and a way to everywhere
    assert count("ipv6", "icmpv6.type >= 133 && icmpv6.type <= 136 && ipv6.hlim != 255") == 0


def test_the_name_has_an_ipv6_address_and_the_page_comes_over_both():
    assert count("ipv6", "dns.aaaa == 2001:db8:8::80 && ip") > 0
    assert count("ipv6", "dns && ipv6") == 0
    pages = lines("ipv6", 'http.response.code == 200 && frame.interface_name == "web:far"', "ip.src", "ipv6.src")
    assert pages == [("198.18.8.80", ""), ("", "2001:db8:8::80"), ("", "2001:db8:8::80")]


def test_nothing_large_crosses_the_thin_wire_and_pieces_have_one_number():
    thin = 'frame.interface_name == "{}:thin"'
    for node in ("router", "isp"):
        assert count("mtu", f"{thin.format(node)} && frame.len > 1294") == 0
    pieces = lines(
        "mtu", f"{thin.format('router')} && ip && (ip.flags.mf == 1 || ip.frag_offset > 0)", "ip.id", "ip.flags.mf"
    )
    (whole,) = lines("mtu", 'frame.interface_name == "laptop:lan" && icmp.type == 8', "ip.id")
    assert [(number, more in ("1", "True")) for number, more in pieces] == [(whole[0], True), (whole[0], False)]


def test_complaints_say_1280_and_none_is_there_in_the_black_hole():
    assert set(lines("mtu", "icmp.type == 3 && icmp.code == 4", "icmp.mtu")) == {("1280",)}
    assert set(lines("mtu", "icmpv6.type == 2", "icmpv6.mtu")) == {("1280",)}
    assert count("mtu", "icmp.type == 3 && icmp.code == 4") == 2
    clamped = lines("mtu", 'tcp.flags == 0x002 && frame.interface_name == "isp:far"', "tcp.options.mss_val")
    assert [mss for (mss,) in clamped] == ["1460", "1460", "1240"]


LAPTOPS_WIRE = 'frame.interface_name == "openwrt:home"'


def outer(addresses):
    """Return the first of several addresses: an ICMP error has those of the packet that it quotes, too."""
    return addresses.split(",")[0]


def test_fourteen_routers_complain_three_times_over_and_once_more_about_pings():
    complaints = lines("traceroute-15", f"icmp.type == 11 && {LAPTOPS_WIRE}", "ip.src", "ip.proto")
    about = {"1,17": [], "1,6": [], "1,1": []}
    for addresses, protocols in complaints:
        about[protocols].append(outer(addresses))
    by_udp, by_tcp, by_ping = about.values()
    assert by_udp == by_ping
    assert len(set(by_udp)) == len(by_udp) == 14
    assert (sorted(by_tcp), len(by_tcp)) == (sorted(by_udp * 2), 28)


@pytest.mark.parametrize("scenario", ["traceroute-15", "geolocate"])
def test_each_address_is_asked_for_its_name_and_one_has_none(scenario):
    answered = f"dns.flags.response == 1 && dns.qry.type == 12 && {LAPTOPS_WIRE}"
    names = lines(scenario, answered, "dns.qry.name", "dns.ptr.domain_name")
    assert len(names) == 15
    assert [asked for asked, name in names if not name] == ["22.20.18.198.in-addr.arpa"]
    assert count(scenario, f"{answered} && dns.flags.rcode == 3") == 1


def test_the_addresses_in_the_table_are_those_that_complained():
    complaints = lines("geolocate", f"icmp && {LAPTOPS_WIRE}", "ip.src")
    table = read_result(RECORDED / "geolocate")["facts"]["table"]
    assert [row["ip"] for row in table] == [outer(addresses) for (addresses,) in complaints]


def test_an_address_is_asked_for_in_four_words_and_relayed_under_the_routers_own():
    words = lines("dhcp", "dhcp && frame.number < 20 && dhcp.ip.client == 0.0.0.0", "dhcp.option.dhcp")
    assert [int(word) for (word,) in words[:4]] == [1, 2, 3, 5]
    assert len({number for (number,) in lines("dhcp", "dhcp && frame.number < 20", "dhcp.id")[:4]}) == 1
    assert count("dhcp", "dhcp.option.dhcp == 7") == 1
    relayed = lines("dhcp", 'dhcp && frame.interface_name == "router:ground"', "dhcp.ip.relay", "dhcp.hops")
    assert {("192.168.2.1", "1")} == {one for one in relayed if one[1] == "1"}


def test_bgp_withdraws_what_was_cut_and_announces_it_when_it_is_mended():
    assert count("routing", "bgp.type == 2 && bgp.update.withdrawn_routes.length > 0") > 0
    opened = lines("routing", "bgp.type == 1", "frame.interface_name", "bgp.open.holdtime")
    assert sorted(opened) == [("east:direct", "0"), ("west:direct", "0")]


def test_a_request_is_four_layers_and_a_question_too():
    (request,) = lines("layers", 'http.request && frame.interface_name == "alice:floor"', "frame.protocols")
    assert request == ("eth:ethertype:ip:tcp:http",)
    asked = lines("layers", 'dns.flags.response == 0 && frame.interface_name == "alice:floor"', "frame.protocols")
    assert set(asked) == {("eth:ethertype:ip:udp:dns",)}


def test_of_all_calls_into_the_system_few_are_heard():
    flags = [flag.strip("·") for (flag,) in lines("sockets", "tcp.port == 5000", "tcp.flags.str")]
    assert flags == ["S", "A··S", "A", "AP", "A", "AP", "A", "A···F", "A", "A···F", "A"]
    assert count("sockets", "udp.dstport == 5000 && !icmp") == 1
    assert lines("sockets", "icmp", "icmp.type", "icmp.code") == [("3", "3")]


def test_one_segment_of_the_text_is_sent_twice_and_so_are_one_syn_and_one_fin():
    def twice(shown):
        said = lines("errors", shown, "tcp.stream", "tcp.seq_raw")
        return sorted(one for one in set(said) if said.count(one) > 1)

    assert len(twice('tcp.len > 0 && frame.interface_name == "rfc:servers"')) == 1
    assert len(twice('tcp.flags == 0x002 && frame.interface_name == "alice:floor"')) == 1
    assert len(twice('tcp.flags.fin == 1 && frame.interface_name == "alice:floor"')) == 1
    assert count("errors", 'tcp.options.sack_le && frame.interface_name == "alice:floor"') >= 3


def test_a_box_calls_twice_by_beacon_and_by_ssdp():
    assert count("lonely-tivos", 'udp.dstport == 2190 && frame contains "machine=Meeting room"') == 2
    assert count("lonely-tivos", 'ssdp && http.request.method == "NOTIFY"') == 6
    assert count("lonely-tivos", 'ssdp && http.request.method == "M-SEARCH"') == 2


def test_three_programs_ask_for_one_text_and_three_times_for_one_that_is_not_there():
    asked = 'http.request && frame.interface_name == "alice:floor" && http.request.uri contains "{}"'
    agents = lines("rfc-download", asked.format("rfc2324"), "http.user_agent", "http.request.version")
    assert [(agent.split("/")[0], version) for agent, version in agents] == [
        ("Python-urllib", "HTTP/1.1"),
        ("python-requests", "HTTP/1.1"),
        ("", "HTTP/1.0"),
    ]
    assert count("rfc-download", asked.format("rfc9999")) == 3
    assert count("rfc-download", 'http.response.code == 404 && frame.interface_name == "rfc:servers"') == 3


def test_the_word_at_the_door_is_said_aloud_and_not_under_tls():
    said = lines(
        "irc", 'irc.request.command == "PASS" && frame.interface_name == "alice:floor"', "irc.request.command_parameter"
    )
    assert said == [("django4life",)]
    refused = (
        'irc.response.command == "ERROR" && frame contains "Bad password" && frame.interface_name == "chat:machines"'
    )
    assert count("irc", refused) == 1
    assert count("irc", 'tcp.port == 6697 && frame contains "django4life"') == 0
    assert count("irc", "tls.app_data && tcp.port == 6697") > 0


def test_tls_shows_the_name_and_wireshark_opens_the_rest_with_the_keys_in_the_capture():
    hellos = lines("encrypted", "tls.handshake.type == 1", "tls.handshake.extensions_server_name")
    assert set(hellos) == {("www.office.example",)}
    opened = lines("encrypted", "http.request && tcp.port == 443", "http.host")
    assert set(opened) == {("www.office.example",)}
    assert count("encrypted", 'tcp.port == 443 && http.file_data contains "There is coffee"') > 0
    assert count("encrypted", 'tcp.port == 443 && frame contains "There is coffee"') == 0


def test_the_forged_certificate_is_refused_with_a_fatal_alert():
    alerts = lines("encrypted", "tls.alert_message.desc == 48", "frame.interface_name", "tls.alert_message.level")
    assert alerts == [("alice:floor", "2")]
    certificates = 'x509sat.uTF8String == "www.office.example" && frame.interface_name == "eve:floor"'
    assert count("encrypted", certificates) == 1


@pytest.mark.parametrize(
    ("story", "shown", "times"),
    [
        ("telnet", 'telnet.data contains "sesame-street"', 1),
        ("ssh", "ssh.protocol", 6),
        ("ftp", 'ftp.request.command == "PASS"', 4),
        ("ftp", "ftp-data", 2),
        ("mail", 'smtp.req.command == "RCPT"', 3),  # one of them with the keys that are in the capture
        ("mail", 'imap.request contains "STARTTLS"', 1),
        ("mail", 'pop.request.command == "PASS"', 1),
        ("xmpp", "xmpp.auth", 4),
        ("snmp", 'snmp.community == "watchword"', 20),
        ("snmp", "snmp.msgVersion == 3", 8),
        ("lonely-printers", 'mdns && dns.flags.response == 0 && dns.qry.name == "printer._ipp._tcp.local"', 3),
        ("rest-api", 'http.request.method == "PUT"', 2),
        ("surfing", "http.response.code == 404", 1),
        ("twisted-echo", "tcp.port == 8000 && tcp.flags.syn == 1 && tcp.flags.ack == 0", 4),
    ],
)
def test_an_independent_filter_finds_what_is_said(story, shown, times):
    """By TCP once, since on the next wire tshark takes it for sent again; by UDP on each wire."""
    assert count(story, shown) == times


def test_objects_exported_from_http_are_the_servers_files(tmp_path):
    told = load_told(RECORDED / "surfing")
    once = tmp_path / "floor.pcapng"
    told[0].capture.on("floor").save(once)
    subprocess.run(["tshark", "-r", once, "-Q", "--export-objects", f"http,{tmp_path / 'objects'}"], check=True)
    found = sorted(file.read_bytes() for file in (tmp_path / "objects").iterdir())
    answers = [one for end in streams(told[0].capture.on("floor")) if end.sport == 80 for one in messages(end.data)]
    assert len(answers) == 5
    assert found == sorted(one.body for one in answers)


@pytest.mark.parametrize(
    ("story", "protocol"),
    [
        ("dns", "dns"),
        ("dhcp", "dhcp"),
        ("http", "http"),
        ("encrypted", "tls"),
        ("printing", "ipp"),
        ("lonely-printers", "mdns"),
        ("lonely-tivos", "ssdp"),
        ("irc", "irc"),
        ("telnet", "telnet"),
        ("ssh", "ssh"),
        ("ftp", "ftp"),
        ("ftp", "ftp-data"),
        ("mail", "smtp"),
        ("mail", "imap"),
        ("mail", "pop"),
        ("xmpp", "xmpp"),
        ("snmp", "snmp"),
        ("routing", "bgp"),
    ],
)
def test_tshark_calls_a_protocol_by_the_name_that_we_have_for_it(story, protocol):
    assert count(story, f"{protocol} && !_ws.malformed") > 0


def test_tshark_counts_the_conversations_that_the_story_has_shown(tmp_path):
    (told,) = load_told(RECORDED / "traffic")
    desks = told.capture.on("floor")
    desks.save(tmp_path / "capture.pcapng")
    argv = ["tshark", "-r", tmp_path / "capture.pcapng", "-q", "-z", "conv,ip"]
    printed = subprocess.run(argv, check=True, capture_output=True, text=True).stdout
    found = re.findall(r"^(\S+) +<-> (\S+)(?: +\d+ [\d.]+ \w+){2} +(\d+) ", printed, re.MULTILINE)
    assert {frozenset(ends): int(frames) for *ends, frames in found} == {
        frozenset((one.one, one.other)): one.frames for one in conversations(desks)
    }
    assert found


def test_the_expert_suspects_the_segments_that_were_sent_again_and_no_others(tmp_path):
    suspected, ours = [], []
    for told in load_told(RECORDED / "errors"):
        wire = told.capture.on("servers" if told.name == "middle" else "floor")  # where it was lost
        wire.save(tmp_path / "capture.pcapng")
        suspected += lines(tmp_path, "tcp.analysis.retransmission || tcp.analysis.out_of_order", "frame.number")
        before = hops(wire.frames)
        said = repeats(wire.frames, before, same.conversations(wire.frames, before))
        places = {frame.number: place for place, frame in enumerate(wire, start=1)}
        ours += [(str(places[number]),) for number, (word, _) in said.items() if word == AGAIN]
    assert suspected == ours
    assert len(ours) == 3
