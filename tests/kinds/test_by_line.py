"""The program that runs Python line by line: each line has one line for an answer."""

import subprocess
import sys
from pathlib import Path

import pytest

BY_LINE = Path(__file__).parents[2] / "images/node/rootfs/usr/local/bin/by-line"


def answers(*lines):
    done = subprocess.run(
        [sys.executable, BY_LINE],
        input="".join(f"{line}\n" for line in lines),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


def test_an_expression_is_answered_with_its_value():
    assert answers("1 + 1", "b'what was said\\n'") == ["2", r"b'what was said\n'"]


def test_what_has_no_value_is_answered_with_ok():
    assert answers("import socket", "x = 1", "print", "None") == ["ok", "ok", "<built-in function print>", "ok"]


def test_later_lines_know_what_earlier_ones_did():
    assert answers("x = 20", "x += 1", "2 * x") == ["ok", "ok", "42"]


@pytest.mark.parametrize("line", ["1 / 0", "nobody", "x = ", "import nothing_of_that_name", "raise ValueError('no')"])
def test_a_line_that_fails_says_why_and_the_next_one_runs(line):
    why, then = answers(line, "'still here'")
    assert "Error: " in why
    assert then == "'still here'"


def test_an_answer_is_one_line_and_controls_no_terminal():
    assert answers(r"'\x1b[31mred\n'") == [r"'\x1b[31mred\n'"]
