"""What the frames of the story of encryption must show: one fact, one test. Live and recorded evidence alike."""

import pytest
from cryptography import x509
from scapy.layers.dns import DNS, DNSRR
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.l2 import ARP

from lab.capture import exposed, matches, messages, streams
from lab.capture.deciphering import deciphered
from lab.capture.tls import ALERT, APPLICATION, CERTIFICATE, handshake, records, server_name

NAME = "www.office.example"
SECRET = "There is coffee in the kitchen"
HTTPS = 443
FATAL, UNKNOWN_CA = 2, 48
PEER_FAILED_VERIFICATION = 60
"""What curl ends with when a certificate does not convince it."""


@pytest.fixture(scope="module")
def seen(evidence):
    return evidence("encrypted")


@pytest.fixture(scope="module")
def page(seen):
    """The page as the topology gives it."""
    return next(file.content for file in seen.plan["web"].setup.files if file.path.endswith("/1.html"))


@pytest.fixture(scope="module")
def ciphered(seen):
    """The two directions of the connection under TLS."""
    return connection(seen.ciphered)


@pytest.fixture(scope="module")
def logged(seen):
    """The two directions of the connection whose keys were written down."""
    return connection(seen.logged)


@pytest.fixture(scope="module")
def opened(seen, logged):
    """What the two said, with the keys."""
    return deciphered(*logged, seen.keys)


@pytest.fixture(scope="module")
def forged(seen):
    """The two directions of the connection with the liar."""
    return connection(seen.forged)


def connection(act):
    ends = streams(act.on("floor"))
    return the_one(end for end in ends if end.dport == HTTPS), the_one(end for end in ends if end.sport == HTTPS)


def the_one(several):
    (one,) = several
    return one


def certificates(message):
    """The certificates of a message that everybody can read (RFC 5246, section 7.4.2), each after its length."""
    at, listed = 3, []
    while at < len(message.content):
        length = int.from_bytes(message.content[at : at + 3], "big")
        listed.append(x509.load_der_x509_certificate(message.content[at + 3 : at + 3 + length]))
        at += 3 + length
    return listed


def names(certificate):
    return certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value.get_values_for_type(
        x509.DNSName
    )


# In the clear


def test_in_the_clear_the_page_is_readable_on_both_wires(seen):
    carriers = exposed(seen.plain, SECRET)
    assert {(one.network, one.sender) for one in carriers} == {("servers", "web"), ("floor", "router")}
    assert {one.spelt for one in carriers} == {"plain"}


# Under TLS


def test_under_tls_nobody_on_the_way_can_read_the_page(seen):
    assert exposed(seen.ciphered, SECRET) == ()
    assert exposed(seen.logged, SECRET) == ()


def test_neither_can_anybody_read_what_was_asked_for(seen):
    assert exposed(seen.plain, "GET / HTTP/1.1") != ()
    assert exposed(seen.ciphered, "GET / HTTP/1.1") == ()


def test_the_page_is_the_same_each_time(seen, page):
    assert {seen.by_http, seen.by_https, seen.with_keys} == {page}


def test_the_name_of_the_server_is_said_aloud(ciphered):
    client, _ = ciphered
    assert server_name(client.data) == NAME


def test_the_address_of_the_server_is_on_every_packet(seen, ciphered):
    client, server = ciphered
    assert (client.dst, client.dport) == (seen.plan["web"].ip, HTTPS)
    assert server.src == client.dst


def test_after_the_first_message_of_each_everything_is_ciphered(ciphered):
    for end in ciphered:
        said = records(end.data)
        assert len(handshake(end.data)) == 1
        assert {one.kind for one in said[2:]} == {APPLICATION}


def test_the_certificate_cannot_be_read_either(ciphered):
    _, server = ciphered
    assert CERTIFICATE not in {message.kind for message in handshake(server.data)}
    assert b"The authority of office" not in server.data


# With the keys


def test_with_the_keys_the_request_and_the_page_appear(opened, page):
    client, server = opened
    assert client.data.startswith(b"GET / HTTP/1.1\r\n")
    assert the_one(messages(server.data)).body.decode() == page


def test_with_the_keys_the_certificate_appears_and_says_the_name(opened):
    _, server = opened
    message = the_one(one for one in server.handshake if one.kind == CERTIFICATE)
    length = int.from_bytes(message.content[4:7], "big")
    certificate = x509.load_der_x509_certificate(message.content[7 : 7 + length])
    assert names(certificate) == [NAME]
    assert certificate.issuer.rfc4514_string() == "CN=The authority of office"


def test_the_keys_of_one_connection_open_no_other(seen, ciphered):
    client, _ = ciphered
    hello = handshake(client.data)[0].content
    assert hello[2:34].hex() not in seen.keys


def test_the_page_that_was_deciphered_is_the_one_that_came_in_the_clear(seen, opened):
    _, server = opened
    in_the_clear = the_one(end for end in streams(seen.plain.on("floor")) if end.sport == 80)
    assert the_one(messages(server.data)).body == the_one(messages(in_the_clear.data)).body


# A liar in the middle


def test_eve_says_that_she_is_the_router(seen):
    router, eve = seen.plan["router"].on("floor"), seen.plan["eve"]
    lies = seen.forged.sent_by("eve").only(ARP(op=2, psrc=router.ip, hwsrc=eve.mac, pdst=seen.plan["alice"].ip))
    assert lies


def test_alice_speaks_to_eve_and_the_server_never_hears_of_it(seen):
    to_web = IP(dst=seen.plan["web"].ip) / TCP(dport=HTTPS)
    to_her = [frame for frame in seen.forged if matches(to_web, frame.packet)]
    assert {port.node for frame in to_her for port in frame.delivered} == {"eve"}
    assert seen.forged.sent_by("web").only(TCP()) == []


def test_the_forged_certificate_says_the_right_name_and_is_signed_by_its_maker(forged):
    _, liar = forged
    message = the_one(one for one in handshake(liar.data) if one.kind == CERTIFICATE)
    certificate = the_one(certificates(message))
    assert names(certificate) == [NAME]
    assert certificate.issuer == certificate.subject


def test_alices_program_refuses_it_on_the_wire(forged):
    client, _ = forged
    alert = the_one(one for one in records(client.data) if one.kind == ALERT)
    assert alert.content == bytes([FATAL, UNKNOWN_CA])


def test_not_a_byte_of_the_request_was_sent(seen, forged):
    client, _ = forged
    assert APPLICATION not in {one.kind for one in records(client.data)}
    assert exposed(seen.forged, "GET / HTTP/1.1") == ()


def test_alice_is_told_why(seen):
    assert seen.exit_code == PEER_FAILED_VERIFICATION
    assert "self-signed certificate" in seen.refused


def test_the_name_server_told_her_the_true_address(seen):
    web, dns = seen.plan["web"], seen.plan["dns"]
    assert seen.forged.only(IP(src=dns.ip, dst=seen.plan["alice"].ip) / UDP() / DNS(qr=1, an=DNSRR(rdata=web.ip)))
