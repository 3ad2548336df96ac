import errno
import os
from pathlib import Path

import pytest

from lab.errors import InputError
from lab.files import written


def test_a_file_takes_its_place_when_it_is_whole(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("old")
    with written(file) as out:
        out.write(b"new")
        out.flush()
        assert file.read_text() == "old"
    assert file.read_text() == "new"
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("end", [ZeroDivisionError, KeyboardInterrupt, SystemExit, OSError])
def test_a_file_that_was_not_finished_leaves_nothing_and_what_was_there_before(
    tmp_path: Path, end: type[BaseException]
) -> None:
    file = tmp_path / "a.txt"
    file.write_text("old")
    with pytest.raises(end), written(file) as out:
        raise end(out.write(b"ne"))
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_a_full_disk_is_told_with_the_name_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a.txt cannot be written: No space left"), written(tmp_path / "a.txt"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert not list(tmp_path.iterdir())


def test_a_place_where_no_file_can_be_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a folder"), written(tmp_path):
        pass
    with pytest.raises(InputError, match="No such file or directory"), written(tmp_path / "nowhere/a.txt"):
        pass


def test_a_file_is_as_readable_as_any_other(tmp_path: Path) -> None:
    with written(tmp_path / "a.txt"):
        pass
    (tmp_path / "b.txt").touch()
    assert (tmp_path / "a.txt").stat().st_mode == (tmp_path / "b.txt").stat().st_mode
