"""What the tables of mutations share: changes to a running lab from outside, and to what its story types."""

from contextlib import contextmanager, nullcontext

from lab import wiring
from lab.dialogue import Dialogue
from lab.kinds.kind import File


def unchanged(lab, monkeypatch):
    """Change nothing."""
    return nullcontext()


def names_in_hosts(lab, monkeypatch):
    """The victim has the name in its own list, and asks nobody."""
    node = lab["victim"].plan
    own = next(file for file in wiring._own_files(lab.plan, node) if file.path == "/etc/hosts")
    return written(lab, "victim", own, own.content + f"{lab['web'].ip} python.org\n")


@contextmanager
def hub(lab, monkeypatch):
    """The switch learns nothing, and gives every frame to everybody."""
    switch = pid_of(lab, "_switch")
    (bridge,) = (segment.bridge for segment in lab.plan.segments if segment.name == "lan")
    lab._hands.do([{"do": "ip", "pid": switch, "batch": [f"link set {bridge} type bridge ageing_time 0"]}])
    try:
        yield
    finally:
        lab._hands.do([{"do": "ip", "pid": switch, "batch": [f"link set {bridge} type bridge ageing_time 30000"]}])


@contextmanager
def written(lab, node, file, content):
    """Have a file of a node hold something else while the block lasts."""
    try:
        write(lab, node, File(file.path, content, file.mode))
        yield
    finally:
        write(lab, node, file)


def write(lab, node, file):
    lab._hands.do([{"do": "files", "pid": pid_of(lab, node), "files": [wiring._file(file)]}])


@contextmanager
def filtered(lab, node, hook, rule, family="ip"):
    """Load an nftables rule into a node while the block lasts, as its last word on what passes ``hook``."""
    chain = f"\tchain mutation {{\n\t\ttype filter hook {hook} priority 300; policy accept;\n\t\t{rule}\n\t}}\n"
    lab._hands.do(wiring.filters(pid_of(lab, node), f"table {family} mutation {{\n{chain}}}\n"))
    try:
        yield
    finally:
        lab._hands.do(wiring.filters(pid_of(lab, node), f"delete table {family} mutation\n"))


def pid_of(lab, node):
    return lab._engine.container(lab.instance.container(node)).pid


def typed_otherwise(monkeypatch, lab, program, old, new):
    """Have the victim type something else where the story says to type ``program``."""
    node, types = lab["victim"], lab["victim"].types

    def typed(*argv):
        return types(*(word.replace(old, new) for word in argv)) if argv[0] == program else types(*argv)

    monkeypatch.setattr(node, "types", typed)
    return nullcontext()


@contextmanager
def told(lab, node, setting, value, usual):
    """Have the kernel of a node be told something else below /proc/sys while the block lasts."""
    pid = pid_of(lab, node)
    lab._hands.do([{"do": "settings", "pid": pid, "values": {setting: value}}])
    try:
        yield
    finally:
        lab._hands.do([{"do": "settings", "pid": pid, "values": {setting: usual}}])


def types_otherwise(monkeypatch, node, change):
    """Have a node type what ``change`` makes of the words that the story says."""
    types, tries = node.types, node.tries
    monkeypatch.setattr(node, "types", lambda *argv: types(*change(argv)))
    monkeypatch.setattr(node, "tries", lambda *argv: tries(*change(argv)))
    return nullcontext()


def words(program, old, new):
    """Return what replaces a part of every word that is typed to run a program."""
    return lambda argv: tuple(word.replace(old, new) for word in argv) if argv[0] == program else argv


def said_otherwise(monkeypatch, old, new):
    """Have every line that is typed into a program be another one."""
    types = Dialogue.types
    monkeypatch.setattr(Dialogue, "types", lambda self, line: types(self, line.replace(old, new)))
    return nullcontext()


def runs_otherwise(monkeypatch, lab, program, replacement):
    """Have the attacker do something else where the story says to run ``program``."""
    run = lab["attacker"].running
    monkeypatch.setattr(
        lab["attacker"], "running", lambda name, *words: (replacement if name == program else run)(name, *words)
    )
    return nullcontext()
