"""What the documents say holds: links lead somewhere, commands are understood, examples are right, tables are whole."""

import ast
import re
import shlex
from itertools import takewhile
from pathlib import Path
from xml.etree import ElementTree

import pytest

from lab import errors, kinds
from lab.cli.program import WiretaleProgram, _collection
from lab.cli.words import normalise
from lab.plan import plan
from lab.topology.reading import parse
from tests.test_directions import DEPTHS, FILES, place

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
README = (ROOT / "README.md").read_text()
ARCHITECTURE = ROOT / "docs/architecture.md"
VERBS = WiretaleProgram(_collection())._verbs()


def shown(page):
    return str(page.relative_to(ROOT))


def each(pattern, flags=0):
    """Return (page, found) for all that fits the pattern in any page, as parameters named after what was found."""
    hits = [(page, hit) for page in PAGES for hit in re.findall(pattern, page.read_text(), flags)]
    return [pytest.param(page, hit, id=f"{shown(page)}-{str(hit).strip().splitlines()[0][:60]}") for page, hit in hits]


def blocks(language):
    return each(rf"^```{language}\n(.*?)^```", re.DOTALL | re.MULTILINE)


def anchors(page):
    """Return the anchors of a page's headings, made as GitHub does."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def section(title):
    return re.findall(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", README, re.DOTALL | re.MULTILINE)[0]


@pytest.mark.parametrize(("page", "link"), each(r"\]\(([^)\s]+)\)|<img src=\"([^\"]+)\""))
def test_a_link_leads_to_a_file_and_a_heading(page, link):
    target = "".join(link)
    if target.startswith("https://"):
        return
    path, _, anchor = target.partition("#")
    file = page.parent / path if path else page
    assert file.is_file()
    assert not anchor or anchor in anchors(file)


@pytest.mark.parametrize(("page", "path"), each(r"`((?:lab|tests|scenarios|topologies|images|docs)/[a-z_./-]+)`"))
def test_a_file_that_a_document_names_is_there(page, path):
    assert (ROOT / path).exists()


@pytest.mark.parametrize(("page", "command"), each(r"\./invoke (?!VERB)([^`\n)]+)"))
def test_a_command_is_understood(page, command):
    words = shlex.split(command, comments=True)
    normalise(list(takewhile(lambda word: word not in {"|", ">", "-->"}, words)), VERBS)


@pytest.mark.parametrize(("page", "text"), blocks("yaml"))
def test_a_topology_in_a_document_becomes_a_plan(page, text):
    if "nodes:" in text:
        assert plan(parse(text.encode(), shown(page), kinds.load())).nodes


@pytest.mark.parametrize(("page", "text"), blocks("python"))
def test_python_in_a_document_is_python(page, text):
    ast.parse(text)


def test_the_readme_names_every_verb():
    named = re.findall(r"`([a-z.]+)[^`]*`", "".join(re.findall(r"^\| (`.*?) \|", section("The verbs"), re.MULTILINE)))
    assert set(named) == VERBS.keys() - {"engine.show", "images.show"}


def test_the_readme_shows_proofs_and_sentences_that_there_are():
    told = "".join(file.read_text() for file in ROOT.glob("scenarios/*.py")) + README
    proofs = re.findall(r"✓ (.*)", README)
    assert proofs
    assert not [proof for proof in proofs if f"def test_{proof.replace(' ', '_')}(" not in told]
    (shown_run,) = re.findall(r"\$ \./invoke run scenario=arp-poisoning\n(.*?)✓", README, re.DOTALL)
    sentences = re.findall(r"^[A-Z].*", shown_run, re.MULTILINE)
    assert len(sentences) == 3
    assert not [sentence for sentence in sentences if f'"{sentence}"' not in told]


def test_the_readme_names_every_exit_code():
    codes = {
        error.exit_code for error in vars(errors).values() if isinstance(error, type) and hasattr(error, "exit_code")
    }
    assert {int(code) for code in re.findall(r"^\| (\d) \|", README, re.MULTILINE)} == {0} | codes


def test_the_readme_shows_the_two_commands_and_the_picture_on_its_first_screen():
    first = "".join(README.splitlines(keepends=True)[:20])
    for told in ("./invoke up topology=home-lan", "./invoke test", "docs/pictures/report.png", "only in the lab"):
        assert told in first


@pytest.mark.parametrize(
    "kind", sorted(name for name, one in kinds.load().items() if one.__module__.startswith("lab."))
)
def test_a_kind_has_its_line_in_the_page_of_kinds(kind):
    assert f"\n| `{kind}` |" in (ROOT / "docs/kinds.md").read_text()


@pytest.mark.parametrize("picture", sorted(ROOT.glob("docs/pictures/*.svg")), ids=shown)
def test_a_picture_is_whole_and_tells_its_story_to_those_who_cannot_see_it(picture):
    drawn = ElementTree.parse(picture).getroot()
    assert all(drawn.find(f"{{http://www.w3.org/2000/svg}}{word}").text for word in ("title", "desc"))
    assert not re.search(r"(href|src|url)\s*[=(]\s*[\"']?(?!#)\w", picture.read_text()), "it fetches something"


def sentence(file):
    """Return the first sentence of a module's docstring, on one line of Markdown."""
    told = " ".join(ast.get_docstring(ast.parse(file.read_text())).split())
    return re.split(r"(?<=\.)\s", told)[0].replace("``", "`").replace("|", "\\|")


def rooms():
    """Return the table of all modules, in the order of directions."""
    modules = [file for file in FILES if file.name != "__main__.py" and file != ROOT / "lab/__init__.py"]
    ordered = sorted(modules, key=lambda file: (DEPTHS.get(place(file), len(DEPTHS)), file))
    rows = (f"| `{shown(file).removesuffix('__init__.py')}` | {sentence(file)} |" for file in ordered)
    return "\n".join(["", "| room | what it is |", "|---|---|", *rows, ""])


def test_the_table_of_rooms_says_what_the_modules_say(request):
    page = ARCHITECTURE.read_text()
    before, marked, rest = page.partition("<!-- rooms -->")
    table, end, after = rest.partition("<!-- /rooms -->")
    if request.config.getoption("--update-golden"):
        table = rooms()
        ARCHITECTURE.write_text(before + marked + table + end + after)
    assert table == rooms()


def test_every_python_package_has_its_licence_on_the_page():
    locked = re.findall(r"^([\w.-]+)==(?!.*win32)", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    page = (ROOT / "docs/licences.md").read_text().lower().replace("_", "-")
    rows = "\n".join(re.findall(r"^\|(.*?)\|", page, re.MULTILINE))
    assert locked
    assert not [package for package in locked if not re.search(rf"(?<![\w-]){package.lower()}(?![\w-])", rows)]
