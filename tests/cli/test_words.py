import shlex

import pytest

from lab.cli.words import Parameter, Verb, normalise, wants_debug
from lab.errors import InputError

TOPOLOGY = Parameter("topology", required=True)
VERBS = {
    verb.name: verb
    for verb in (
        Verb("up", (TOPOLOGY, Parameter("name"))),
        Verb("plan", (TOPOLOGY, Parameter("json", switch=True), Parameter("colour", switch=True, on=True))),
        Verb("exec", (Parameter("node", required=True), Parameter("topology"))),
        Verb("status", (Parameter("topology"), Parameter("dry-run", switch=True))),
        Verb("clean"),
        Verb("engine.stop"),
    )
}


@pytest.mark.parametrize(
    ("said", "understood"),
    [
        ("up topology=home-lan", "up --topology=home-lan"),
        ("up name=a topology=home-lan", "up --name=a --topology=home-lan"),
        ("up --topology=home-lan", "up --topology=home-lan"),
        ("up --topology home-lan", "up --topology=home-lan"),
        ("up home-lan", "up --topology=home-lan"),
        ("up --name a home-lan", "up --name=a --topology=home-lan"),
        ("up home-lan name=a", "up --topology=home-lan --name=a"),
        ("up ./odd=name.yml", "up --topology=./odd=name.yml"),
        ("up topology=a=b.yml", "up --topology=a=b.yml"),
        ("up --topology a=b.yml", "up --topology=a=b.yml"),
        ("up topology=", "up --topology="),
        ("up topology=-", "up --topology=-"),
        ("up topology=up", "up --topology=up"),
        ("up up", "up --topology=up"),
        ("plan home-lan --json", "plan --topology=home-lan --json"),
        ("plan --json home-lan", "plan --json --topology=home-lan"),
        ("plan json=yes topology=x", "plan --json --topology=x"),
        ("plan json=TRUE topology=x", "plan --json --topology=x"),
        ("plan json=no topology=x", "plan --topology=x"),
        ("plan --no-json topology=x", "plan --topology=x"),
        ("plan x --no-colour", "plan --topology=x --no-colour"),
        ("plan x colour=off", "plan --topology=x --no-colour"),
        ("plan x colour=on", "plan --topology=x"),
        ("status", "status"),
        ("status --dry-run", "status --dry-run"),
        ("status dry_run=1", "status --dry-run"),
        ("status --dry_run", "status --dry-run"),
        ("clean", "clean"),
        ("engine.stop", "engine.stop"),
    ],
)
def test_each_way_to_say_an_argument_means_the_same(said: str, understood: str) -> None:
    assert normalise(said.split(), VERBS).argv == tuple(understood.split())


@pytest.mark.parametrize(
    ("said", "understood"),
    [
        ("", "--help"),
        ("--help", "--help"),
        ("-h", "--help"),
        ("--help up", "--help up"),
        ("up --help", "--help up"),
        ("up topology=home-lan --help", "--help up"),
        ("up nonsense=1 -h", "--help up"),
        ("nonsense --help", "--help"),
        ("--list", "--list"),
        ("-l", "--list"),
        ("--version", "--version"),
        ("--debug", "--help"),
    ],
)
def test_help_is_shown_wherever_it_is_asked_for(said: str, understood: str) -> None:
    assert normalise(said.split(), VERBS).argv == tuple(understood.split())


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ("upp", "there is no verb 'upp'; did you mean 'up'?"),
        ("engine.sotp", "did you mean 'engine.stop'?"),
        ("up toplogy=home-lan", "up: unknown argument 'toplogy'; did you mean 'topology'?"),
        ("up --toplogy=home-lan", "did you mean 'topology'?"),
        ("up --toplogy home-lan", "did you mean 'topology'?"),
        ("up", "topology= is missing"),
        ("up name=a", "topology= is missing"),
        ("up --topology", "--topology needs a value"),
        ("up home-lan office", "cannot place the word 'office'; it takes topology=, name="),
        ("up home-lan topology=office", "topology is given twice"),
        ("up topology=a topology=a", "topology is given twice"),
        ("plan x json=maybe", "json is yes or no, not 'maybe'"),
        ("plan x --no-topology", "unknown argument 'no-topology'"),
        ("up -t home-lan", "'-t' is no option"),
        ("-x", "'-x' is no option"),
        ("clean all", "cannot place the word 'all'; it takes no arguments"),
        ("clean all=yes", "unknown argument 'all'; it takes no arguments"),
        ("exec -- ls", "node= is missing"),
    ],
)
def test_what_no_verb_understands_is_wrong_input_with_a_hint(said: str, complaint: str) -> None:
    with pytest.raises(InputError) as error:
        normalise(said.split(), VERBS)
    assert complaint in str(error.value)


@pytest.mark.parametrize(
    "command",
    [
        ["ping", "-c", "1", "web"],
        ["sh", "-c", "echo 'two  words' \"$HOME\"; exit 3"],
        ["printf", "", "topology=x", "--help", "--debug"],
        ["ls", "--", "-weird"],
    ],
)
def test_a_command_for_a_node_arrives_word_by_word(command: list[str]) -> None:
    said = ["exec", "node=victim", "--", *command]
    words = normalise(said, VERBS)
    *before, mark, remainder = words.argv
    assert before == ["exec", "--node=victim"]
    assert mark == "--"
    assert shlex.split(remainder) == command
    assert not wants_debug(said)


def test_a_command_may_be_empty() -> None:
    assert normalise(["exec", "victim", "--"], VERBS).argv == ("exec", "--node=victim")


@pytest.mark.parametrize("said", ["--debug up x", "up --debug x", "up x --debug"])
def test_debug_may_stand_anywhere(said: str) -> None:
    assert normalise(said.split(), VERBS).argv == ("up", "--topology=x")
    assert wants_debug(said.split())


@pytest.mark.parametrize("said", ["--yes up x", "up -y x", "up x --yes"])
def test_yes_may_stand_anywhere(said: str) -> None:
    words = normalise(said.split(), VERBS)
    assert words.argv == ("up", "--topology=x")
    assert words.yes
