from pathlib import Path

import pytest

from lab.engine import bootstrap, host

BOOKWORM = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_CODENAME=bookworm\n'
NOBLE = "ID=ubuntu\nVERSION_CODENAME=noble\nID_LIKE=debian\n"

DEB822 = """\
# A comment
Types: deb deb-src
# http://archive.example/archive/debian/20250520T000000Z
URIs: http://mirror.lan/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: https://deb.nodesource.com/node_20.x
Suites: nodistro
Components: main

Types: deb
Enabled: no
URIs: http://off.lan/debian
Suites: bookworm
Components: main
"""

ONE_LINE = """\
deb http://old.lan/debian bookworm main
deb [arch=amd64 signed-by=/k.gpg] http://old.lan/security bookworm-security main
deb-src http://old.lan/debian bookworm main
# deb http://off.lan/debian bookworm main
deb https://packages.cloud.google.com/apt cloud-sdk-bookworm main
deb http://old.lan/debian bookworm non-free
"""


@pytest.fixture
def etc(tmp_path: Path) -> Path:
    (tmp_path / "apt/sources.list.d").mkdir(parents=True)
    (tmp_path / "os-release").write_text(BOOKWORM)
    return tmp_path


def test_a_machine_with_the_same_debian_lends_its_sources_and_nobody_elses(etc: Path) -> None:
    (etc / "apt/sources.list.d/debian.sources").write_text(DEB822)
    key = "[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] "
    assert bootstrap.sources({}, etc) == (
        f"deb {key}http://mirror.lan/debian bookworm main contrib",
        f"deb {key}http://mirror.lan/debian bookworm-updates main contrib",
    )


def test_the_older_format_of_sources_is_read_too(etc: Path) -> None:
    (etc / "apt/sources.list").write_text(ONE_LINE)
    assert bootstrap.sources({}, etc) == (
        "deb http://old.lan/debian bookworm main",
        "deb [arch=amd64 signed-by=/k.gpg] http://old.lan/security bookworm-security main",
    )


def test_a_machine_with_another_system_leaves_the_archive_to_mmdebstrap(etc: Path) -> None:
    (etc / "os-release").write_text(NOBLE)
    (etc / "apt/sources.list").write_text(ONE_LINE)
    assert bootstrap.sources({}, etc) == ()


def test_a_debian_without_sources_leaves_the_archive_to_mmdebstrap(etc: Path) -> None:
    assert bootstrap.sources({}, etc) == ()


def test_a_mirror_takes_the_place_of_all_others(etc: Path) -> None:
    (etc / "apt/sources.list").write_text(ONE_LINE)
    lines = bootstrap.sources({"WIRETALE_MIRROR": "http://classroom.lan/debian"}, etc)
    assert {line.split()[2] for line in lines} == {"http://classroom.lan/debian"}


def test_the_way_to_the_archive_is_this_machines_and_the_rest_of_apts_configuration_is_not() -> None:
    dump = (
        'Acquire "";\nAcquire::cdrom::mount "/media/cdrom/";\nAcquire::http "";\n'
        'Acquire::http::Proxy "http://proxy.lan:3142";\nAcquire::https::CAInfo "/etc/ssl/lan.pem";\n'
        'Acquire::Check-Valid-Until "false";\nAcquire::Languages "none";\n'
    )
    assert bootstrap.network_options(dump) == (
        'Acquire::http::Proxy "http://proxy.lan:3142"',
        'Acquire::https::CAInfo "/etc/ssl/lan.pem"',
        'Acquire::Check-Valid-Until "false"',
    )


def test_the_order_of_packages_does_not_matter() -> None:
    one, other = (bootstrap.command(names, (), (), "") for names in (("b", "a"), ("a", "b")))
    assert one == other
    assert "--include=a,b" in one


@pytest.mark.parametrize(("text", "is_ours"), [(BOOKWORM, True), (NOBLE, False), ("ID=debian\n", False), ("", False)])
def test_only_bookworm_is_bookworm(tmp_path: Path, text: str, is_ours: bool) -> None:
    (tmp_path / "os-release").write_text(text)
    assert host.is_debian_bookworm(tmp_path) is is_ours
