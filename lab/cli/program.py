"""The command-line program: the project's own ``invoke.Program`` over ``tasks.py``, and the one place that ends it.

Exit codes: 0 done, 1 a scenario or test failed, 2 wrong input, 3 engine trouble, 4 inconclusive evidence; and as
everywhere, 70 for a defect of the program, 130 for Ctrl-C and 143 for SIGTERM.
"""

import os
import signal
import sys
import traceback
from collections.abc import Sequence
from importlib.util import module_from_spec, spec_from_file_location
from inspect import getdoc
from pathlib import Path
from types import ModuleType
from typing import NoReturn

from invoke.collection import Collection
from invoke.exceptions import Exit, ParseError, UnexpectedExit
from invoke.parser.argument import Argument
from invoke.program import Program

from lab.cli import consent
from lab.cli.words import Parameter, Verb, normalise, wants_debug
from lab.errors import InputError, WiretaleError
from lab.harmless import harmless_lines

ROOT = Path(__file__).resolve().parents[2]
SCENARIOS = ROOT / "scenarios"

DEFECT, INTERRUPTED = 70, 130  # EX_SOFTWARE of sysexits.h; 128 + SIGINT

USAGE = """\
Usage: ./invoke VERB [KEY=VALUE ...] [--help] [--debug] [--yes]

  ./invoke up topology=home-lan                  bring a lab up
  ./invoke exec node=victim -- dig python.org    run a command in one of its nodes
  ./invoke VERB --help                           say what a verb takes

--debug shows where an error comes from; --yes installs missing Debian packages without asking.
"""


def main(words: Sequence[str] | None = None) -> int:
    """Run the command line (by default the process's own) and return its exit code."""
    if words is None:
        words = sys.argv[1:]
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _told_to_end)
        for stream in (sys.stdout, sys.stderr):
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # a terminal may know no "✓"
    debug = wants_debug(words)
    try:
        WiretaleProgram(_collection()).obey(words)
    except KeyboardInterrupt:
        return _ended("interrupted", INTERRUPTED, debug)
    except BrokenPipeError:
        return _reader_gone()
    except Exit as end:
        return _ended(end.message or "", end.code, debug and isinstance(end.__cause__, WiretaleError))
    except UnexpectedExit as end:
        return _ended(str(end), end.result.exited, debug)
    except ParseError as error:
        return _ended(str(error), InputError.exit_code, debug)
    except WiretaleError as error:
        return _ended(str(error), error.exit_code, debug)
    except Exception as error:  # noqa: BLE001 -- the last border: whatever arrives here is a defect, and is called one
        what = f"{type(error).__name__}: {error}"
        return _ended(f"this is a defect of Wiretale ({what}); run it again with --debug to see where", DEFECT, debug)
    return 0


def _told_to_end(number: int, _: object) -> NoReturn:
    """End as with Ctrl-C, so that what is half-made is removed on the way out."""
    sys.exit(128 + number)


class WiretaleProgram(Program):
    """invoke's program with our words, our help, and errors that reach ``main``."""

    def __init__(self, tasks: Collection) -> None:
        self._all = tasks
        super().__init__(namespace=tasks, name="Wiretale", binary="./invoke")

    def obey(self, words: Sequence[str]) -> None:
        """Run one command line; errors are raised, not printed."""
        said = normalise(words, self._verbs())
        consent.given_beforehand(said.yes)
        self.create_config()
        self.parse_core(["invoke", *said.argv])
        self.parse_collection()
        self.parse_tasks()
        self.parse_cleanup()
        self.update_config()
        self.execute()

    def parse_core_args(self) -> None:
        """Parse as invoke does, and keep the byte code of what is imported from here on, which invoke would not."""
        super().parse_core_args()
        self.args["write-pyc"].value = not sys.dont_write_bytecode

    def print_version(self) -> None:
        """Print the version; looking it up takes longer than all else that every command does."""
        from importlib.metadata import version

        print(f"Wiretale {version('wiretale')}")

    def print_help(self) -> None:
        """Print how a command line looks, and the verbs."""
        print(USAGE)
        self.list_tasks()

    def task_list_opener(self, extra: str = "") -> str:
        """Return the line above the list of verbs."""
        return "Verbs"

    def print_task_help(self, name: str) -> None:
        """Print what a verb does and takes."""
        arguments = self.parser.contexts[name].args.values()
        print(f"Usage: ./invoke {' '.join([name, *map(_usage, arguments)])}\n")
        print(f"{getdoc(self.collection[name])}\n")

    def _verbs(self) -> dict[str, Verb]:
        return {
            name: Verb(name, tuple(map(_parameter, context.args.values())))
            for context in self._all.to_contexts()
            for name in (str(context.name), *context.aliases)
        }


def _parameter(argument: Argument) -> Parameter:
    switch = argument.kind is bool
    many = argument.kind is list
    return Parameter(str(argument.name), switch, on=argument.default is True, required=argument.positional, many=many)


def _usage(argument: Argument) -> str:
    if argument.kind is bool:
        return f"[--{argument.name}]"
    said = f"{argument.name}={str(argument.name).upper()}"
    if argument.kind is list:
        return f"{said} ..."
    return said if argument.positional else f"[{said}]"


def _collection() -> Collection:
    return Collection.from_module(_tasks(), auto_dash_names=True)


def _tasks() -> ModuleType:
    """Import the root's ``tasks.py``, from whatever directory we were called."""
    spec = spec_from_file_location("tasks", ROOT / "tasks.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _ended(message: str, code: int, debug: bool) -> int:
    if debug and sys.exc_info()[0]:
        traceback.print_exc()
    elif message:
        print(harmless_lines(message), file=sys.stderr)
    return code


def _reader_gone() -> int:
    """End quietly when whoever read our output went away, as `head` does."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0
