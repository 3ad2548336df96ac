import os
import shutil
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import docker
import pytest

from lab import kinds
from lab.engine import discovery, images
from lab.engine.images import Recipe
from lab.errors import EngineError
from lab.kinds.kind import Kind
from lab.progress import Nobody


class Steps(Nobody):
    """A listener that keeps what it hears."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def line(self, text: str) -> None:
        self.lines.append(text)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of recipes like the project's, but small."""
    for name in ("base", "node/rootfs/usr/bin"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "base/Dockerfile").write_text("FROM debian:bookworm-slim@sha256:00\n")
    (tmp_path / "base/dpkg.cfg").write_text("force-unsafe-io\n")
    (tmp_path / "node/Dockerfile").write_text(f"ARG BASE\nFROM ${{BASE}}\nCOPY rootfs/ /\n# {tmp_path}\nRUN true\n")
    (tmp_path / "node/packages.txt").write_text("# what all need\niproute2\n\npython3\n")
    (tmp_path / "node/rootfs/usr/bin/tap").write_text("#!/bin/sh\n")
    return tmp_path


def kind(*packages: str) -> type[Kind]:
    class Sample:
        pass

    Sample.packages = packages  # type: ignore[attr-defined]
    Sample.is_large = False  # type: ignore[attr-defined]
    return Sample  # type: ignore[return-value]


def recipe(folder: Path, *packages: str) -> Recipe:
    return Recipe.of({"sample": kind(*packages)}, folder)


def test_the_image_holds_the_packages_of_all_kinds_and_of_the_switch(folder: Path) -> None:
    both: Mapping[str, type[Kind]] = {"a": kind("nsd", "curl"), "b": kind("curl")}
    assert Recipe.of(both, folder).packages == ("curl", "iproute2", "nsd", "python3")


def test_the_same_recipe_in_another_clone_at_another_time_has_the_same_tags(folder: Path, tmp_path: Path) -> None:
    before = recipe(folder)
    again = shutil.copytree(folder, tmp_path / "another clone", ignore=shutil.ignore_patterns("another clone"))
    for file in again.rglob("*"):
        os.utime(file, (1, 1))
    assert (recipe(again).base, recipe(again).node) == (before.base, before.node)


@pytest.mark.parametrize(
    ("file", "base_too"),
    [
        ("base/Dockerfile", True),
        ("base/dpkg.cfg", True),
        ("node/Dockerfile", False),
        ("node/rootfs/usr/bin/tap", False),
        ("node/rootfs/usr/bin/new", False),
    ],
)
def test_a_changed_file_makes_another_image(folder: Path, file: str, base_too: bool) -> None:
    before = recipe(folder)
    with (folder / file).open("a") as end:
        end.write("# changed\n")
    after = recipe(folder)
    assert after.node != before.node
    assert (after.base != before.base) is base_too


def test_another_package_makes_another_base(folder: Path) -> None:
    assert recipe(folder, "nsd").base != recipe(folder).base


def test_an_executable_bit_makes_another_image(folder: Path) -> None:
    before = recipe(folder)
    (folder / "node/rootfs/usr/bin/tap").chmod(0o755)
    assert recipe(folder).node != before.node


@pytest.mark.parametrize("harmless", ["comment", "lock", "mode"])
def test_what_does_not_go_into_the_image_does_not_change_it(folder: Path, harmless: str) -> None:
    before = recipe(folder)
    if harmless == "comment":
        (folder / "node/packages.txt").write_text("# another comment\npython3\niproute2\n")
    elif harmless == "lock":
        (folder / "node/packages.lock").write_text("python3=3.11\n")
    else:
        (folder / "node/rootfs/usr/bin/tap").chmod(0o600)
    assert recipe(folder).node == before.node


def test_versions_that_differ_from_the_lock_file_are_told_one_by_one() -> None:
    built, lock = ("a=1", "b=2:3-4", "d=1"), ("a=1", "b=2:3-3", "c=1")
    assert images.differences(built, lock) == (
        "b is 2:3-4, the lock file says 2:3-3",
        "c is gone, the lock file says 1",
        "d is 1, the lock file says nothing of it",
    )


def test_the_projects_own_lock_files_name_every_package_that_is_asked_for() -> None:
    ours = {name: kind for name, kind in kinds.load().items() if kind.__module__.startswith("lab.")}
    for recipe in images.recipes(ours):
        locked = {line.partition("=")[0] for line in recipe.lock.read_text().splitlines()}
        assert set(recipe.packages) <= locked


@pytest.fixture
def engine() -> Iterator["docker.DockerClient"]:
    client = discovery.connect(Nobody())
    yield client
    client.close()


@pytest.fixture
def based(engine: "docker.DockerClient", folder: Path) -> Iterator[Path]:
    """The small recipes, with the project's base standing in for theirs."""
    ready = images.ensure(engine, Nobody(), kinds.sharing())
    repository, _, tag = Recipe.of({}, folder).base.partition(":")
    engine.api.tag(ready, repository, tag)
    yield folder
    for left in engine.images.list("wiretale/node"):
        if f"# {folder}" in (left.labels or {}).get("test", ""):
            engine.images.remove(left.id, force=True)
    engine.images.remove(Recipe.of({}, folder).base)


@pytest.mark.docker
def test_an_image_is_built_once_and_again_when_a_file_changes(engine: "docker.DockerClient", based: Path) -> None:
    (based / "node/Dockerfile").write_text(f'ARG BASE\nFROM ${{BASE}}\nLABEL test="# {based}"\nCOPY rootfs/ /\n')
    steps = Steps()
    first = images.ensure(engine, steps, {}, based)
    assert steps.lines
    steps.lines.clear()
    assert images.ensure(engine, steps, {}, based) == first
    assert not steps.lines
    (based / "node/rootfs/usr/bin/tap").write_text("#!/bin/sh\necho changed\n")
    second = images.ensure(engine, steps, {}, based)
    assert second != first
    assert b"changed" in engine.containers.run(second, ["cat", "/usr/bin/tap"], network_mode="none", remove=True)


@pytest.mark.docker
def test_two_who_ask_at_once_build_once(engine: "docker.DockerClient", based: Path) -> None:
    (based / "node/Dockerfile").write_text(f'ARG BASE\nFROM ${{BASE}}\nLABEL test="# {based}"\nCOPY rootfs/ /\n')
    crowd = [Steps(), Steps()]
    with ThreadPoolExecutor(2) as pool:
        tags = set(pool.map(lambda steps: images.ensure(engine, steps, {}, based), crowd))
    assert len(tags) == 1
    assert sorted(bool(steps.lines) for steps in crowd) == [False, True]


@pytest.mark.docker
def test_a_build_that_fails_leaves_nothing_and_says_what_was_said(engine: "docker.DockerClient", based: Path) -> None:
    (based / "node/Dockerfile").write_text("ARG BASE\nFROM ${BASE}\nCOPY rootfs/ /\nRUN echo oh dear; exit 3\n")
    before = {image["Id"] for image in engine.api.images(all=True)}
    with pytest.raises(EngineError, match=r"(?s)oh dear.*returned a non-zero code: 3"):
        images.ensure(engine, Nobody(), {}, based)
    assert {image["Id"] for image in engine.api.images(all=True)} == before
