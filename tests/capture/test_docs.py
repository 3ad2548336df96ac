"""The examples of docs/captures.md, run; those with pyshark are run beside its other tests."""

import re
from pathlib import Path

import pytest
from scapy.layers.inet import ICMP, IP, TCP
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Raw

from lab.capture import Capture
from tests.capture.build import ATTACKER, ROUTER, VICTIM, WEB, capture, sent

TEXT = (Path(__file__).parents[2] / "docs" / "captures.md").read_text()
EXAMPLES = [told for told in re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL) if "pyshark" not in told]


@pytest.fixture
def words(tmp_path):
    asks = Ether(src=VICTIM.mac, dst="ff:ff:ff:ff:ff:ff") / ARP(op="who-has", psrc=VICTIM.ip, pdst=ROUTER.ip)
    answers = [Ether(dst=VICTIM.mac) / ARP(op="is-at", psrc=ROUTER.ip, hwsrc=port.mac) for port in (ROUTER, ATTACKER)]
    ping = Ether(dst=ROUTER.mac) / IP(src=VICTIM.ip, dst=WEB.ip) / ICMP() / Raw(b"hello")
    pong = Ether(dst=VICTIM.mac) / IP(src=WEB.ip, dst=VICTIM.ip) / ICMP(type="echo-reply") / Raw(b"hello")
    seen = capture(
        sent(asks, VICTIM, [ROUTER, ATTACKER]),
        sent(answers[0], ROUTER, [VICTIM]),
        sent(answers[1], ATTACKER, [VICTIM]),
        sent(ping, VICTIM, [ROUTER]),
        sent(pong, ROUTER, [VICTIM]),
    )
    packets = {"ARP": ARP, "Ether": Ether, "ICMP": ICMP, "IP": IP, "Raw": Raw, "TCP": TCP}
    return {"seen": seen, "path": tmp_path / "x.pcapng", "Capture": Capture, **packets}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.splitlines()[0][:40])
def test_an_example_of_the_page_holds(example, words):
    exec(example, words)


def test_the_page_has_its_examples():
    assert len(EXAMPLES) == 4
