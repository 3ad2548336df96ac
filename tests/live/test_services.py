"""The services of the office are real: clients that we did not write ask them, also for what they do not give."""

from datetime import UTC, datetime

import pytest
from scapy.layers.inet import IP, TCP

from lab import certificates
from lab.capture import exposed, streams
from lab.capture.tls import ALERT, records
from tests.live.altering import written

pytestmark = pytest.mark.docker

PASSWORD = "sesame-street"
FATAL, CERTIFICATE_EXPIRED = 2, 45
"""Bytes of an alert (RFC 5246, section 7.2)."""


@pytest.fixture(scope="module")
def lab(labs):
    return labs("office")


def test_lftp_reads_the_list_of_the_file_server(lab):
    done = lab["alice"].run(
        "lftp", "-u", f"alice,{PASSWORD}", "-e", "cls -1; cat recipe.txt; bye", "files.office.example"
    )
    assert done.stdout.startswith("recipe.txt\nCoffee for twelve\n")


def test_the_file_server_takes_no_file(lab):
    done = lab["alice"].attempt(
        *("curl", "--silent", "--upload-file", "/etc/hostname", f"ftp://alice:{PASSWORD}@files.office.example/note.txt")
    )
    assert done.exit_code == 25


def test_a_name_that_is_not_known_is_refused_like_a_wrong_password(lab):
    codes = [
        lab["eve"].attempt("sshpass", "-p", word, "ssh", *ssh_options(), f"{name}@shell.office.example", "id").exit_code
        for name, word in (("alice", "open-sesame"), ("nobody-here", PASSWORD))
    ]
    assert codes == [5, 5]


def ssh_options():
    return ("-o", "UserKnownHostsFile=/dev/null", "-o", "StrictHostKeyChecking=no", "-o", "LogLevel=ERROR")


def test_who_logs_in_by_ssh_is_nobody_else_and_has_no_rights(lab):
    command = "id -un; grep CapEff /proc/self/status"
    told = (
        lab["alice"].run("sshpass", "-p", PASSWORD, "ssh", *ssh_options(), "alice@shell.office.example", command).stdout
    )
    assert told.split() == ["alice", "CapEff:", "0000000000000000"]


def test_openssl_finds_that_the_mail_server_is_who_it_says(lab):
    check = ("-verify_return_error", "-verify_hostname", "mail.office.example", "-brief")
    for protocol, port in (("imap", 143), ("pop3", 110), ("smtp", 587)):
        done = lab["bob"].run(
            "openssl", "s_client", *check, "-starttls", protocol, "-connect", f"mail.office.example:{port}"
        )
        assert "Verification: OK" in done.stderr + done.stdout


JAR = "Bob owes it seven cups"


def asks_for_the_jar(lab, scheme, *words):
    """Return what curl prints of a page that asks for a password, with its number, and what went over the wires."""
    with lab.recording() as recording:
        done = lab["alice"].run(
            "curl", "--silent", *words, "--write-out", "%{http_code}", f"{scheme}://www.office.example/jar"
        )
    return done.stdout, recording.capture


def test_a_page_that_asks_for_a_password_says_so(lab):
    printed, capture = asks_for_the_jar(lab, "http")
    assert printed.endswith("401")
    assert exposed(capture, 'WWW-Authenticate: Basic realm="/jar"') != ()
    assert exposed(capture, JAR) == ()
    assert asks_for_the_jar(lab, "http", "--user", "alice:open-sesame")[0].endswith("401")


def test_the_password_for_a_page_goes_by_in_base64_and_under_tls_nowhere(lab):
    printed, capture = asks_for_the_jar(lab, "http", "--user", f"alice:{PASSWORD}")
    assert JAR in printed
    assert {(one.network, one.spelt) for one in exposed(capture, PASSWORD)} == {
        ("floor", "base64"),
        ("servers", "base64"),
    }
    printed, capture = asks_for_the_jar(lab, "https", "--user", f"alice:{PASSWORD}")
    assert JAR in printed
    assert exposed(capture, PASSWORD) == exposed(capture, JAR) == ()


def hands_in(lab, *words):
    """Have curl hand a letter in, as it was told."""
    letter = "From: alice@office.example\nSubject: Tea\n\nIs there any?\n"
    lab["alice"].run("python3", "-c", f"open('/tmp/letter', 'w').write({letter!r})")
    envelope = ("--mail-from", "alice@office.example", "--mail-rcpt", "bob@office.example")
    there = ("--upload-file", "/tmp/letter", "smtp://mail.office.example:587/alice")
    with lab["alice"].without("/tmp/letter"):
        return lab["alice"].attempt("curl", "--silent", "--show-error", *words, *envelope, *there)


def test_who_lives_here_hands_a_letter_in_with_a_password_and_it_is_kept(lab):
    with lab.recording() as recording:
        assert hands_in(lab, "--ssl-reqd", "--user", "alice:sesame-street").exit_code == 0
    assert exposed(recording.capture, "sesame-street") == exposed(recording.capture, "Is there any?") == ()
    read = ("curl", "--silent", "imap://bob:bobs-own-word@mail.office.example/INBOX;MAILINDEX=*")
    lab["bob"].waits_until_says("Is there any?", *read)
    lab["bob"].run("curl", "--silent", "--head", "--request", "DELE 1", "pop3://bob:bobs-own-word@mail.office.example/")


