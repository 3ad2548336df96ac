"""Recorded evidence that lies: frames and facts are changed, and the proofs are asked what they say to that."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.l2 import Ether
from scapy.packet import Packet, Raw

from lab.capture import Frame, load_acts, save_acts
from lab.proving import Verdict, prove

Lie = Callable[[str, Frame, Packet], "Frame | None"]
"""Told the name of the act, a frame and its packet, which it may change; returns the frame, or None to leave it out."""


def lied(folder: Path, lie: Lie) -> None:
    """Have the frames of a run lie."""
    file = folder / "capture.pcapng"
    told = {
        name: replace(act, frames=tuple(one for frame in act.frames if (one := _told(name, frame, lie)) is not None))
        for name, act in load_acts(file).items()
    }
    save_acts(file, told, json.loads((folder / "result.json").read_text())["topology"])


def claimed(folder: Path, fact: str, value: object) -> None:
    """Have something else written down as what was seen inside the nodes."""
    result = json.loads((folder / "result.json").read_text())
    assert fact in result["facts"]
    result["facts"][fact] = value
    (folder / "result.json").write_text(json.dumps(result))


def turned_red(story, folder: Path) -> set[str]:
    """Return the proofs that do not hold; a test ends here where some cannot be asked."""
    proofs = prove(story, folder)
    if unasked := [proof.why for proof in proofs if proof.verdict is Verdict.UNASKED]:
        pytest.skip(unasked[0])
    return {proof.sentence for proof in proofs if proof.verdict.is_bad}


def red_by(lie: Callable[[Path], None], story, folder: Path) -> set[str]:
    """Return the proofs that a lie in a copy of the recorded evidence turns red."""
    copy = Path(shutil.copytree(story.recorded, folder / "run"))
    lie(copy)
    return turned_red(story, copy)


def proofs_of(story) -> set[str]:
    """Return all proofs of a story."""
    lines = [line for line in story.proofs.read_text().splitlines() if line.startswith("def test_")]
    return {line.removeprefix("def test_").split("(")[0].replace("_", " ") for line in lines}


def _told(act: str, frame: Frame, lie: Lie) -> Frame | None:
    packet = Ether(frame.data)
    before = bytes(packet)
    told = lie(act, frame, packet)
    if told is None or bytes(packet) == before:
        return told
    for layer, fields in ((IP, ("chksum", "len")), (UDP, ("chksum", "len")), (TCP, ("chksum",))):
        for field in fields if packet.haslayer(layer) else ():
            packet[layer].delfieldval(field)
    return replace(told, data=bytes(packet))


# Lies in one line


def nothing(folder):
    """Everything is as it was recorded."""


def frames(change):
    """Have the frames lie."""

    def lie(folder):
        lied(folder, change)

    lie.__name__ = change.__name__
    return lie


def facts(fact, change):
    """Have a fact lie."""

    def lie(folder):
        before = json.loads((folder / "result.json").read_text())["facts"][fact]
        claimed(folder, fact, change(before))

    lie.__name__ = f"{fact}_{change.__name__}"
    return lie


def otherwise(name, old, new, act="", sender=""):
    """Have some bytes be others, in an act and by a sender, or in all of them."""

    def change(where, frame, packet):
        if Raw in packet and act in (where, "") and sender in (frame.port.node, ""):
            packet[Raw].load = packet[Raw].load.replace(old, new)
        return frame

    change.__name__ = name
    return frames(change)


def stays(name, port, act=""):
    """Have the server at a port not hang up, in an act or in all of them."""

    def change(where, frame, packet):
        if act in (where, "") and TCP in packet and packet[TCP].sport == port:
            packet[TCP].flags = str(packet[TCP].flags).replace("F", "")
        return frame

    change.__name__ = name
    return frames(change)


def another_text(text):
    return f"{text}!"
