"""Files: what was written is read back; what others wrote is read with care; what is broken is named with its place."""

import io
import json
import shutil
import struct
import subprocess
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.layers.inet import ICMP, IP
from scapy.layers.l2 import ARP, Ether

from lab.capture import UNKNOWN, Capture, Frame, PcapngWriter, Window, load_acts, save_acts
from lab.capture.pcapng import read_pcapng
from lab.errors import Inconclusive, InputError
from tests.capture.build import ATTACKER, PORTS, ROUTER, START_NS, VICTIM, WEB, capture, sent

LIE = Ether(src=ATTACKER.mac, dst=VICTIM.mac) / ARP(op="is-at", hwsrc=ATTACKER.mac, psrc=ROUTER.ip)
PING = Ether(src=VICTIM.mac, dst=ROUTER.mac) / IP(src=VICTIM.ip, dst=WEB.ip) / ICMP()
SEEN = capture(
    sent(LIE, ATTACKER, [VICTIM, ROUTER], "the lie, “is-at”"), sent(PING, VICTIM), sent(b"odd", UNKNOWN, [UNKNOWN])
)


def written(seen=SEEN):
    stream = io.BytesIO()
    PcapngWriter(stream, "home-lan").window("act", seen.frames, seen.window)
    return stream.getvalue()


def read(data):
    return read_pcapng(io.BytesIO(data), "x.pcapng")


class TestRoundTrip:
    def test_a_capture_comes_back_as_it_was(self, tmp_path):
        SEEN.save(tmp_path / "x.pcapng")
        assert Capture.load(tmp_path / "x.pcapng") == SEEN

    def test_the_acts_of_a_story_share_a_file(self, tmp_path):
        lossy = capture(*SEEN.frames, drops=3)
        acts = {"before": SEEN, "nothing happens": capture(), "lossy": lossy}
        save_acts(tmp_path / "x.pcapng", acts, "home-lan")
        going_on = tuple(replace(frame, number=frame.number + len(SEEN)) for frame in lossy)
        assert load_acts(tmp_path / "x.pcapng") == acts | {"lossy": replace(lossy, frames=going_on)}
        with pytest.raises(InputError, match="several captures: before, nothing happens, lossy"):
            Capture.load(tmp_path / "x.pcapng")

    def test_a_view_that_is_in_doubt_is_not_proven_afterwards(self, tmp_path):
        SEEN.sent_by("victim").save(tmp_path / "x.pcapng")
        with pytest.raises(Inconclusive, match="not proven"):
            assert ARP() in Capture.load(tmp_path / "x.pcapng")

    def test_a_file_that_is_not_there_is_wrong_input(self, tmp_path):
        with pytest.raises(InputError, match="No such file"):
            Capture.load(tmp_path / "x.pcapng")

    ports = st.sampled_from([*PORTS, UNKNOWN])
    frames = st.builds(
        Frame,
        number=st.just(0),
        time_ns=st.integers(0, 2**64 - 1),
        port=ports,
        delivered=st.lists(ports, max_size=3).map(tuple),
        data=st.binary(max_size=80),
        comment=st.text("aé“🙂\n", max_size=20),
    )

    @settings(max_examples=60)
    @given(st.lists(frames, max_size=5), st.booleans(), st.integers(0, 9))
    def test_any_capture_comes_back_as_it_was(self, frames, proven, drops):
        numbered = tuple(Frame(n, f.time_ns, f.port, f.delivered, f.data, f.comment) for n, f in enumerate(frames, 1))
        window = Window(proven, drops, 2, len(frames), PORTS)
        assert read(written(Capture(numbered, window))) == {"act": (numbered, window)}

    def test_a_stream_declares_its_ports_when_they_are_first_seen(self):
        stream = io.BytesIO()
        writer = PcapngWriter(stream)
        for frame in SEEN:
            writer.frame(frame)
        frames, window = read(stream.getvalue())[""]
        assert frames == SEEN.frames
        assert window == Window(proven=False, total=3, ports=(ATTACKER, VICTIM, ROUTER))


