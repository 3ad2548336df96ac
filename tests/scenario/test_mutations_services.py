"""For each proof of the stories about services and traffic, a lie in the recorded evidence that turns it red."""

from dataclasses import replace
from pathlib import Path

import pytest
from scapy.layers.dns import DNS
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.l2 import Ether

from lab.scenario import find
from tests.scenario.lying import another_text, facts, frames, nothing, proofs_of, red_by, stays

SCENARIOS = Path(__file__).parents[2] / "scenarios"
SSH, TELNET, HTTP, ECHO, SNMP = 22, 23, 80, 8000, 161


def spelt(name, old, new, act="", by=""):
    """Have some bytes be as many others, in an act and from a sender, or in all of them."""
    assert len(old) == len(new)

    def change(where, frame, packet):
        meant = act in (where, "") and by in (frame.port.node, "")
        return replace(frame, data=frame.data.replace(old, new)) if meant else frame

    change.__name__ = name
    return frames(change)


def gone(name, is_it):
    """Have frames be missing."""

    def change(where, frame, packet):
        return None if is_it(where, frame, packet) else frame

    change.__name__ = name
    return frames(change)


def elsewhere(name, port, network):
    """Have what goes to a port be seen on another network."""

    def change(where, frame, packet):
        layer = packet.getlayer(UDP) or packet.getlayer(TCP)
        return replace(frame, port=replace(frame.port, network=network)) if layer and layer.dport == port else frame

    change.__name__ = name
    return frames(change)


def unsaid(text):
    """Nothing was printed."""
    return ""


def number(value):
    """Say another number."""
    return value + 1


def said_before(texts):
    """The first says what the last did."""
    return [texts[-1], *texts[1:]]


def renamed(saved):
    """A file has another name."""
    return {f"{path}~": text for path, text in saved.items()}


def to_everybody(act, frame, packet):
    """The group has no MAC of its own."""
    if UDP in packet and packet[UDP].dport == 5353:
        packet[Ether].dst = "ff:ff:ff:ff:ff:ff"
    return frame


def somebody_answers(act, frame, packet):
    """What the printer says last comes from somebody else."""
    if UDP in packet and packet[IP].dst == "224.0.0.251" and packet[UDP].dport == 5353:
        packet[IP].src = "10.20.1.12"
    return frame


def to_each_other(act, frame, packet):
    """What is for the server goes to the other one."""
    if act == "said" and IP in packet and packet[IP].src == "10.20.1.11":
        packet[IP].dst = "10.20.1.12"
    return frame


def to_the_name_server(act, frame, packet):
    """The name server is asked."""
    if act == "asked" and UDP in packet and packet[IP].src == "10.20.1.12":
        packet[IP].dst = "10.20.2.53"
    return frame


def without_blocks(act, frame, packet):
    """Nobody says what she has beyond a gap."""
    if TCP in packet:
        packet[TCP].options = [option for option in packet[TCP].options if option[0] != "SAck"]
        packet[TCP].dataofs = None
    return frame


def a_frame_more(lines):
    """The first conversation has a frame more."""
    first = lines[0].split()
    return [lines[0].replace(f" {first[3]} ", f" {int(first[3]) + 1} "), *lines[1:]]


def another_address(act, frame, packet):
    """The name server tells another address."""
    if DNS in packet and packet[DNS].qr:
        packet[DNS].an[0].rdata = "10.20.6.83"
    return frame


def at_once(act, frame, packet):
    """No time passes between what is said and what is answered."""
    return replace(frame, time_ns=0)


def another_data_port(act, frame, packet):
    """The second connection goes to another port."""
    if TCP in packet:
        for end in ("sport", "dport"):
            if getattr(packet[TCP], end) in range(61000, 61100):
                setattr(packet[TCP], end, 61000 if getattr(packet[TCP], end) != 61000 else 61001)
    return frame


def two_connections(act, frame, packet):
    """Nothing but what opens a connection is seen to open two."""
    if TCP in packet and packet[TCP].flags == "SA" and packet[TCP].sport == HTTP:
        packet[TCP].flags = "S"
    return frame


