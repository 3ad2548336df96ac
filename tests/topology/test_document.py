"""YAML is read by the rules of version 1.2, within limits."""

import pytest

from lab.errors import TopologyError
from lab.topology import document
from lab.topology.model import KEY, Complaint


def value(text: str) -> object:
    return document.parse(text.encode(), "x.yml").root.value


@pytest.mark.parametrize(
    ("word", "meaning"),
    [
        ("12:34:56:10:20:30", "12:34:56:10:20:30"),
        ("22:22", "22:22"),
        ("off", "off"),
        ("yes", "yes"),
        ("1_000", "1_000"),
        ("2024-01-02", "2024-01-02"),
        ("010", 10),
        ("0o10", 8),
        ("0x1f", 31),
        ("-7", -7),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("-.inf", float("-inf")),
        ("True", True),
        ("false", False),
        ("~", None),
        ("", None),
        ("null", None),
        ('"null"', "null"),
        ("'010'", "010"),
        ("!!str 010", "010"),
        ("9" * 5000, "9" * 5000),
    ],
)
def test_a_word_means_what_it_looks_like(word, meaning):
    assert value(f"key: {word}\n") == {"key": meaning}


def test_not_a_number_is_one_of_the_special_numbers():
    assert str(value("key: .nan\n")["key"]) == "nan"


def test_keys_are_text_as_they_are_written():
    assert value("{010: a, on: b, ~: c}") == {"010": "a", "on": "b", "~": "c"}


def test_an_alias_is_what_it_stands_for_and_its_place_is_its_own():
    paper = document.parse(b"one: &it {a: 1}\ntwo: *it\nname: &n lab\n*n : 3\n", "x.yml")
    assert paper.root.value == {"one": {"a": 1}, "two": {"a": 1}, "name": "lab", "lab": 3}
    assert (problem := paper.problem(Complaint(("two",), "wrong"))).line == 2, problem
    assert paper.problem(Complaint(("two", "a"), "wrong")).line == 1


@pytest.mark.parametrize(
    ("at", "place"),
    [((), (1, 1)), (("a",), (1, 4)), (("a", KEY), (1, 1)), (("b", "c", 1), (3, 11)), (("b", "c", "d", KEY), (3, 3))],
)
def test_a_complaint_is_placed_at_the_deepest_key_that_is_there(at, place):
    paper = document.parse(b"a: 1\nb:\n  c: [10, 20]\n", "x.yml")
    problem = paper.problem(Complaint(at, "wrong"))
    assert (problem.line, problem.column) == place


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r", "\u2028"])
def test_lines_are_counted_whatever_ends_them(line_break):
    paper = document.parse(f"# one{line_break}# two{line_break}a: 1".encode(), "x.yml")
    assert (paper.root.place.line, paper.lines[2]) == (3, "a: 1")


def test_a_byte_order_mark_is_not_part_of_the_text():
    paper = document.parse(b"\xef\xbb\xbfname: lab", "x.yml")
    assert (paper.root.value, paper.lines) == ({"name": "lab"}, ("name: lab",))


def test_a_byte_that_is_no_text_has_its_column_counted_in_characters():
    with pytest.raises(TopologyError, match=r"x.yml:2:3: byte 0xff"):
        document.parse(b"\xc3\xa4\n\xc3\xa4\xc3\xa4\xff", "x.yml")


def test_a_file_may_have_a_megabyte_and_no_more():
    document.parse(b"a: 1 #" + b"x" * (document.LARGEST - 6), "x.yml")
    with pytest.raises(TopologyError, match="larger than 1024 KiB"):
        document.parse(b"a: 1 #" + b"x" * (document.LARGEST - 5), "x.yml")


@pytest.mark.parametrize("hostile", ["[" * 500_000, "{" * 500_000, "- " * 300_000, "? " * 300_000, "a: &a [" * 100_000])
def test_a_file_of_nothing_but_brackets_is_refused_at_once(hostile):
    with pytest.raises(TopologyError, match="nested deeper than 40 levels"):
        document.parse(hostile.encode(), "x.yml")
