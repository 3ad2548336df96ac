"""The program that writes people into a node's lists."""

import subprocess
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parents[2] / "images/node/rootfs/usr/lib/wiretale/accounts"


@pytest.fixture
def run(tmp_path):
    """Run the program with its places below a folder; what it would write there stays there."""
    for folder in ("etc", "run/wiretale"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "etc/passwd").write_text("root:x:0:0::/root:/bin/sh\n")
    (tmp_path / "etc/shadow").write_text("root:*:20000:0:99999:7:::\n")
    text = PROGRAM.read_text()
    for place in ("/etc/passwd", "/etc/shadow", "/run/wiretale", "/srv/home"):
        text = text.replace(f"{place}\n", f"{tmp_path}{place}\n").replace(f"{place};", f"{tmp_path}{place};")
        text = text.replace(f"{place}/", f"{tmp_path}{place}/").replace(f">>{place}", f">>{tmp_path}{place}")
    (program := tmp_path / "accounts").write_text(text)
    people = tmp_path / "people"

    def told(*lines):
        people.write_text("".join(f"{line}\n" for line in lines))
        return subprocess.run(["sh", program, people, "echo", "served"], capture_output=True, text=True, check=False)

    told.folder = tmp_path
    return told


def test_each_has_a_line_in_both_lists_and_the_service_begins(run):
    done = run("alice:sesame", "bob:another")
    assert done.stdout == "served\n"
    names = [line.split(":")[0] for line in (run.folder / "etc/passwd").read_text().splitlines()]
    assert names == ["root", "alice", "bob"]
    hashes = [line.split(":")[1] for line in (run.folder / "etc/shadow").read_text().splitlines()[1:]]
    assert all(one.startswith("$6$wiretale$") for one in hashes)
    assert len(set(hashes)) == 2


def test_when_the_service_begins_anew_nobody_is_written_twice(run):
    run("alice:sesame")
    assert run("alice:sesame").stdout == "served\n"
    assert (run.folder / "etc/passwd").read_text().count("alice") == 1


def test_a_name_of_the_system_is_refused(run):
    done = run("root:sesame")
    assert done.returncode == 1
    assert "'root' is the name of a part of the system" in done.stderr
    assert done.stdout == ""
