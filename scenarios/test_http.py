"""What the frames of the HTTP story must show: one fact, one test. Live and recorded evidence alike."""

import pytest
from scapy.layers.dns import DNS, DNSQR, DNSRR
from scapy.layers.inet import IP, TCP, UDP
from scapy.packet import Raw

from lab.capture import messages, streams

NAME = "python.org"


@pytest.fixture(scope="module")
def seen(evidence):
    return evidence("http")


@pytest.fixture(scope="module")
def victim(seen):
    return seen.plan["victim"]


@pytest.fixture(scope="module")
def web(seen):
    return seen.plan["web"]


@pytest.fixture(scope="module")
def acts(seen):
    """The window of each client."""
    return {"telnet": seen.by_hand, "urllib": seen.by_urllib, "w3m": seen.by_browser}


@pytest.fixture(scope="module")
def conversations(acts):
    """For each client what it sent to the web server, and what came back to it, as streams."""
    return {client: conversation(act) for client, act in acts.items()}


@pytest.fixture(scope="module")
def requests(conversations):
    """The one request of each client."""
    return {client: the_one(messages(asked.data)) for client, (asked, _) in conversations.items()}


@pytest.fixture(scope="module")
def responses(conversations):
    """The one response to each client."""
    return {client: the_one(messages(answered.data)) for client, (_, answered) in conversations.items()}


def conversation(act):
    ends = streams(act.on("lan"))
    return the_one(end for end in ends if end.dport == 80), the_one(end for end in ends if end.sport == 80)


def the_one(several):
    (one,) = several
    return one


def page_of(web):
    """The bytes of the page as the topology gives it."""
    return next(file.content for file in web.setup.files if file.path.endswith("/1.html")).encode()


def test_each_time_the_name_is_asked_for_first(acts, victim, web):
    question = IP(src=victim.ip) / UDP(dport=53) / DNS(qr=0, qd=DNSQR(qname=NAME, qtype="A"))
    answer = IP(dst=victim.ip) / UDP(sport=53) / DNS(qr=1, rcode="ok", an=DNSRR(rdata=web.ip))
    for act in acts.values():
        assert act.in_order(question, answer, IP(src=victim.ip, dst=web.ip) / TCP(dport=80, flags="S"))


def test_a_handshake_of_three_opens_each_connection(acts, victim, web):
    there, back = IP(src=victim.ip, dst=web.ip), IP(src=web.ip, dst=victim.ip)
    for act in acts.values():
        lan = act.on("lan")
        assert lan.in_order(
            there / TCP(dport=80, flags="S"),
            back / TCP(sport=80, flags="SA"),
            there / TCP(dport=80, flags="A"),
            there / TCP(dport=80) / Raw(),
            back / TCP(sport=80) / Raw(),
        )
        (syn,), (agreed,) = lan.only(there / TCP(flags="S")), lan.only(back / TCP(flags="SA"))
        assert agreed[TCP].ack == syn[TCP].seq + 1
        assert lan.only(there / TCP(flags="A"))[0][TCP].ack == agreed[TCP].seq + 1


def test_what_was_typed_is_what_was_sent(seen, conversations):
    assert conversations["telnet"][0].data.decode() == "".join(f"{line}\r\n" for line in seen.typed)


def test_each_typed_line_goes_its_way_at_once(seen, victim, web):
    segments = seen.by_hand.sent_by("victim").only(IP(src=victim.ip, dst=web.ip) / TCP(dport=80) / Raw())
    assert [segment[Raw].load.decode() for segment in segments] == [f"{line}\r\n" for line in seen.typed]


def test_each_client_asks_for_the_page_and_names_the_host(requests):
    assert {client: request.fields["Host"] for client, request in requests.items()} == dict.fromkeys(requests, NAME)
    assert {client: request.start for client, request in requests.items()} == {
        "telnet": "GET / HTTP/1.1",
        "urllib": "GET / HTTP/1.1",
        "w3m": "GET / HTTP/1.0",
    }


def test_the_library_and_the_browser_say_who_they_are_and_the_hand_does_not(requests):
    assert requests["telnet"].fields["User-Agent"] is None
    assert requests["urllib"].fields["User-Agent"].startswith("Python-urllib/")
    assert requests["w3m"].fields["User-Agent"].startswith("w3m/")


def test_each_answer_is_200_ok_with_headers(responses):
    for response in responses.values():
        assert response.start == "HTTP/1.1 200 OK"
        assert response.fields.get_content_type() == "text/html"
        assert response.fields["Server"] == "nginx"


def test_content_length_is_the_length_of_the_body(conversations, responses):
    for client, response in responses.items():
        body = conversations[client][1].data.partition(b"\r\n\r\n")[2]
        assert int(response.fields["Content-Length"]) == len(body)


def test_the_title_is_in_the_body(seen, responses):
    title = "Welcome to Python.org"
    assert f"<title>{title}</title>".encode() in responses["telnet"].body
    assert seen.response.title == title


def test_all_three_get_the_same_page(responses, web):
    assert {client: response.body for client, response in responses.items()} == dict.fromkeys(responses, page_of(web))


def test_what_was_taken_apart_is_what_was_received(seen, conversations):
    head, _, body = conversations["telnet"][1].data.partition(b"\r\n\r\n")
    headers = [f"{name}: {value}" for name, value in seen.response.headers.items()]
    assert [seen.response.status, *headers] == head.decode().split("\r\n")
    assert seen.response.body.encode() == body


def test_what_the_library_returns_is_the_body(seen, responses):
    assert seen.urllib_printed.encode() == responses["urllib"].body


def test_the_browser_shows_the_words_and_not_the_tags(seen):
    assert "A programming language lets you work quickly." in seen.browser_printed
    assert "<" not in seen.browser_printed


def test_each_client_has_a_connection_of_its_own(conversations):
    assert len({asked.sport for asked, _ in conversations.values()}) == 3


def test_each_connection_is_closed_in_both_directions(acts, victim, web):
    there, back = IP(src=victim.ip, dst=web.ip) / TCP(dport=80), IP(src=web.ip, dst=victim.ip) / TCP(sport=80)
    for act in acts.values():
        lan = act.on("lan")
        for direction, other in ((there, back), (back, there)):
            end = the_one([packet for packet in lan.only(direction) if "F" in packet[TCP].flags])
            assert lan.only(other)[-1][TCP].ack == number_after(end)


def number_after(end):
    """The sequence number after a segment with a FIN, which counts as one byte behind its data (RFC 9293, 3.4)."""
    ip, tcp = end[IP], end[TCP]
    return (tcp.seq + ip.len - 4 * (ip.ihl + tcp.dataofs) + 1) % 2**32


def test_no_connection_is_broken_off(acts):
    for act in acts.values():
        assert not any("R" in packet[TCP].flags for packet in act.only(IP() / TCP()))


def test_who_typed_hangs_up_first_and_else_the_server(acts, web):
    first = {
        client: next(
            frame.packet[IP].src for frame in act.on("lan") if TCP in frame.packet and "F" in frame.packet[TCP].flags
        )
        for client, act in acts.items()
    }
    assert {client: src == web.ip for client, src in first.items()} == {"telnet": False, "urllib": True, "w3m": True}
