"""What the frames of the story of the letter must show: one fact, one test. Live and recorded evidence alike."""

import re
from dataclasses import replace
from email import message_from_string

import pytest

from lab.capture import exchange, exposed, streams
from lab.capture.deciphering import deciphered
from lab.capture.tls import APPLICATION, handshake, records

SMTP, SUBMISSION, POP3, IMAP = 25, 587, 110, 143
ALICES, PASSWORD, GUESS = "sesame-street", "bobs-own-word", "open-sesame"
TEXT = "There is cake in the kitchen. Come before the others do."


@pytest.fixture(scope="module")
def seen(evidence):
    return evidence("mail")


@pytest.fixture(scope="module")
def sent(seen):
    return lines(*exchange(seen.sent.on("floor"), SMTP))


@pytest.fixture(scope="module")
def looked(seen):
    return lines(*exchange(seen.looked.on("floor"), IMAP))


@pytest.fixture(scope="module")
def fetched(seen):
    return lines(*exchange(seen.fetched.on("floor"), POP3))


@pytest.fixture(scope="module")
def secret(seen):
    """The two directions of the connection by IMAP with STARTTLS: what is in the clear, and the streams after it."""
    return with_starttls(seen.ciphered, IMAP, b" OK Begin TLS negotiation now.\r\n")


@pytest.fixture(scope="module")
def handed_in(seen):
    """The same by SMTP."""
    return with_starttls(seen.handed_in, SUBMISSION, b"220 2.0.0 Begin TLS negotiation now.\r\n")


def with_starttls(capture, port, agreed):
    ends = streams(capture.on("floor"))
    client, server = (the_one(end for end in ends if getattr(end, side) == port) for side in ("dport", "sport"))
    return cut(client, b"STARTTLS\r\n"), cut(server, agreed)


def the_one(several):
    (one,) = several
    return one


def lines(*said):
    """Lines end with CR and LF, and by hand with LF."""
    return tuple(one.decode().replace("\r\n", "\n").split("\n")[:-1] for one in said)


def cut(end, words):
    """Take what was said in the clear, up to some words, off a direction."""
    before, found, rest = end.data.partition(words)
    return (before + found).decode(), replace(end, data=rest)


def letter(text):
    """A letter that came by a protocol, parsed."""
    return message_from_string(text.replace("\r\n", "\n"))


# By SMTP


def test_the_words_come_in_this_order(sent):
    client, _ = sent
    verbs = [line.split(" ")[0].split(":")[0] for line in client[:4]]
    assert verbs == ["EHLO", "MAIL", "RCPT", "DATA"]
    assert client[-2:] == [".", "QUIT"]


def test_each_word_is_answered_by_a_number(sent):
    _, server = sent
    assert [line[:3] for line in server if line[3] == " "] == ["220", "250", "250", "250", "354", "250", "221"]


def test_envelope_and_letter_name_the_people_on_their_own(sent):
    client, _ = sent
    assert client[1:3] == ["MAIL FROM:<alice@office.example>", "RCPT TO:<bob@office.example>"]
    assert client[4:6] == ["From: alice@office.example", "To: bob@office.example"]


def test_nobody_asks_alice_for_a_password(sent):
    client, server = sent
    assert not [line for line in (*client, *server) if "AUTH" in line]


def test_the_letter_can_be_read_on_both_wires(seen):
    assert {one.network for one in exposed(seen.sent, TEXT)} == {"floor", "post"}


def test_the_server_gives_it_a_number(seen, sent):
    _, server = sent
    number = re.search(r"250 2\.0\.0 ([0-9a-f]{8}) Message accepted", "\n".join(server))[1]
    assert f"with ESMTP id {number}" in seen.by_imap


# By IMAP


def test_bob_says_who_he_is_looks_into_the_box_and_fetches_number_one(looked):
    client, _ = looked
    words = [line.split()[1] for line in client]
    assert words == ["CAPABILITY", "AUTHENTICATE", "SELECT", "FETCH", "LOGOUT"]


def test_each_answer_bears_the_mark_of_its_question(looked):
    client, server = looked
    marks = [line.split()[0] for line in client]
    assert [line.split()[0] for line in server if re.match(r"A\d+ OK", line)] == marks


def test_his_password_can_be_read_on_both_wires(seen):
    carriers = exposed(seen.looked, PASSWORD)
    assert [(one.network, one.sender, one.heard, one.spelt) for one in carriers] == [
        ("floor", "bob", ("router",), "base64"),
        ("post", "router", ("mail",), "base64"),
    ]


def test_the_letter_that_is_read_is_the_letter_that_was_sent(seen, sent):
    client, _ = sent
    read = letter(seen.by_imap)
    assert (read["From"], read["To"], read["Subject"]) == ("alice@office.example", "bob@office.example", "Cake")
    assert read.get_payload().strip() == TEXT
    assert TEXT in client


