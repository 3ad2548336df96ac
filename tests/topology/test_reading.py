"""Topologies are found by name or path, and whatever is in the file, the answer is a topology or its problems."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab import kinds
from lab.errors import InputError, TopologyError
from lab.plan import plan
from lab.topology.reading import FOLDER, find, names, parse, read

KINDS = kinds.load()
HERE = Path(__file__).parent
TEXTS = [path.read_text(encoding="utf-8") for path in [*FOLDER.glob("*.yml"), *sorted((HERE / "good").glob("*.yml"))]]
PIECES = ["lan", "1", "{", "}", "[", ":", ": ", "\n", "  ", "- ", "&a ", "*a", "kind", "links", "nat", "null", "'", "é"]


def test_a_name_is_a_file_of_the_topologies():
    assert find("home-lan") == FOLDER / "home-lan.yml"
    assert "home-lan" in names()


def test_a_path_is_itself(tmp_path):
    (tmp_path / "mine.yml").write_text("name: mine\n")
    assert find(str(tmp_path / "mine.yml")) == tmp_path / "mine.yml"


@pytest.mark.parametrize(
    ("word", "answer"),
    [
        ("home-lam", "there is no topology 'home-lam'; did you mean 'home-lan'?"),
        ("topologies/nowhere.yml", "there is no file topologies/nowhere.yml"),
        ("../etc", "there is no file ../etc"),
        (str(HERE), f"{HERE} is a folder; name a file in it"),
    ],
)
def test_what_is_not_there_is_said(word, answer):
    with pytest.raises(InputError) as raised:
        find(word)
    assert str(raised.value).startswith(answer)


def test_a_file_that_cannot_be_read_is_wrong_input(tmp_path):
    with pytest.raises(InputError, match="cannot be read: No such file"):
        read(tmp_path / "gone.yml", KINDS)


def test_problems_name_the_file_as_a_user_in_that_folder_would(tmp_path, monkeypatch):
    (tmp_path / "mine.yml").write_text("name: mine\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(TopologyError) as raised:
        read(tmp_path / "mine.yml", KINDS)
    assert str(raised.value).startswith("mine.yml:1:1: key 'networks' is missing")


@st.composite
def mutated(draw) -> str:
    """Return a good text in which some pieces were cut out, and others put in."""
    text = draw(st.sampled_from(TEXTS))
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 8)))
        text = text[:start] + draw(st.sampled_from(PIECES) | st.text(max_size=4)) + text[end:]
    return text


def answered(data: bytes) -> bool:
    """Tell whether the data is a topology, or is refused with problems that stand in the order of the file."""
    try:
        return plan(parse(data, "x.yml", KINDS)) is not None
    except TopologyError as error:
        places = [(problem.line, problem.column) for problem in error.problems]
        return bool(places) and places == sorted(places) and str(error).replace("\n", "").isprintable()


@settings(max_examples=150, deadline=None)
@given(mutated())
def test_a_damaged_text_is_answered(text):
    assert answered(text.encode("utf-8", "surrogatepass"))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_answered(data):
    assert answered(data)


words = st.sampled_from(
    ["lan", "wan", "a", "b", "host", "router", "dns", "10.0.1.0/24", "10.0.1.9", "", "B@d", "@", "/"]
)
numbers = st.integers(-1, 3) | st.sampled_from([255, 10**30]) | st.floats()
anything = st.recursive(
    st.none() | st.booleans() | numbers | words,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(words, inner, max_size=3),
    max_leaves=4,
)
options = st.fixed_dictionaries(
    {},
    optional={
        "kind": st.sampled_from([*KINDS, "hots"]) | anything,
        "links": st.dictionaries(words, numbers | anything, max_size=3) | anything,
        **dict.fromkeys(["gateway", "resolver", "nat", "zones", "pages", "forwarding", "location", "x"], anything),
    },
)
outlines = st.fixed_dictionaries(
    {},
    optional={
        "name": words | anything,
        "networks": st.dictionaries(words, words | anything, max_size=3) | anything,
        "nodes": st.dictionaries(words, options | anything, max_size=4) | anything,
        "x": anything,
    },
)


@settings(max_examples=150, deadline=None)
@given(outlines)
def test_what_has_the_shape_of_a_topology_but_makes_no_sense_is_answered(outline):
    assert answered(json.dumps(outline).encode())