def hangs_up(act, frame, packet):
    """Somebody hangs up in the first act."""
    if act == "entered" and TCP in packet and packet[TCP].flags == "A":
        packet[TCP].flags = "FA"
    return frame


def answers_too_early(act, frame, packet):
    """The server says something before the empty line."""
    if act == "typed" and TCP in packet and packet[TCP].dport == ECHO and b"GET" in frame.data:
        packet[IP].src, packet[IP].dst = "10.20.6.80", "10.20.1.12"
    return frame


def with_no_offer(act, frame, packet):
    """What the printer asks about it does not offer."""
    if DNS in packet and not packet[DNS].qr:
        packet[DNS].ns = []
    return frame


def with_the_password(text):
    return text + "sesame-street"


def of_another_shelf(text):
    return text.replace("shell", "shelf")


def about_tea(text):
    return text.replace("Subject: Cake", "Subject: Tea")


def by_http(text):
    return text.replace("LMTP", "HTTP")


def by_wget(text):
    return text.replace("curl", "wget")


def all_tea(rows):
    return ["1|tea|2\n"] * len(rows)


def gone_when_read(rows):
    return [rows[0], "", *rows[2:]]


def ordered_all_the_same(rows):
    return [*rows[:4], "2|coffee|1000\n"]


def in_one(act, frame, packet):
    """Two cards are one."""
    return replace(frame, data=frame.data.replace(b"one\n", b"on.\n")) if act == "cards" else frame


def nothing_is_lost(act, frame, packet):
    """What was lost has arrived."""
    return frame if frame.delivered else replace(frame, delivered=(replace(frame.port, node="bob"),))


def bob_confirms(act, frame, packet):
    """Somebody tells Alice by UDP."""
    if act == "cards" and UDP in packet and b"five" in frame.data:
        packet[IP].src, packet[IP].dst = packet[IP].dst, packet[IP].src
    return frame


def to_another_box(act, frame, packet):
    """The first card goes to another box."""
    if act == "cards" and UDP in packet and b"one" in frame.data:
        packet[UDP].dport = 5001
    return frame


def another_number(act, frame, packet):
    """What is sent again has another number."""
    if act == "call" and b"two" in frame.data and frame.delivered:
        packet[TCP].seq += 1
    return frame


def said_once_more(act, frame, packet):
    """Another message is said twice."""
    return replace(frame, data=frame.data.replace(b"four\n", b"five\n")) if act == "call" else frame


def nobody_asks(act, frame, packet):
    """Bob does not say what he has beyond the gap."""
    if act == "call" and TCP in packet and packet[TCP].sport == 5000:
        packet[TCP].options = [(name, value) for name, value in packet[TCP].options if name != "SAck"]
    return frame


def longer_headers(act, frame, packet):
    """Each segment has one more option."""
    if act == "call" and TCP in packet and packet[TCP].dport == 5000 and packet[TCP].payload:
        packet[TCP].options = [*packet[TCP].options, ("NOP", None), ("NOP", None), ("NOP", None), ("NOP", None)]
        packet[TCP].dataofs = None
        packet[IP].len = None
    return frame


def unanswered(act, frame, packet):
    """The door was not closed."""
    if TCP in packet and packet[TCP].flags.R:
        packet[TCP].flags = "A"
    return frame


def from_another_door(act, frame, packet):
    """Another door is closed."""
    if TCP in packet and packet[TCP].flags.R:
        packet[TCP].sport = 8081
    return frame


def one_more(bytes_of):
    return bytes_of | {"WEB": bytes_of["WEB"] + 1}


def little(bytes_of):
    return dict.fromkeys(bytes_of, 1)


def redrawn(folder):
    """The picture has another number."""
    file = folder / "chart.svg"
    file.write_text(file.read_text().replace('data-bytes="', 'data-bytes="1', 1))


def without_a_bar(lines):
    return [line for number, line in enumerate(lines) if number]


