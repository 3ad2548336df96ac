"""The words of a command line, put in the one order that invoke understands. Pure: words in, words out.

A verb takes its arguments as KEY=VALUE, ``--key=VALUE``, ``--key VALUE`` or, for its first argument, as a bare word, in
any order; switches as ``--key`` or KEY=yes. Everything after ``--`` is a command for a node and stays as it is.
"""

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from lab.errors import InputError
from lab.topology.words import did_you_mean

_YES = {"yes", "true", "on", "1"}
_NO = {"no", "false", "off", "0"}
_HELP = {"--help", "-h"}
_LIST = {"--list", "-l"}
_VERSION = {"--version", "-V"}
_DEBUG = {"--debug"}
_YES_TO_ALL = {"--yes", "-y"}


@dataclass(frozen=True)
class Parameter:
    """An argument of a verb; a switch takes no value, and one that is ``on`` without being named can be denied.

    One that is ``many`` may be given several times.
    """

    name: str
    switch: bool = False
    on: bool = False
    required: bool = False
    many: bool = False


@dataclass(frozen=True)
class Verb:
    """A verb of the command line with its arguments, the most important one first."""

    name: str
    parameters: tuple[Parameter, ...] = ()

    def parameter(self, key: str) -> Parameter | None:
        """Return the argument of that name, written with a dash or an underscore; None when there is none."""
        wanted = key.replace("_", "-")
        return next((it for it in self.parameters if it.name == wanted), None)


@dataclass(frozen=True)
class Words:
    """What was said: ``argv`` in invoke's order, and whether all questions are answered with yes beforehand."""

    argv: tuple[str, ...]
    yes: bool = False


def normalise(words: Sequence[str], verbs: Mapping[str, Verb]) -> Words:
    """Put the words after the program's name in invoke's order. Raises ``InputError`` for what no verb understands."""
    ours = _ours(words)
    command = words[len(ours) + 1 :]
    said = [word for word in ours if word not in _DEBUG | _YES_TO_ALL]
    argv = _asked(said, verbs) or _verb(said, verbs)
    # invoke joins what follows `--` with blanks; quoted, it can be taken apart again
    rest = ("--", shlex.join(command)) if command else ()
    return Words(argv + rest, yes=not _YES_TO_ALL.isdisjoint(ours))


def wants_debug(words: Sequence[str]) -> bool:
    """Tell whether --debug was said to us, and not to a command for a node."""
    return not _DEBUG.isdisjoint(_ours(words))


def _ours(words: Sequence[str]) -> list[str]:
    return list(takewhile(lambda word: word != "--", words))


def _asked(said: Sequence[str], verbs: Mapping[str, Verb]) -> tuple[str, ...]:
    """Return the words for help, a list or the version where somebody asks for them, wherever; else nothing."""
    if _HELP.intersection(said) or not said:
        named = [word for word in said if word in verbs][:1]
        return ("--help", *named)
    if _LIST.intersection(said):
        return ("--list",)
    if _VERSION.intersection(said):
        return ("--version",)
    return ()


def _verb(said: Sequence[str], verbs: Mapping[str, Verb]) -> tuple[str, ...]:
    name, *rest = said
    if name.startswith("-"):
        raise InputError(f"'{name}' is no option; a verb comes first (`./invoke --help` lists them)")
    if name not in verbs:
        raise InputError(f"there is no verb '{name}'{_near(name, verbs)}; `./invoke --list` shows them all")
    return (name, *_Reading(verbs[name]).all(rest))


class _Reading:
    """One verb's words being read, from left to right."""

    def __init__(self, verb: Verb) -> None:
        self._verb = verb
        self._given: dict[str, str] = {}

    def all(self, words: Iterable[str]) -> tuple[str, ...]:
        coming = iter(words)
        for word in coming:
            self._one(word, coming)
        given = {name.split()[0] for name in self._given}
        missing = [it.name for it in self._verb.parameters if it.required and it.name not in given]
        if missing:
            raise InputError(f"{self._verb.name}: {missing[0]}= is missing{self._taken()}")
        return tuple(word for word in self._given.values() if word)

    def _one(self, word: str, coming: Iterable[str]) -> None:
        key, equals, value = word.partition("=")
        if word.startswith("--"):
            self._flag(key.removeprefix("--"), value if equals else None, coming)
        elif word.startswith("-") and word != "-":
            raise InputError(f"{self._verb.name}: '{word}' is no option{self._taken()}")
        elif equals and key.isidentifier():
            self._give(self._known(key), value)
        else:
            self._bare(word)

    def _flag(self, key: str, value: str | None, coming: Iterable[str]) -> None:
        denied = self._verb.parameter(key.removeprefix("no-"))
        if key.startswith("no-") and denied and denied.switch and value is None:
            return self._give(denied, "no")
        parameter = self._known(key)
        if value is None:
            value = "yes" if parameter.switch else next(iter(coming), None)
        if value is None:
            raise InputError(f"{self._verb.name}: --{key} needs a value, as in {parameter.name}=...")
        return self._give(parameter, value)

    def _bare(self, word: str) -> None:
        first = next((it for it in self._verb.parameters if not it.switch), None)
        if first is None or first.name in self._given:
            raise InputError(f"{self._verb.name}: cannot place the word '{word}'{self._taken()}")
        self._give(first, word)

    def _give(self, parameter: Parameter, value: str) -> None:
        if parameter.many:
            self._given[f"{parameter.name} {len(self._given)}"] = f"--{parameter.name}={value}"
            return
        if parameter.name in self._given:
            raise InputError(f"{self._verb.name}: {parameter.name} is given twice")
        self._given[parameter.name] = f"--{parameter.name}={value}"
        if parameter.switch:
            self._given[parameter.name] = _switched(parameter, value)

    def _known(self, key: str) -> Parameter:
        parameter = self._verb.parameter(key)
        if parameter is None:
            names = [it.name for it in self._verb.parameters]
            raise InputError(f"{self._verb.name}: unknown argument '{key}'{_near(key, names) or self._taken()}")
        return parameter

    def _taken(self) -> str:
        if not self._verb.parameters:
            return "; it takes no arguments"
        return f"; it takes {', '.join(it.name if it.switch else f'{it.name}=' for it in self._verb.parameters)}"


def _switched(parameter: Parameter, value: str) -> str:
    """Return the flag for a switch; invoke knows ``--no-`` only for what is on by itself."""
    if value.lower() not in _YES | _NO:
        raise InputError(f"{parameter.name} is yes or no, not '{value}'")
    wanted = value.lower() in _YES
    if wanted == parameter.on:
        return ""
    return f"--{parameter.name}" if wanted else f"--no-{parameter.name}"


def _near(word: str, known: Iterable[str]) -> str:
    near = did_you_mean(word, known)
    return f"; {near}" if near else ""