class TestCutFiles:
    def test_a_file_cut_between_blocks_is_not_proven(self):
        last = struct.unpack("<I", written()[-4:])[0]
        frames, window = read(written()[:-last])[""]
        assert (frames, window.proven) == (SEEN.frames, False)

    def test_a_file_that_frames_were_cut_out_of_is_not_proven(self):
        data = written()
        without = b"".join(block for number, block in enumerate(blocks(data)) if number != 7)
        frames, window = read(without)["act"]
        assert (len(frames), window.proven) == (2, False)

    def test_a_file_cut_inside_a_block_names_the_place(self):
        start = len(written()) - struct.unpack("<I", written()[-4:])[0]
        with pytest.raises(InputError, match=rf"x\.pcapng: byte {start}: the file ends inside a block"):
            read(written()[:-1])


def blocks(data):
    while data:
        length = struct.unpack_from("<I", data, 4)[0]
        yield data[:length]
        data = data[length:]


# Files of other programs, byte by byte


def block(order, kind, body):
    length = 12 + len(body)
    return struct.pack(order + "II", kind, length) + body + struct.pack(order + "I", length)


def section(order="<", major=1):
    return block(order, 0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, major, 0, -1))


def interface(order="<", options=b"", link_type=1, snap=0):
    return block(order, 1, struct.pack(order + "HHI", link_type, 0, snap) + options)


def option(order, code, value):
    return struct.pack(order + "HH", code, len(value)) + value + b"\0" * (-len(value) % 4)


def enhanced(order, ticks, data=bytes(16), number=0, length=None, options=b""):
    size = len(data) if length is None else length
    head = struct.pack(order + "IIIII", number, ticks >> 32, ticks & 0xFFFFFFFF, size, size)
    return block(order, 6, head + data + b"\0" * (-len(data) % 4) + options)