LIES = {
    "telnet": {
        nothing: set(),
        spelt("another_password", b"sesame-street", b"sesame-avenue", by="alice"): {
            "alice says her name then the password then commands",
            "the password can be read on both wires",
        },
        spelt("another_note", b"behind the door", b"beneath the mat"): {
            "the note goes by in the clear",
        },
        spelt("the_password_comes_back", b"The key to the cellar", b"sesame-street here it"): {
            "the machine gives back what is typed but not the password",
            "the note goes by in the clear",
            "the password can be read on both wires",
        },
        spelt("another_question", b"Password: ", b"Passcode: ", act="entered"): {
            "the machine asks for both before",
        },
        spelt("no_options", b"\xff\xfb\x01", b"\xff\xfb\x02"): {
            "before any word the programs agree on options",
        },
        spelt("no_iac", b"\xff\xfd\x03", b"aaa"): {
            "alice says her name then the password then commands",
        },
        spelt("incorrect", b"Login incorrect", b"Login forgotten"): {
            "a wrong password gets one line and another question",
        },
        spelt("another_guess", b"open-sesame", b"sesame-street"[:11]): {
            "what eve tried can be read as well",
        },
        stays("the_machine_stays", TELNET): {
            "the machine hangs up first",
        },
        facts("alice_read", unsaid): {
            "the note goes by in the clear",
        },
        facts("eve_read", unsaid): {
            "a wrong password gets one line and another question",
        },
        facts("alice_read", with_the_password): {
            "so alice does not see it on her screen",
        },
    },
    "ssh": {
        nothing: set(),
        spelt("older", b"SSH-2.0-", b"SSH-1.0-"): {
            "each end says in a line what it is",
            "the password can be read nowhere",
        },
        spelt("no_curve", b"curve25519-sha256", b"curve25518-sha256"): {
            "then each says in the clear what it is able to",
        },
        spelt("another_key", b"ssh-ed25519\x00\x00\x00\x20", b"ssh-ed25519\x00\x00\x00\x21"): {
            "it is the same key each time",
            "the machine shows its key in the clear",
        },
        spelt("another_number", b"\x14", b"\x15", act="entered"): {
            "then each says in the clear what it is able to",
        },
        spelt("a_password_slips_out", b"SSH-2.0-OpenSSH_9.2p1 Debian", b"SSH-2.0-sesame-street Debian", by="alice"): {
            "each end says in a line what it is",
            "her talk begins like any other and is shorter",
            "the password can be read nowhere",
        },
        spelt("a_name_slips_out", b"OpenSSH_9.2p1", b"alices_9.2p1x", act="entered"): {
            "each end says in a line what it is",
            "her talk begins like any other and is shorter",
            "neither can the name nor the note",
        },
        facts("known", of_another_shelf): {
            "alices program keeps it under the name",
        },
        facts("note", unsaid): {
            "the note has come all the same",
        },
        facts("once_more", unsaid): {
            "the note has come all the same",
        },
        facts("eve_exit", number): {
            "eve is refused",
        },
    },
    "ftp": {
        nothing: set(),
        spelt("without_a_size", b"SIZE recipe", b"MDTM recipe"): {
            "she says who she is and how it is to come and what she wants",
        },
        spelt("another_answer", b"230 Login", b"530 Login"): {
            "each answer begins with a number",
        },
        spelt("another_size", b"213 64", b"213 65"): {
            "the server says beforehand how long it is",
        },
        frames(another_data_port): {
            "the second connection goes to the port that the server has named",
        },
        spelt("tea", b"Coffee for twelve", b"Teapot for twelve"): {
            "it carries the file and nothing else",
        },
        spelt("another_password", b"sesame-street", b"sesame-avenue", act="fetched"): {
            "the password can be read on both wires",
        },
        gone(
            "the_end_of_the_file",
            lambda act, frame, packet: (
                TCP in packet and packet[TCP].sport in range(61000, 61100) and packet[TCP].flags.F
            ),
        ): {
            "the end of the file is the end of the connection",
        },
        spelt("another_list", b"recipe.txt\r\n", b"recipe.doc\r\n", act="listed", by="router"): {
            "the list comes by a second connection as well",
        },
        spelt("found", b"550 /tea", b"250 /tea"): {
            "what is missing is said by the first one",
        },
        spelt("let_in", b"530 Auth", b"230 Auth"): {
            "a wrong password gets 530 and nothing more",
            "she has to wait three seconds for that",
        },
        frames(at_once): {
            "she has to wait three seconds for that",
        },
        facts("recipe", another_text): {
            "it carries the file and nothing else",
        },
        facts("listing", unsaid): {
            "the list comes by a second connection as well",
        },
        facts("complaint", unsaid): {
            "what is missing is said by the first one",
        },
        facts("eve_exit", number): {
            "a wrong password gets 530 and nothing more",
        },
    },
    "snmp": {
        nothing: set(),
        spelt("another_word", b"watchword", b"watchcord"): {
            "the word stands in each question and in each answer",
        },
        spelt("another_lamp", b"A battery that", b"A candle  that"): {
            "the battery says what it is whose it is its name and its place",
        },
        spelt("answers_as_questions", b"\xa2", b"\xa1", act="walked", by="router"): {
            "each question is answered once under its number",
            "each question is for what comes after the last answer",
            "the battery says what it is whose it is its name and its place",
        },
        spelt("another_place_in_the_tree", b"\x2b\x06\x01\x02\x01\x01\x04\x00", b"\x2b\x06\x01\x02\x01\x01\x07\x00"): {
            "the battery says what it is whose it is its name and its place",
        },
        spelt("more_to_come", b"\x82\x00", b"\x05\x00"): {
            "at the end it says that there is no more",
        },
        spelt("the_right_guess", b"public", b"Public"): {
            "a wrong word gets no answer at all",
        },
        gone(
            "no_question", lambda act, frame, packet: act == "guessed" and UDP in packet and packet[UDP].dport == SNMP
        ): {
            "a wrong word gets no answer at all",
        },
        gone(
            "two_less", lambda act, frame, packet: act == "ciphered" and UDP in packet and packet[UDP].sport == SNMP
        ): {
            "the first two say who is who and the others are in cipher",
            "two questions and two answers",
        },
        spelt("another_user", b"keeper", b"keeler"): {
            "the name of the user can be read and the password cannot",
        },
        spelt("a_secret_slips_out", b"keeper", b"Cellar", act="ciphered"): {
            "neither can what was answered",
            "the name of the user can be read and the password cannot",
        },
        spelt("flags", b"\x04\x01\x07", b"\x04\x01\x05", act="ciphered"): {
            "the first two say who is who and the others are in cipher",
        },
        facts("told", unsaid): {
            "alice reads what the frames carry",
            "at the end it says that there is no more",
        },
        facts("complaint", unsaid): {
            "eves program gives up",
        },
        facts("told_in_cipher", unsaid): {
            "neither can what was answered",
        },
    },
    "xmpp": {
        nothing: set(),
        spelt("another_element", b"<presence/>", b"<presents/>", by="alice"): {
            "she opens a document says who she is and opens it anew",
            "with the keys the same stanzas appear",
        },
        spelt("no_plain", b"<mechanism>PLAIN", b"<mechanism>PLEIN"): {
            "the server opens one as well and says what it is able to",
        },
        spelt("no_success", b"<success ", b"<suckess "): {
            "the server opens one as well and says what it is able to",
        },
        spelt("another_password", b"AGFsaWNlAHNlc2FtZS1zdHJlZXQ=", b"AGFsaWNlAHMlc2FtZS1zdHJlZXQ="): {
            "the password stands there in base64",
            "then the password can be read nowhere",
        },
        spelt("another_name", b"<jid>alice", b"<jid>alicf"): {
            "the server tells alice her whole name",
        },
        spelt("another_sentence", b"The coffee is", b"The kettle is", act="said"): {
            "the server writes into bobs document who has said it",
            "what alice says to bob goes to the server",
        },
        frames(to_each_other): {
            "no packet goes from one to the other",
            "the server writes into bobs document who has said it",
        },
        spelt("left_open", b"</stream:stream>", b"</stream:strean>"): {
            "both documents are closed at both ends",
        },
        spelt("authorized", b"<not-authorized/>", b"<yes-authorized/>"): {
            "a wrong password is not authorized",
        },
        spelt("another_guess", b"AGFsaWNlAG9wZW4tc2VzYW1l", b"AGFsaWNlAG9wZW4tc2VzYW1m"): {
            "what eve tried can be read",
        },
        spelt("in_the_clear", b"<starttls xmlns", b"<starttlt xmlns", act="ciphered"): {
            "in the clear they only say that they want to",
            "the name of the domain can",
            "then the password can be read nowhere",
            "with the keys the same stanzas appear",
        },
        spelt("another_domain", b"\x0eoffice.example", b"\x0eoffice.exemple"): {
            "the name of the domain can",
        },
        spelt("one_number", b" id='", b" ie='", act="entered"): {
            "each document has a number of its own",
        },
        frames(hangs_up): {
            "the connection stays open",
        },
        facts("bob_read", unsaid): {
            "the server writes into bobs document who has said it",
        },
        facts("eve_read", unsaid): {
            "a wrong password is not authorized",
        },
    },
    "mail": {
        nothing: set(),
        spelt("helo", b"EHLO alice", b"HELO alice", act="sent"): {
            "the words come in this order",
        },
        spelt("another_verb", b"RCPT TO", b"RCPT OF", act="sent"): {
            "envelope and letter name the people on their own",
        },
        spelt("another_envelope", b"MAIL FROM:<alice", b"MAIL FROM:<alicf", act="sent"): {
            "envelope and letter name the people on their own",
        },
        spelt("not_accepted", b"250 2.0.0 Ok", b"450 2.0.0 Ok"): {
            "each word is answered by a number",
        },
        spelt("another_number", b"Message accepted", b"Message rejected"): {
            "the server gives it a number",
        },
        spelt("somebody_asks", b"250-8BITMIME", b"250-AUTH ALL"): {
            "nobody asks alice for a password",
        },
        spelt("another_text", b"There is cake", b"There is none"): {
            "it is the same letter",
            "password and envelope can be read nowhere",
            "the letter can be read on both wires",
            "the letter that is read is the letter that was sent",
            "then password and letter can be read nowhere",
        },
        spelt("another_command", b"FETCH 1", b"STORE 1", act="looked"): {
            "bob says who he is looks into the box and fetches number one",
        },
        spelt("another_mark", b"A003 OK", b"A009 OK", act="looked"): {
            "each answer bears the mark of its question",
        },
        spelt("another_password", b"AGJvYgBib2JzLW93bi13b3Jk", b"AGJvYgBib2JzLW93bi13b3Jj"): {
            "his password can be read on both wires",
            "then password and letter can be read nowhere",
        },
        spelt("no_tls_first", b". STARTTLS", b". NOTHINGS"): {
            "in the clear they only agree on tls",
            "then password and letter can be read nowhere",
            "with the keys they appear",
        },
        spelt("cannot_tls", b"STARTTLS AUTH", b"STARTTLT AUTH", act="ciphered"): {
            "in the clear they only agree on tls",
        },
        spelt("not_deleted", b"messages deleted", b"messages are kept"[:16], act="fetched"): {
            "bob takes the letter and has it deleted",
        },
        spelt("longer", b" octets", b" octet."): {
            "the server says how long the letter is",
        },
        spelt("another_pop_password", b"PASS bobs-own-word", b"PASS bobs-own-wort"): {
            "the password stands there in letters",
        },
        spelt("somebody_else", b"550 Invalid", b"250 Invalid"): {
            "nobody of that name is said at the envelope",
        },
        spelt("let_in", b"-ERR [AUTH]", b"+OK! [AUTH]"): {
            "a wrong password gets an error",
        },
        spelt("room_for_it", b"NO [OVERQUOTA]", b"OK [OVERQUOTA]", act="full"): {
            "a letter that is too long stays in bobs hands",
        },
        facts("no_room", unsaid): {
            "a letter that is too long stays in bobs hands",
        },
        spelt("no_tls_by_smtp", b"250-STARTTLS", b"250-STARTTLT", act="handed_in"): {
            "alices program says hello and asks for tls",
        },
        spelt("another_hello", b"EHLO alice", b"EHLO allie", act="handed_in"): {
            "alices program says hello and asks for tls",
        },
        facts("answers", unsaid): {
            "with the keys there is a password and then the same words",
        },
        facts("by_imap", about_tea): {
            "the letter that is read is the letter that was sent",
        },
        facts("by_imap", by_http): {
            "each server has written its name on it",
        },
        facts("in_cipher", unsaid): {
            "with the keys they appear",
        },
        facts("complaint", unsaid): {
            "nobody of that name is said at the envelope",
        },
        facts("refusal", unsaid): {
            "a wrong password gets an error",
        },
    },
    "surfing": {
        nothing: set(),
        spelt("another_path", b"GET /pot.svg", b"GET /pat.svg"): {
            "one page is five requests",
            "what the page names is asked for with the page as the referer",
        },
        frames(two_connections): {
            "they go over one connection",
        },
        spelt("no_referer", b"Referer: ", b"Preferr: "): {
            "what the page names is asked for with the page as the referer",
        },
        spelt("another_type", b"image/svg+xml", b"image/svg+abc"): {
            "each object comes with its type",
        },
        spelt("another_picture", b"viewBox=", b"viewbox="): {
            "each object is the servers file to the byte",
        },
        spelt("found", b"404 Not", b"200 Not"): {
            "one picture is missing and the rest comes all the same",
        },
        spelt("another_page", b"Cups and pots", b"Cups and pans", act="read"): {
            "both get the same page",
        },
        spelt("another_program", b"User-Agent: w3m", b"User-Agent: w4m"): {
            "the server does not know who has which program but by its word",
        },
        spelt("bob_wants_more", b"GET / HTTP/1.0", b"GET /x HTTP/1."): {
            "bobs program asks for the page alone",
        },
        facts("saved", renamed): {
            "alices program has saved just these",
        },
        facts("exit_code", number): {
            "one picture is missing and the rest comes all the same",
        },
        facts("text", unsaid): {
            "bobs program asks for the page alone",
        },
    },
    "lonely-printers": {
        nothing: set(),
        frames(to_everybody): {
            "whatever it says goes to everybody on this wire",
        },
        elsewhere("on_other_wires", 5353, "servers"): {
            "no router passes it on",
        },
        frames(somebody_answers): {
            "nobody answers",
        },
        frames(to_the_name_server): {
            "the name server is not asked",
            "who asks the printer itself is answered",
        },
        spelt("not_any", b"\x00\xff\x00\x01", b"\x00\x01\x00\x01"): {
            "first it asks whether somebody has its names",
        },
        spelt("another_name", b"\x07printer\x04_ipp", b"\x07pronter\x04_ipp"): {
            "first it asks whether somebody has its names",
            "no announcement comes before the last probe",
            "the name of the service is asked for three times",
        },
        spelt("another_kind", b"\x04_ipp", b"\x04_ipx"): {
            "first it asks whether somebody has its names",
            "no announcement comes before the last probe",
            "the name of the service is asked for three times",
            "then it says three times what it can do",
        },
        spelt("another_port", b"\x00\x00\x00\x00\x02\x77", b"\x00\x00\x00\x00\x02\x78"): {
            "it says at which port it waits",
        },
        frames(with_no_offer): {
            "it says at once what it would answer",
        },
        gone("a_probe_is_missing", lambda act, frame, packet: act == "called" and frame.number == 4): {
            "no announcement comes before the last probe",
            "the name of the service is asked for three times",
        },
        facts("answer", another_text): {
            "who asks the printer itself is answered",
        },
    },
    "twisted-echo": {
        nothing: set(),
        spelt("another_request", b"GET /coffee", b"GET /toffee", by="router"): {
            "the body of the answer is the request",
        },
        spelt("not_ok", b"HTTP/1.0 200 OK", b"HTTP/1.0 500 OK"): {
            "before it stands what http wants",
            "the field that nobody knows does not matter",
        },
        spelt("another_mood", b"Mood: curious", b"Mood: furious", by="router"): {
            "bobs lines come back as he typed them",
        },
        stays("the_server_stays", ECHO): {
            "the server hangs up first and so the answer ends",
        },
        frames(answers_too_early): {
            "bobs lines come back as he typed them",
            "nothing is answered before the empty line",
            "the field that nobody knows does not matter",
        },
        facts("curl_printed", unsaid): {
            "alice reads what her program has said",
            "her program says its name though nobody has asked",
        },
        facts("netcat_printed", unsaid): {
            "the field that nobody knows does not matter",
        },
        facts("curl_printed", by_wget): {
            "alice reads what her program has said",
            "her program says its name though nobody has asked",
        },
    },
    "rest-api": {
        nothing: set(),
        spelt("another_method", b"POST /orders", b"PUTT /orders"): {
            "each act has its method",
        },
        spelt("another_number", b"201 CREATED", b"200 CREATED"): {
            "each answer has its number",
        },
        spelt("no_json", b"application/json", b"application/jso_"): {
            "what is asked and answered is json",
        },
        spelt("another_place", b"Location: /orders/1", b"Location: /orders/2"): {
            "the answer says where the order is and all others go there",
        },
        spelt("tea", b'"coffee"', b'"toffee"'): {
            "to read changes nothing",
            "what is asked and answered is json",
            "what was printed is what the frames carry",
        },
        spelt("less", b'"cups": 1000', b'"cups": 0010'): {
            "too much is refused and no row is made",
        },
        spelt("no_reason", b"at most 12", b"at most 99"): {
            "too much is refused and no row is made",
            "what was printed is what the frames carry",
        },
        spelt("still_there", b"there is no order", b"there is an order"): {
            "what is deleted is gone",
            "what was printed is what the frames carry",
        },
        facts("rows", said_before): {
            "the row is in the table",
            "to read changes nothing",
        },
        facts("rows", all_tea): {
            "the row is in the table",
            "to put twice is to put once",
            "too much is refused and no row is made",
            "what is deleted is gone",
        },
        facts("rows", gone_when_read): {
            "to read changes nothing",
        },
        facts("rows", ordered_all_the_same): {
            "too much is refused and no row is made",
        },
        facts("printed", said_before): {
            "what was printed is what the frames carry",
        },
    },
    "udp-vs-tcp": {
        nothing: set(),
        frames(in_one): {
            "five cards are sent each in a packet of its own",
        },
        frames(to_another_box): {
            "five cards are sent each in a packet of its own",
            "one of them is lost",
            "the first packet says something already",
        },
        frames(nothing_is_lost): {
            "bob asks for it when the next one comes",
            "one of them is lost",
            "the same message is lost",
        },
        frames(bob_confirms): {
            "nobody tells alice",
        },
        frames(another_number): {
            "it is sent again under the same number",
            "the stream is whole",
        },
        frames(said_once_more): {
            "nothing else is sent twice",
            "the stream is whole",
        },
        frames(nobody_asks): {
            "bob asks for it when the next one comes",
        },
        frames(longer_headers): {
            "what that costs",
        },
        gone("the_first_card", lambda act, frame, packet: act == "cards" and b"one\n" in frame.data): {
            "five cards are sent each in a packet of its own",
            "one of them is lost",
        },
        gone(
            "no_handshake", lambda act, frame, packet: act == "call" and TCP in packet and packet[TCP].flags == "SA"
        ): {
            "three packets go by before the first word",
        },
        facts("by_udp", without_a_bar): {
            "bob reads the other four and there is nothing more",
        },
        facts("by_tcp", another_text): {
            "bob reads all five in their order",
        },
        gone(
            "a_card_less_in_the_sky", lambda act, frame, packet: frame.port.network == "sky" and b"five\n" in frame.data
        ): {
            "the cards reach the sky in their order",
            "the same happens to it on its way",
        },
        spelt("another_card", b"four\n", b"five\n", act="far_cards", by="ship"): {
            "the ship sends on what came one twice and one behind the next",
        },
        spelt("another_word", b"four\n", b"five\n", act="far_call", by="ship"): {
            "the same happens to it on its way",
        },
        spelt("said_again", b"five\n", b"four\n", act="far_call", by="alice"): {
            "alice sends nothing again",
        },
        gone(
            "four_segments",
            lambda act, frame, packet: act == "far_call" and frame.port.node == "alice" and b"five\n" in frame.data,
        ): {
            "alice sends nothing again",
            "the text travels in five full segments",
        },
        frames(without_blocks): {
            "bob asks for it when the next one comes",
            "nemo says what he had already",
            "nemo says what he has beyond the gap",
        },
        facts("far_by_udp", said_before): {
            "nemo reads them as they came",
        },
        facts("far_by_tcp", said_before): {
            "nemo reads all five once and in their order",
        },
    },
    "pyshark": {
        nothing: set(),
        spelt("another_name", b"\x07gallery", b"\x07gallerx", act="fetched", by="alice"): {
            "each question has the name that was typed",
        },
        frames(another_address): {
            "the answer has the address that is called then",
        },
        gone("begins_once", lambda act, frame, packet: TCP in packet and str(frame.port) == "router:workshop"): {
            "a handshake is there once on each wire",
        },
        gone("no_answer", lambda act, frame, packet: act == "fetched" and DNS in packet and packet[DNS].qr): {
            "a filter keeps the frames that our pattern keeps",
            "the answer has the address that is called then",
        },
        gone("one_ping_less", lambda act, frame, packet: ICMP in packet and packet[ICMP].seq == 3): {
            "ping says how many they were",
            "the function is called for each ping and each answer",
            "what is not kept is not there afterwards",
        },
        facts("page", another_text): {
            "the page is as long as what curl printed",
            "the page that we read is the same",
        },
    },
    "traffic": {
        nothing: set(),
        frames(unanswered): {
            "each kind has the bytes of its frames",
            "one packet came to nothing",
        },
        frames(from_another_door): {
            "one packet came to nothing",
        },
        facts("bytes_of", one_more): {
            "each kind has the bytes of its frames",
            "the columns of the picture have the same bytes",
            "the sums are the bytes of the capture",
        },
        facts("bytes_of", little): {
            "each kind has the bytes of its frames",
            "most of it is carried by tcp",
            "the columns of the picture have the same bytes",
            "the sums are the bytes of the capture",
        },
        facts("talks", without_a_bar): {
            "all conversations have the bytes of all but arp",
            "each conversation has the frames of its two",
        },
        facts("talks", a_frame_more): {
            "each conversation has the frames of its two",
        },
        redrawn: {
            "the columns of the picture have the same bytes",
        },
        facts("bars", without_a_bar): {
            "so have the bars",
        },
    },
}
"""For each story the lies, and the proofs that each turns red."""

EACH = [(story, lie) for story, lies in LIES.items() for lie in lies]


@pytest.mark.parametrize(("story", "lie"), EACH, ids=lambda one: one if isinstance(one, str) else one.__name__)
def test_the_right_proofs_turn_red(tmp_path, story, lie):
    assert red_by(lie, find(story, SCENARIOS), tmp_path) == LIES[story][lie]


@pytest.mark.parametrize("story", LIES)
def test_every_proof_turns_red_in_one_of_them(story):
    assert proofs_of(find(story, SCENARIOS)) == set.union(*LIES[story].values())
