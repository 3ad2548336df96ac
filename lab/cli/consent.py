"""May Debian packages be installed? Yes in CI and with --yes; on a terminal we ask; else no."""

import os
import sys

_AGREED = "WIRETALE_YES"
"""Kept in the environment, so that the programs that a verb starts (the tests) know as well."""


def given_beforehand(yes: bool) -> None:
    """Remember that the command line said --yes."""
    if yes:
        os.environ[_AGREED] = "1"


def ask(question: str) -> bool:
    """Return whether the answer is yes; ``question`` names what would be done, as in "Install docker.io now?"."""
    if os.environ.get("CI") or os.environ.get(_AGREED):
        return True
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in {"y", "yes"}
