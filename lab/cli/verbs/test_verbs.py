"""The verbs of those who change Wiretale: run its tests, check its style."""

import subprocess
import sys
from collections.abc import Iterable, Mapping

from lab.cli import terminal
from lab.cli.program import ROOT
from lab.errors import InputError

_NO_TESTS = 5
"""pytest's exit code when its words select no test: fine in one part, not in all of them."""

_WRONG_WORDS = 4
"""pytest's exit code for words that it does not understand, which means something else among ours."""

_NO_HANGING = ("-o", "faulthandler_timeout=300", "-o", "faulthandler_exit_on_timeout=true")
"""A test that hangs for five minutes ends the run, and shows where it hung."""

_PARTS: Mapping[str, tuple[str, ...]] = {
    "pure": ("not docker and not soak",),
    "docker": ("docker and not soak",),
    "soak": ("soak",),
    "all": ("not docker and not soak", "docker and not soak"),
}
"""What is tried many times over, or at every moment, is the part "soak", and no part of all: it takes its time."""

_SIDE_BY_SIDE = ("-n", "auto", "--dist", "worksteal")
"""Pure tests share nothing, so all of them are asked on all processors; those in labs are asked in turn."""

_LINTERS = (("ruff", "check"), ("ruff", "format", "--check", "--exclude", "*.md"), ("mypy", "lab"))
"""Python on a page is laid out for its readers, so ruff leaves pages alone."""


def test(part: str, words: tuple[str, ...]) -> int:
    """Run a part of the tests and return pytest's exit code; the part in labs begins only when the pure one is fine."""
    if part not in _PARTS:
        raise InputError(f"there is no part '{part}' of the tests; there are {', '.join(_PARTS)}")
    codes = []
    for marks in _PARTS[part]:
        is_pure = marks.startswith("not docker")
        if not is_pure:
            _provide()
        codes.append(_pytest(marks, words or (_SIDE_BY_SIDE if is_pure else ())))
        if codes[-1] not in {0, _NO_TESTS}:
            break
    return verdict(codes)


def verdict(codes: Iterable[int]) -> int:
    """Return the exit code of several runs of pytest: no tests in one of them is fine, wrong words are ours. Pure."""
    codes = [InputError.exit_code if code == _WRONG_WORDS else code for code in codes]
    telling = [code for code in codes if code != _NO_TESTS]
    return next((code for code in telling if code), 0) if telling else _NO_TESTS


def lint() -> int:
    """Check types, style and format; 1 when anything is to be said."""
    codes = [_python("-m", *words) for words in _LINTERS]
    return int(any(codes))


def _provide() -> None:
    from lab.cli.verbs import engine_verbs

    engine_verbs.ready()


def _pytest(marks: str, words: tuple[str, ...]) -> int:
    terminal.say(f"== the tests marked '{marks}' ==")
    return _python("-m", "pytest", *_NO_HANGING, "-m", marks, *words)


def _python(*words: str) -> int:
    sys.stdout.flush()
    return subprocess.run((sys.executable, *words), cwd=ROOT, check=False).returncode
