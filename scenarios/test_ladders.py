"""What each story's frames say is the same in every run: the normalised ladder is the golden one, line by line.

``pytest scenarios/test_ladders.py --update-golden`` writes them anew; read the difference before it is committed.
"""

from pathlib import Path

import pytest

from lab.ladder import normalised
from lab.scenario import announced, find

HERE = Path(__file__).parent


@pytest.mark.parametrize("name", announced(HERE))
def test_the_ladder_is_the_golden_one(evidence, told, golden, name):
    about_them = find(name, HERE).is_about_announcements
    golden(HERE / "golden" / f"{name}.txt", normalised(told(name), evidence(name).plan, about_them=about_them))
