"""The pages lead to what is there, and what is generated is what the code says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from clipsync.settings import Settings
from tests.support.airflow_home import REPOSITORY
from tools.docs import pages

PAGES = sorted([*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/*.md")])
READ = {path: path.read_text(encoding="utf-8") for path in PAGES}


def named(path: Path) -> str:
    return str(path.relative_to(REPOSITORY))


def anchors(page: Path) -> set[str]:
    """What a link to a heading of the page may end with, as GitHub makes it."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?![a-z]+:)([^)#]*)(?:#([^)]*))?\)", READ[page])
    broken = []
    for link, anchor in links:
        target = page.parent / link if link else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append((link, anchor))
    assert broken == []


def test_the_index_names_every_page() -> None:
    index = READ[REPOSITORY / "docs/README.md"]
    linked = {(REPOSITORY / "docs" / link).resolve() for link in re.findall(r"\]\((.+?)\)", index)}
    unnamed = set(PAGES) - linked - {REPOSITORY / "docs/README.md", REPOSITORY / "README.md"}
    assert sorted(map(named, unnamed)) == []


@pytest.mark.parametrize("name", pages())
def test_what_is_generated_is_what_the_code_says(name: str) -> None:
    """Where this fails: `make docs`."""
    assert READ[REPOSITORY / "docs" / name] == pages()[name]


def test_every_setting_that_a_page_names_is_one() -> None:
    known = {f"CLIPSYNC_{name.upper()}" for name in Settings.model_fields}
    # Those of the compose file and of the tests are no settings of ClipSync itself.
    elsewhere = {"CLIPSYNC_VERSION", "CLIPSYNC_DEBUG"}
    unknown = {
        (named(page), name)
        for page, text in READ.items()
        if page.name != "CHANGELOG.md"  # it tells of what is gone as well
        for name in re.findall(r"CLIPSYNC_[A-Z_]+[A-Z]", text)
        if name not in known | elsewhere
    }
    assert sorted(unknown) == []


def test_every_file_of_the_architecture_is_there() -> None:
    text = READ[REPOSITORY / "docs/architecture.md"]
    files = set(re.findall(r"`([a-z_/]+\.py)`", text))
    roots = (REPOSITORY, REPOSITORY / "include/clipsync")
    missing = [name for name in files if not any((root / name).exists() for root in roots)]
    assert len(files) >= 12
    assert sorted(missing) == []


def test_the_rules_are_numbered_and_code_cites_those_that_exist() -> None:
    rules = READ[REPOSITORY / "docs/rules.md"]
    numbers = [int(number) for number in re.findall(r"^## (\d+)\. ", rules, re.MULTILINE)]
    assert numbers == list(range(1, 16))
    cited = {
        int(number)
        for folder in ("include", "plugins", "dags", "tests")
        for path in (REPOSITORY / folder).rglob("*.py")
        for number in re.findall(r"\brules? (\d+)\b", path.read_text("utf-8"))
    }
    assert cited <= set(numbers)
