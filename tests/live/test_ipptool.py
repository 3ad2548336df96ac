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


def test_of_the_ipp_1_1_suite_it_passes_all_that_it_is_not_too_busy_for(judged):
    """It works on one job at a time, and says so when the suite brings the next one some milliseconds too early."""
    said = judged("ipp-1.1").stdout
    assert said.count("[PASS]") >= 24
    assert said.count("[FAIL]") == said.count("status-code = server-error-busy")
    skipped = {line.split(":")[0].strip() for line in said.splitlines() if "[SKIP]" in line}
    assert "RFC 8011 section 4.2.2" in skipped  # Print-URI, which is optional


def test_it_fails_a_printer_that_is_not_there(lab, document):
    uri = f"ipp://{lab['printer'].ip}/ipp/nowhere"
    report = lab["victim"].attempt("ipptool", "-t", "-f", document, uri, "print-job.test")
    assert report.exit_code != 0
    assert "[FAIL]" in report.stdout
