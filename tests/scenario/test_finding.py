"""Stories are found by name or file, and what is wrong with a file is told with its place."""

import pytest

from lab.errors import InputError
from lab.scenario import announced, find

STORY = """
from lab.scenario import Evidence, scenario

@scenario("mine", topology="home-lan")
def mine(lab){returns}:
    return Evidence(lab.plan)
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "mine.py").write_text(STORY.format(returns=" -> Evidence"))
    return tmp_path


def test_a_story_is_found_by_its_name_and_by_its_file(folder):
    assert find("mine", folder).name == find(str(folder / "mine.py"), folder).name == "mine"


def test_a_file_that_is_being_written_hides_no_other_story(folder):
    (folder / "unfinished.py").write_text("def story(")
    (folder / "binary.py").write_bytes(b"\0\xff")
    assert announced(folder) == {"mine": "home-lan"}


def test_an_unknown_story_is_answered_with_the_nearest(folder):
    with pytest.raises(InputError, match=r"did you mean 'mine'\?"):
        find("min", folder)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("def story(", r"other.py:1:10: "),
        ("import no_such_module", "other.py: No module named 'no_such_module'"),
        ("", "other.py: one function with @scenario"),
        (STORY.format(returns=""), "other.py: 'mine' must say which Evidence it returns"),
        (STORY.format(returns=" -> int"), "other.py: 'mine' must say which Evidence it returns"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_with_its_place(folder, text, said):
    (folder / "other.py").write_text(text)
    with pytest.raises(InputError, match=said):
        find("other", folder)
