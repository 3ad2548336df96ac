"""The printer before the judge: ipptool's own tests, as far as they ask what a small printer promises."""

import pytest

pytestmark = pytest.mark.docker

PASSED = (
    "get-printer-attributes",
    "get-printer-description-attributes",
    "get-job-template-attributes",
    "get-jobs",
    "get-completed-jobs",
    "validate-job",
    "print-job",
    "print-job-and-wait",
    "print-job-gzip",
    "print-job-deflate",
    "print-job-letter",
    "create-job",
    "identify-printer",
)
"""Test files of ipptool whose every test the printer passes."""


@pytest.fixture(scope="module")
def lab(labs):
    return labs("home-lan")


@pytest.fixture(scope="module")
def document(lab):
    path = "/tmp/document.txt"
    lab["victim"].run("tee", path, stdin=b"Hello, printer.\n")
    yield path
    lab["victim"].run("rm", path)
    lab["printer"].run("find", "/var/spool/printer", "-type", "f", "-delete")


@pytest.fixture(scope="module")
def judged(lab, document):
    """Let ipptool run one of its test files, and return its report."""

    def report(name):
        uri = f"ipp://{lab['printer'].ip}/ipp/print"
        return lab["victim"].attempt("ipptool", "-t", "-f", document, uri, f"{name}.test")

    return report


@pytest.mark.parametrize("name", PASSED)
def test_the_printer_passes(judged, name):
    report = judged(name)
    assert report.exit_code == 0, report.stdout
    assert "[PASS]" in report.stdout


def test_of_ipp_1_1_it_passes_all_but_what_ippeveprinter_does_not_do(judged):
    said = judged("ipp-1.1").stdout
    failed = [line.split("[")[0].strip() for line in said.splitlines() if "[FAIL]" in line]
    skipped = [line.split("[")[0].strip() for line in said.splitlines() if "[SKIP]" in line]
    assert said.count("[PASS]") == 24
    assert failed == ["RFC 8011 section 4.2.4: Create-Job Operation"]
    assert skipped == [
        "RFC 8011 section 4.2.2: Print-URI Operation",
        "Print-URI with bad URI: Print-URI Operation",
    ]


def test_it_fails_a_printer_that_is_not_there(lab, document):
    uri = f"ipp://{lab['printer'].ip}/ipp/nowhere"
    report = lab["victim"].attempt("ipptool", "-t", "-f", document, uri, "print-job.test")
    assert report.exit_code != 0
    assert "[FAIL]" in report.stdout
