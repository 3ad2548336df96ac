"""The programs of the one in the middle: they run in a lab only, and change and hear what they should."""

import asyncio
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

import pytest
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.l2 import Ether

PROGRAMS = Path(__file__).parents[2] / "images/node/rootfs/usr/local/bin"
PAGE = b"<title>Python</title>\n<H1>\nPython</H1>\n<p>"
QUESTION = "Will you & I?"


def program(name):
    loader = SourceFileLoader(name, str(PROGRAMS / name))
    module = module_from_spec(spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def rewrite():
    return program("rewrite")


@pytest.fixture(scope="module")
def overhear():
    return program("overhear")


@pytest.mark.parametrize(("name", "words"), [("rewrite", ["8080", "Hello"]), ("overhear", ["631"])])
def test_outside_a_lab_they_refuse_in_one_line(name, words):
    command = [sys.executable, PROGRAMS / name, *words]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 2
    assert done.stderr == f"{name}: this is not a node of a lab, and it runs nowhere else\n"
    assert done.stdout == ""


def test_a_page_gets_the_sentence_as_its_heading_and_a_length_that_fits(rewrite):
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\ncontent-length: %d" % len(PAGE)
    answer, _, body = rewrite.rewritten(head + b"\r\n\r\n" + PAGE, QUESTION).partition(b"\r\n\r\n")
    assert body == b"<title>Python</title>\n<H1>Will you &amp; I?</H1>\n<p>"
    assert answer == b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\ncontent-length: %d" % len(body)


def test_a_page_without_a_heading_stays_as_it_is(rewrite):
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
    assert rewrite.rewritten(answer, QUESTION) == answer


def test_a_request_is_passed_on_so_that_a_whole_plain_page_comes_back(rewrite):
    asked = b"GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\nif-none-match: x\r\nConnection: keep-alive\r\n\r\n"
    assert rewrite.request(asked) == b"GET / HTTP/1.0\r\nHost: a\r\n\r\n"


def test_the_server_is_asked_and_its_whole_answer_returned(rewrite):
    async def served():
        async def answer(reader, writer):
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n" + await reader.readuntil(b"\r\n\r\n"))
            writer.close()

        async with await asyncio.start_server(answer, host="127.0.0.1", port=0) as server:
            reader = asyncio.StreamReader()
            reader.feed_data(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            return await rewrite.fetched(reader, server.sockets[0].getsockname())

    assert asyncio.run(served()) == b"HTTP/1.1 200 OK\r\n\r\nGET / HTTP/1.0\r\nHost: a\r\n\r\n"


def test_only_what_goes_to_the_port_is_heard_and_no_padding(overhear):
    def frame(layers):
        return bytes(Ether() / IP(dst="10.0.0.1") / layers) + b"padding"

    assert overhear.payload(frame(TCP(dport=631, options=[("NOP", None)] * 4) / b"Dear"), 631) == b"Dear"
    assert overhear.payload(frame(TCP(dport=80) / b"Dear"), 631) == b""
    assert overhear.payload(frame(UDP(dport=631) / b"Dear"), 631) == b""


def test_text_is_what_can_be_printed(overhear):
    assert list(overhear.text(b"\x01\x02abc\x00Dear Grandma,\n\x1b[31mred\xff")) == ["Dear Grandma,", "[31mred"]