def test_without_tls_the_password_goes_by_in_base64(lab):
    with lab.recording() as recording:
        hands_in(lab, "--user", "alice:sesame-street", "--mail-rcpt", "nobody@elsewhere.example")
    assert {one.spelt for one in exposed(recording.capture, "sesame-street")} == {"base64"}


def test_who_does_not_know_the_password_hands_in_nothing(lab):
    done = hands_in(lab, "--user", "alice:open-sesame")
    assert done.exit_code == 67  # CURLE_LOGIN_DENIED
    assert hands_in(lab).exit_code == 55  # it is asked for one before MAIL


def test_under_another_name_its_certificate_is_refused_before_any_word(lab):
    with lab.recording() as recording:
        done = lab["bob"].attempt(
            *("curl", "--silent", "--show-error", "--ssl-reqd", f"imap://bob:bobs-own-word@{lab['mail'].ip}/")
        )
    assert done.exit_code == 60
    assert exposed(recording.capture, "bobs-own-word") == ()
    assert exposed(recording.capture, "STARTTLS") != ()


def test_a_certificate_whose_time_is_over_is_refused_on_the_wire(lab, monkeypatch):
    shown = next(file for file in lab["web"].plan.setup.files if file.path.endswith("lab.crt"))
    monkeypatch.setattr(certificates, "UNTIL", datetime(2021, 1, 1, tzinfo=UTC))
    over = certificates.identity("office", ["www.office.example"])
    with written(lab, "web", shown, over.certificate):
        lab["web"].begins_anew()
        with lab.recording() as recording:
            done = lab["alice"].attempt(
                "curl", "--silent", "--show-error", "--tls-max", "1.2", "https://www.office.example/"
            )
    lab["web"].begins_anew()
    assert done.exit_code == 60
    assert "certificate has expired" in done.stderr
    (client,) = [end for end in streams(recording.capture.on("floor")) if end.dport == 443]
    (alert,) = [one.content for one in records(client.data) if one.kind == ALERT]
    assert alert == bytes([FATAL, CERTIFICATE_EXPIRED])
    assert exposed(recording.capture, "There is coffee") == ()
    assert (
        lab["alice"].run("curl", "--silent", "https://www.office.example/").exit_code == 0
    )  # with the other one again


def test_who_believes_nobody_ends_with_an_alert(lab):
    with lab.recording() as recording:
        done = lab["eve"].attempt(
            *("curl", "--silent", "--ssl-reqd", "imap://bob:bobs-own-word@mail.office.example/"),
        )
    assert done.exit_code == 60
    said = [bytes(packet[TCP].payload) for packet in recording.capture.only(IP(src=lab["eve"].ip) / TCP(dport=143))]
    assert any(one.kind == ALERT for data in said if data[:1] == bytes([ALERT]) for one in records(data))


def test_a_file_server_that_dies_in_the_middle_is_missed_by_its_client(lab):
    files, alice = lab["files"], lab["alice"]
    with lab.recording() as recording, alice.dialogue("nc", "-N", "-C", "files.office.example", "21") as line:
        line.hears("220 ")
        line.types("USER alice")
        line.hears("331 ")
        with files.out_of_service():
            recording.waits_for(IP(src=files.ip, dst=alice.ip) / TCP(sport=21, flags="FA"), 2)
    assert "221" not in line.said
    assert alice.run("curl", "--silent", f"ftp://alice:{PASSWORD}@files.office.example/recipe.txt").stdout


def test_a_chat_of_instant_messages_outlives_none_of_its_people(lab):
    with lab["alice"].dialogue("nc", "-N", "talk.office.example", "5222") as line:
        line.types("this is no XML")
        line.hears("not-well-formed")


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        (("--json", '{"drink": "coffee"}', "/orders"), "400"),
        (("--json", '{"drink": "coffee", "cups": true}', "/orders"), "400"),
        (("--json", "no json", "/orders"), "400"),
        (("--request", "PUT", "--json", '{"drink": "tea", "cups": 1}', "/orders/999"), "404"),
        (("--request", "PATCH", "/orders"), "405"),
        (("--data", "drink=coffee", "/orders"), "400"),
    ],
)
def test_an_order_that_makes_no_sense_has_its_number(lab, asked, status):
    *words, path = asked
    code = ("--silent", "--output", "/dev/null", "--write-out", "%{http_code}")
    assert lab["alice"].run("curl", *code, *words, f"http://orders.office.example{path}").stdout == status


def test_a_line_that_is_too_long_ends_the_talk_with_the_echo(lab):
    long = "x" * 20000
    done = lab["alice"].attempt("curl", "--silent", "--header", f"X: {long}", "http://echo.office.example:8000/")
    assert done.exit_code in (52, 56)
    assert "GET /" in lab["alice"].run("curl", "--silent", "http://echo.office.example:8000/").stdout


@pytest.mark.parametrize("name", ["mail", "talk", "files", "shell", "old", "ups", "echo", "orders", "gallery", "chat"])
def test_a_service_that_is_killed_can_begin_anew(lab, name):
    for _ in range(2):
        with lab[name].out_of_service():
            assert not lab[name].answers
        assert lab[name].answers


def test_a_node_confirms_what_comes_while_a_program_has_the_socket(lab):
    put_off = lab["alice"].attempt("cat", "/proc/sys/net/ipv4/tcp_backlog_ack_defer")
    assert put_off.exit_code != 0 or put_off.stdout == "0\n"  # Linux 6.7 has it first