def test_each_server_has_written_its_name_on_it(seen):
    stamps = letter(seen.by_imap).get_all("Received")
    assert ["LMTP" in stamp for stamp in stamps] == [True, False]
    assert seen.plan["alice"].ip in stamps[1]


# In cipher


def test_in_the_clear_they_only_agree_on_tls(secret):
    (client, _), (server, _) = secret
    assert [line.split()[1] for line in client.splitlines()] == ["CAPABILITY", "STARTTLS"]
    assert "STARTTLS" in server.splitlines()[0]


def test_then_password_and_letter_can_be_read_nowhere(seen, secret):
    assert exposed(seen.ciphered, PASSWORD) == exposed(seen.ciphered, TEXT) == ()
    assert exposed(seen.looked, PASSWORD) != ()
    assert exposed(seen.looked, TEXT) != ()
    for _, rest in secret:
        assert len(handshake(rest.data)) == 1
        assert APPLICATION in {one.kind for one in records(rest.data)}


def test_with_the_keys_they_appear(seen, secret):
    client, server = (end.data.decode() for end in deciphered(*(rest for _, rest in secret), seen.keys))
    assert f"LOGIN bob {PASSWORD}" in client
    assert TEXT in server
    assert TEXT in seen.in_cipher


# By POP3


def test_bob_takes_the_letter_and_has_it_deleted(fetched):
    client, server = fetched
    assert [line.split()[0] for line in client] == ["USER", "PASS", "LIST", "RETR", "DELE", "QUIT"]
    assert server[-1] == "+OK Logging out, messages deleted."


def test_the_server_says_how_long_the_letter_is(seen, fetched):
    _, server = fetched
    begin = next(number for number, line in enumerate(server) if line.endswith(" octets"))
    end = server.index(".", begin)
    length = sum(len(line) + 2 for line in server[begin + 1 : end])
    assert server[begin] == f"+OK {length} octets"


def test_it_is_the_same_letter(seen, fetched):
    _, server = fetched
    assert server[-4] == TEXT
    assert server[-3] == "."


def test_the_password_stands_there_in_letters(seen):
    assert {one.spelt for one in exposed(seen.fetched, PASSWORD)} == {"plain"}


# In vain


def test_nobody_of_that_name_is_said_at_the_envelope(seen):
    client, server = lines(*exchange(seen.unknown.on("floor"), SMTP))
    assert [line.split()[0] for line in client] == ["EHLO", "MAIL", "RCPT", "QUIT"]
    assert server[-2] == "550 Invalid recipient: <dora@office.example>"
    assert "550" in seen.complaint


def test_a_wrong_password_gets_an_error(seen):
    _, server = lines(*exchange(seen.refused.on("floor"), POP3))
    assert server[-1] == "-ERR [AUTH] Authentication failed."
    assert "Login denied" in seen.refusal
    assert {one.spelt for one in exposed(seen.refused, GUESS)} == {"base64"}


def test_a_letter_that_is_too_long_stays_in_bobs_hands(seen):
    client, server = lines(*exchange(seen.full.on("floor"), IMAP))
    (asked,) = [line for line in client if " APPEND " in line]
    mark, length = asked.split()[0], int(asked.rpartition("{")[2].rstrip("}"))
    (answer,) = [line for line in server if line.startswith(mark)]
    assert answer.startswith(f"{mark} NO [OVERQUOTA] ")
    assert sum(map(len, client)) < length
    assert "Upload failed" in seen.no_room


# By SMTP, in cipher


def test_alices_program_says_hello_and_asks_for_tls(handed_in):
    (client, _), (server, _) = handed_in
    assert client.splitlines() == ["EHLO alice", "STARTTLS"]
    assert "250-STARTTLS" in server.splitlines()


def test_password_and_envelope_can_be_read_nowhere(seen):
    for word in (ALICES, "bob@office.example", TEXT):
        assert exposed(seen.handed_in, word) == ()
    assert exposed(seen.sent, "bob@office.example") != ()
    assert exposed(seen.sent, TEXT) != ()


def test_with_the_keys_there_is_a_password_and_then_the_same_words(seen, handed_in):
    client, server = (end.data.decode() for end in deciphered(*(rest for _, rest in handed_in), seen.alices_keys))
    verbs = [line.split(" ")[0].split(":")[0] for line in client.splitlines()]
    assert verbs[:5] == ["EHLO", "AUTH", "MAIL", "RCPT", "DATA"]
    assert verbs[-2:] == [".", "QUIT"]
    assert [line for line in client.splitlines() if line in ("From: alice@office.example", TEXT)]
    numbers = [line[:3] for line in server.splitlines() if line[3] == " "]
    assert numbers == ["250", "235", "250", "250", "354", "250", "221"]
    assert [line for line in server.splitlines() if line not in seen.answers] == []
