"""Files that are whole or not there at all: written beside their place, and put there when they are done."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from lab.errors import InputError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def written(file: Path) -> Iterator[BinaryIO]:
    """Give a file to write to, which takes its place when the block ends well, and is gone when it does not.

    What was there before stays until then. Raises ``InputError`` when there can be no such file, or the disk is full.
    """
    beside = file.with_name(f".{file.name}.{os.getpid()}.part")
    if file.is_dir():
        raise InputError(f"{file} is a folder; name a file")
    try:
        with _cannot_be(file), beside.open("xb") as out:
            yield out
        with _cannot_be(file):
            beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)


@contextmanager
def _cannot_be(file: Path) -> Iterator[None]:
    """Blame the place for what it is to blame for; errors of another origin go through."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL or error.filename is not None:
            raise InputError(f"{file} cannot be written: {error.strerror}") from error
        raise
