"""One file sets up a machine with Docker, Python and no network: tried in a network namespace with nothing in it."""

import getpass
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lab.cli.program import main
from lab.engine.host import is_root
from tests.engine.real import empty_engine, node_image

pytestmark = pytest.mark.docker

ROOT = Path(__file__).parents[2]
OURS = ("*.egg-info", ".git", ".venv", "runs", "__pycache__", ".*_cache", ".hypothesis", "dist")

Invoke = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def alone(tmp_path: Path) -> Invoke:
    """Run ./invoke in a fresh clone, with an empty home, no uv, and no network at all."""
    if not is_root() or not shutil.which("unshare"):
        pytest.skip("only root can take the network away, with unshare")
    clone = shutil.copytree(ROOT, tmp_path / "clone", ignore=shutil.ignore_patterns(*OURS))
    for folder in ("bin", "temporary"):
        (tmp_path / folder).mkdir()
    (tmp_path / "bin/python3").symlink_to(Path(sys.executable).resolve())
    environment = {
        "PATH": f"{tmp_path}/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": str(tmp_path / "home"),
        "XDG_STATE_HOME": str(tmp_path / "home/state"),
        "TMPDIR": str(tmp_path / "temporary"),
        "LOGNAME": getpass.getuser(),
        "PIP_RETRIES": "0",
    }

    def invoke(*words: str, **more: str) -> "subprocess.CompletedProcess[str]":
        argv = ("unshare", "--net", str(clone / "invoke"), *words)
        return subprocess.run(argv, env=environment | more, cwd="/", capture_output=True, text=True, check=False)

    return invoke


def test_one_file_sets_up_a_machine_without_a_network(tmp_path: Path, alone: Invoke) -> None:
    file, image = tmp_path / "bundle.tgz", node_image()
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert main(["bundle", f"file={file}", f"pythons={python}"]) == 0
    assert alone("status").returncode == 3, "without the bundle it was set up as well, so there is a network"
    with empty_engine(tmp_path / "engine") as empty:
        set_up = alone("unbundle", f"file={file}", DOCKER_HOST=empty.url)
        assert set_up.returncode == 0, set_up.stderr
        assert f"{image} is there; labs run on it." in set_up.stdout
        up = alone("up", "topology=home-lan", DOCKER_HOST=empty.url)
        assert up.returncode == 0, up.stderr
        asked = alone("exec", "node=victim", "--", "dig", "+short", "printer.home.arpa", DOCKER_HOST=empty.url)
        down = alone("down", DOCKER_HOST=empty.url)
    assert asked.stdout.strip() == "192.168.1.9", asked.stderr
    assert down.returncode == 0
    assert not list((tmp_path / "temporary").iterdir())
