"""What the frames of the story of SSH must show: one fact, one test. Live and recorded evidence alike."""

from base64 import b64decode

import pytest

from lab.capture import exchange, exposed

PASSWORD, NOTE, SSH = "sesame-street", "The key to the cellar hangs behind the door.", 22
KEXINIT = 20
"""The number of the message in which each end says what it is able to (RFC 4253, section 7.1)."""


@pytest.fixture(scope="module")
def seen(evidence):
    return evidence("ssh")


@pytest.fixture(scope="module")
def entered(seen):
    """What Alice's program and the machine said."""
    return exchange(seen.entered.on("floor"), SSH)


@pytest.fixture(scope="module")
def refused(seen):
    """What Eve's program and the machine said."""
    return exchange(seen.refused.on("floor"), SSH)


@pytest.fixture(scope="module")
def key(seen):
    """The key that Alice's program keeps, as it goes over the wire: its kind, and 32 bytes (RFC 8709, section 4)."""
    return b64decode(seen.known.split()[2])


def banner(said):
    return said.partition(b"\r\n")[0].decode()


def agreed(said):
    """The first message after the banner: its number, and what it says (RFC 4253, section 6)."""
    packet = said.partition(b"\r\n")[2]
    length, padding = int.from_bytes(packet[:4], "big"), packet[4]
    return packet[5], packet[6 : 4 + length - padding]


def test_each_end_says_in_a_line_what_it_is(entered):
    for said in entered:
        assert banner(said).startswith("SSH-2.0-OpenSSH_")


def test_then_each_says_in_the_clear_what_it_is_able_to(entered):
    for said in entered:
        number, text = agreed(said)
        assert number == KEXINIT
        assert b"curve25519-sha256" in text
        assert b"ssh-ed25519" in text


def test_the_machine_shows_its_key_in_the_clear(entered, key):
    _, server = entered
    assert key[:19] == b"\0\0\0\x0bssh-ed25519\0\0\0\x20"
    assert len(key) == 51
    assert key in server


def test_it_is_the_same_key_each_time(seen, key, refused):
    assert key in exchange(seen.again.on("floor"), SSH)[1]
    assert key in refused[1]


def test_alices_program_keeps_it_under_the_name(seen):
    assert seen.known.startswith("shell.office.example ssh-ed25519 ")


def test_the_password_can_be_read_nowhere(seen):
    for act in (seen.entered, seen.again):
        assert exposed(act, PASSWORD) == ()
        assert exposed(act, "SSH-2.0-") != ()


def test_neither_can_the_name_nor_the_note(seen, entered):
    assert exposed(seen.entered, NOTE) == ()
    assert not [said for said in entered if b"alice" in said]


def test_the_note_has_come_all_the_same(seen):
    assert seen.note.strip() == seen.once_more.strip() == NOTE


def test_eve_is_refused(seen):
    assert seen.eve_exit == 5
    assert exposed(seen.refused, "open-sesame") == ()


def test_her_talk_begins_like_any_other_and_is_shorter(entered, refused):
    assert [banner(said) for said in refused] == [banner(said) for said in entered]
    assert [len(said) < len(other) for said, other in zip(refused, entered, strict=True)] == [True, True]