class TestFilesOfOtherPrograms:
    @pytest.mark.parametrize("order", "<>")
    def test_both_byte_orders_and_microseconds_are_read(self, order):
        data = section(order) + interface(order) + enhanced(order, START_NS // 1000, bytes(LIE))
        frames, window = read(data)[""]
        assert frames == (Frame(1, START_NS, UNKNOWN, (UNKNOWN,), bytes(LIE)),)
        assert window == Window(proven=False, total=1)

    @pytest.mark.parametrize(
        ("options", "ticks", "nanoseconds"),
        [
            (option("<", 9, b"\x00"), 5, 5_000_000_000),
            (option("<", 9, b"\x09"), 5, 5),
            (option("<", 9, b"\x81"), 5, 2_500_000_000),
            (option("<", 9, b"\x7f"), 5, 0),
            (option("<", 14, struct.pack("<q", 3)), 5, 3_000_005_000),
        ],
    )
    def test_any_clock_is_understood(self, options, ticks, nanoseconds):
        frames, _ = read(section() + interface(options=options) + enhanced("<", ticks))[""]
        assert frames[0].time_ns == nanoseconds

    def test_sections_may_follow_each_other_in_different_byte_orders(self):
        one, other = ([section(order), interface(order), enhanced(order, 1)] for order in "<>")
        frames, _ = read(b"".join([*one, *other]))[""]
        assert [frame.number for frame in frames] == [1, 2]

    def test_comments_are_read_and_unknown_options_and_blocks_are_skipped(self):
        comment = option("<", 99, b"abc") + option("<", 1, b"hello") + option("<", 2988, b"\1\2") + b"\0\0\0\0"
        data = (
            section()
            + interface()
            + block("<", 0x0BAD, b"abcd")
            + block("<", 77, b"")
            + enhanced("<", 1, options=comment)
        )
        assert read(data)[""][0][0].comment == "hello"

    def test_a_simple_packet_is_cut_to_the_snap_length(self):
        frames, _ = read(section() + interface(snap=5) + block("<", 3, struct.pack("<I", 60) + b"abcde\0\0\0"))[""]
        assert frames[0].data == b"abcde"

    def test_a_foreign_file_answers_only_on_the_word_of_who_asks(self, tmp_path):
        path = tmp_path / "x.pcapng"
        path.write_bytes(section() + interface() + enhanced("<", 1, bytes(LIE)))
        foreign = Capture.load(path)
        with pytest.raises(Inconclusive, match="not proven"):
            assert ARP() in foreign
        assert ARP(op="is-at") in foreign.trusted()
        with pytest.raises(Inconclusive, match="no name"):
            assert ARP() in foreign.trusted().sent_by("attacker")

    def test_a_foreign_file_cannot_name_ports_or_prove_itself(self):
        proof = {"window": "w", "frames": 1, "proven": True, "drops": 0, "unmatched": 0, "total": 1}
        text = option("<", 2988, struct.pack("<I", 32473) + json.dumps(proof).encode())
        name, ip, mac = option("<", 2, b"victim:lan"), option("<", 4, bytes(8)), option("<", 6, bytes(6))
        data = section() + interface(options=name + ip + mac) + enhanced("<", 1)
        frames, window = read(data + block("<", 5, bytes(12) + text))[""]
        assert (frames[0].port, window.proven) == (UNKNOWN, False)


@pytest.mark.parametrize(
    ("data", "place", "what"),
    [
        (b"PK\3\4 not a capture at all", 0, "no pcapng file"),
        (bytes.fromhex("d4c3b2a1020004000000000000000000"), 0, "pcap file of the old format"),
        (section()[:8] + b"abcd", 0, "without a byte order"),
        (section(major=2), 0, "version 2"),
        (section() + interface(link_type=113), 28, "only Ethernet"),
        (section() + enhanced("<", 1), 28, "interface 0 was never declared"),
        (section() + interface() + enhanced("<", 1, length=99), 48, "longer than its block"),
        (section() + interface() + block("<", 6, b"abcd"), 48, "too short"),
        (section() + interface(options=struct.pack("<HH", 2, 999)), 28, "option 2 is longer"),
        (section() + b"\1\0\0\0\x0d\0\0\0", 28, "a block of 13 bytes"),
        (section() + b"\1\0\0\0\xfc\xff\xff\xff", 28, "a block of 4294967292 bytes"),
        (section() + b"\1\0\0\0\x10\0\0\0abcd\x14\0\0\0", 28, "lengths differ"),
        (section() + b"\1\0\0", 28, "ends inside a block"),
        (
            section() + interface(options=option("<", 14, struct.pack("<q", -9))) + enhanced("<", 1),
            60,
            "out of all range",
        ),
    ],
)
def test_a_broken_file_is_named_with_the_place(data, place, what):
    with pytest.raises(InputError, match=rf"^x\.pcapng: byte {place}: .*{what}"):
        read(data)


def test_an_empty_file_is_no_capture():
    with pytest.raises(InputError, match="byte 0: the file is empty"):
        read(b"")


def test_two_windows_of_one_name_are_refused():
    with pytest.raises(InputError, match="two windows of the name 'act'"):
        read(written() + written())


def test_damaged_words_of_ours_are_named_with_the_place():
    with pytest.raises(InputError, match="what Wiretale wrote here is damaged"):
        read(written().replace(b'"proven":true', b'"proven":trve'))


def assert_read_or_refused(data):
    refusal = ""
    try:
        read(data)
    except InputError as error:
        refusal = str(error)
    assert not refusal or refusal.startswith("x.pcapng: byte ")


@settings(max_examples=150)
@given(st.data())
def test_a_damaged_file_is_read_or_refused_and_nothing_else(data):
    whole = bytearray(written())
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    assert_read_or_refused(bytes(whole[: data.draw(st.integers(0, len(whole)))]))


@settings(max_examples=100)
@given(st.lists(st.tuples(st.sampled_from([1, 3, 5, 6, 0x0BAD]), st.binary(max_size=60))), st.sampled_from("<>"))
def test_blocks_of_nonsense_are_read_or_refused_and_nothing_else(bodies, order):
    nonsense = b"".join(block(order, kind, body + b"\0" * (-len(body) % 4)) for kind, body in bodies)
    assert_read_or_refused(section(order) + interface(order) + nonsense)


@pytest.mark.skipif(not shutil.which("tshark"), reason="tshark is not installed")
def test_tshark_shows_ports_comments_and_nanoseconds_and_counts_the_same_frames(tmp_path):
    path = tmp_path / "x.pcapng"
    save_acts(path, {"one": SEEN, "two": SEEN}, "home-lan")
    fields = ("frame.interface_name", "frame.time_epoch", "frame.comment")
    argv = ["tshark", "-r", str(path), "-T", "fields", *(word for name in fields for word in ("-e", name))]
    shown = subprocess.run(argv, capture_output=True, text=True, check=True)
    assert [line.split("\t") for line in shown.stdout.splitlines()] == 2 * [
        ["attacker:lan", "1700000000.001000000", "the lie, “is-at”"],
        ["victim:lan", "1700000000.002000000", ""],
        ["?", "1700000000.003000000", ""],
    ]
