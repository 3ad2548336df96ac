"""How the script `invoke` sets a clone up from a bundle: pip comes from the bundle, and nothing else is asked."""

import hashlib
import io
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.cli.test_invoke_script import Clone

PIP = '''
"""Stands in for pip: says what it was asked for, and installs itself and a lab.cli that repeats its words."""
import pathlib, sys, sysconfig
print(sys.argv)
site = pathlib.Path(sysconfig.get_path("purelib"))
for name in ("pip", "lab/cli"):
    (site / name).mkdir(parents=True, exist_ok=True)
(site / "pip/__main__.py").write_text("import sys; print(sys.argv)")
(site / "lab/cli/__main__.py").write_text("import sys; print(sys.argv[1:], end='')")
if not {"install", "--no-index", "--require-hashes"} <= set(sys.argv):
    sys.exit("it asks the network, or checks nothing")
'''


def wheel(program: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as zipped:
        zipped.writestr(zipfile.ZipInfo("pip/__main__.py"), program)
    return out.getvalue()


class Bundled(Clone):
    """A clone whose lock file knows the pip of a bundle, and the bundle."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        (self._programs / "python3").symlink_to(Path(sys.executable).resolve())
        self.file = folder / "the bundle.tgz"
        self.lock = f"pip==1 --hash=sha256:{hashlib.sha256(wheel(PIP)).hexdigest()}\n"
        (self.root / "requirements.lock").write_text(self.lock)
        self.pack({"wheels/pip-1-py3-none-any.whl": wheel(PIP), "wheels/requirements.lock": self.lock.encode()})

    def pack(self, members: dict[str, bytes]) -> None:
        with tarfile.open(self.file, "w:gz") as tar:
            for name, content in members.items():
                entry = tarfile.TarInfo(name)
                entry.size = len(content)
                tar.addfile(entry, io.BytesIO(content))

    @property
    def is_set_up(self) -> bool:
        return (self.root / ".venv").exists()


@pytest.fixture
def clone(tmp_path: Path) -> Bundled:
    return Bundled(tmp_path)


@pytest.mark.parametrize("words", [["file={}"], ["--file={}"], ["--file", "{}"], ["{}"], ["--yes", "file={}"]])
def test_a_bundle_sets_up_the_environment_and_nobody_else_is_asked(clone: Bundled, words: list[str]) -> None:
    said = [word.format(clone.file) for word in words]
    code, out, errors = clone.invoke("unbundle", *said)
    assert (code, out) == (0, str(["unbundle", *said])), errors
    assert clone.set_ups == 0, "uv was asked"
    assert f"virtual environment from {clone.file}:" in errors


def test_once_set_up_it_does_nothing_but_what_it_was_asked_for(clone: Bundled) -> None:
    clone.invoke("unbundle", str(clone.file))
    assert clone.invoke("unbundle", "x.tgz") == (0, "['unbundle', 'x.tgz']", "")


def test_other_verbs_have_files_of_their_own(clone: Bundled) -> None:
    clone.invoke("images.load", f"file={clone.file}")
    assert clone.set_ups == 1
    clone.invoke("exec", "victim", "--", "unbundle", str(clone.file))
    assert clone.set_ups == 1


@pytest.mark.parametrize("damage", ["cut", "foreign", "images only", "not there"])
def test_a_file_that_is_no_bundle_is_refused_in_one_sentence(clone: Bundled, damage: str) -> None:
    if damage == "cut":
        clone.file.write_bytes(clone.file.read_bytes()[:-40])
    elif damage == "foreign":
        clone.file.write_text("# a page\n")
    elif damage == "images only":
        clone.pack({"manifest.json": b"[]"})
    else:
        clone.file.unlink()
    code, out, errors = clone.invoke("unbundle", str(clone.file))
    assert (code, out, clone.is_set_up) == (2, "", False)
    (sentence,) = errors.splitlines()[1:]
    assert str(clone.file) in sentence


def test_a_bundle_of_another_version_is_called_that(clone: Bundled) -> None:
    (clone.root / "requirements.lock").write_text(clone.lock + "# newer\n")
    code, _, errors = clone.invoke("unbundle", str(clone.file))
    assert (code, clone.is_set_up) == (2, False)
    assert "belongs to another version of Wiretale" in errors


def test_a_pip_that_the_lock_file_does_not_know_is_not_run(clone: Bundled) -> None:
    another = wheel(PIP.replace("install", "install "))
    clone.pack({"wheels/pip-1-py3-none-any.whl": another, "wheels/requirements.lock": clone.lock.encode()})
    code, out, errors = clone.invoke("unbundle", str(clone.file))
    assert (code, out) == (3, "")
    assert "pip-1-py3-none-any.whl is not the one of requirements.lock" in errors


def test_what_was_unpacked_is_gone_afterwards(clone: Bundled, tmp_path: Path) -> None:
    (tmp_path / "temporary").mkdir()
    for file in (tmp_path / "nowhere", clone.file):
        subprocess.run(
            [clone.root / "invoke", "unbundle", file],
            env={"PATH": f"{tmp_path}/bin:/usr/bin:/bin", "TMPDIR": str(tmp_path / "temporary")},
            capture_output=True,
            check=False,
        )
    assert clone.is_set_up
    assert not list((tmp_path / "temporary").iterdir())
