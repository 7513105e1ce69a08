"""Data Docs: Great Expectations' pages, made to stand alone, behind a first page of our own.

Great Expectations' own first page is empty without scripts from five other hosts, and its pages
load styles, scripts and a logo from there. A report on people's data tells nobody that it is being
read, and works without internet: what comes from elsewhere, and all scripts, are taken out.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from clipsync.errors import SettingsError
from clipsync.quality.harmless import harmless_text
from clipsync.quality.report import QualityReport

INDEX = "index.html"
MARK = ".clipsync-data-docs"
"""A file that says: ClipSync made this directory and may replace it."""

_RUN_NAME = "validation"
_MOST_PROJECTS = 50


class Site:
    """Data Docs in the making: built beside their place, then put there as a whole."""

    def __init__(self, place: Path, build_dir: Path) -> None:
        self._place = place
        self.build_dir = build_dir

    def publish(
        self, context: Any, results: Sequence[Any], report: QualityReport, now: datetime
    ) -> Path:
        """Build the pages of these results and put them in place; returns the first page."""
        pages = _build_pages(context, results, now)
        for path in self.build_dir.rglob("*.html"):
            path.write_text(stand_alone(path.read_text("utf-8")), "utf-8")
        shutil.rmtree(self.build_dir / "static", ignore_errors=True)
        (self.build_dir / INDEX).write_text(_index(report, pages, now), "utf-8")
        (self.build_dir / MARK).write_text("Made by ClipSync, which may replace it.\n", "utf-8")
        _put(self.build_dir, self._place)
        return self._place / INDEX


@contextmanager
def open_site(place: Path | None) -> Iterator[Site | None]:
    """A site to be published at `place` (None: no site); nothing is left behind on failure.

    Raises SettingsError where `place` is no directory, or holds what ClipSync did not make.
    """
    if place is None:
        yield None
        return
    place = place.absolute()
    _check(place)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        build_dir = Path(tempfile.mkdtemp(prefix=f".{place.name}-", dir=place.parent))
        build_dir.chmod(0o755)  # a web server of another user may show it
    except OSError as error:
        raise SettingsError(
            f"{place}: Data Docs can't be written there: {error.strerror}. Set "
            "CLIPSYNC_DATA_DOCS_DIR to a directory that ClipSync may write."
        ) from error
    try:
        yield Site(place, build_dir)
    finally:
        shutil.rmtree(build_dir, ignore_errors=True)


def stand_alone(page: str) -> str:
    """A page of Great Expectations without scripts, and without anything from another host."""
    for pattern in _FOREIGN:
        page = pattern.sub("", page)
    return page.replace("</head>", f"<style>{_STYLE}</style>\n</head>", 1)


# Great Expectations writes these pages, and no value of ours in them can hold markup
# (`harmless.py`): patterns are enough.
_FOREIGN = (
    re.compile(r"<script\b.*?</script>", re.DOTALL | re.IGNORECASE),
    re.compile(r"<style\b.*?</style>", re.DOTALL | re.IGNORECASE),
    re.compile(r"<link\b[^>]*>", re.IGNORECASE),
    re.compile(r"<img\b[^>]*>", re.IGNORECASE),
    re.compile(r"<button\b.*?</button>", re.DOTALL | re.IGNORECASE),
    re.compile(r"<footer\b.*?</footer>", re.DOTALL | re.IGNORECASE),
)
_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 1.5rem auto; max-width: 70rem;
  padding: 0 1rem; }
table { border-collapse: collapse; margin: .5rem 0 1rem; max-width: 100%; }
td, th { border: 1px solid color-mix(in srgb, currentcolor 25%, transparent); padding: .3rem .6rem;
  text-align: left; vertical-align: top; overflow-wrap: anywhere; }
.show-scrollbars { max-height: 24rem; overflow: auto; }
.text-success, .ge-success-icon { color: #1a7f37; } .text-danger { color: #cf222e; }
.fa-check-circle::before { content: "\\2714"; } .fa-times::before { content: "\\2718"; }
.fa-exclamation-triangle::before { content: "\\26A0"; }
.badge { font-family: ui-monospace, monospace; font-weight: 600; }
.breadcrumb, .breadcrumb li { display: inline; list-style: none; padding: 0 .5rem 0 0; }
ul { padding-left: 1.2rem; }
[id*="walkthrough"], .sticky, .cooltip .top,
[data-toggle="collapse"] { display: none; }
"""


def _build_pages(context: Any, results: Sequence[Any], now: datetime) -> dict[str, str]:
    """Great Expectations' pages; returns asset name to page, relative to the site."""
    from great_expectations.core.run_identifier import RunIdentifier
    from great_expectations.data_context.types.resource_identifiers import (
        ExpectationSuiteIdentifier,
        ValidationResultIdentifier,
    )

    run = RunIdentifier(run_name=_RUN_NAME, run_time=now)
    pages = {}
    for result in results:
        result.meta |= {"run_id": run, "validation_time": now.isoformat(), "batch_parameters": None}
        identifier = ValidationResultIdentifier(
            batch_identifier=result.batch_id,
            expectation_suite_identifier=ExpectationSuiteIdentifier(name=result.suite_name),
            run_id=run,
        )
        context.validation_results_store.store_validation_results(
            suite_validation_result=result, suite_validation_result_identifier=identifier
        )
        pages[result.suite_name] = "/".join(("validations", *identifier.to_tuple())) + ".html"
    context.build_data_docs()
    return pages


def _index(report: QualityReport, pages: Mapping[str, str], now: datetime) -> str:
    checks = [
        {
            "check": check,
            "page": pages.get(check.asset),
            "projects": check.projects[:_MOST_PROJECTS],
            "more_projects": max(len(check.projects) - _MOST_PROJECTS, 0),
        }
        for check in sorted(report.checks, key=lambda check: (check.success, -check.severity.rank))
    ]
    template = _templates().get_template("index.html.j2")
    return template.render(report=report, checks=checks, style=_STYLE, now=now, shown=harmless_text)


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("clipsync.quality", "templates"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _check(place: Path) -> None:
    if not place.exists():
        return
    if not place.is_dir():
        raise SettingsError(
            f"{place} is no directory, so Data Docs can't be built there. Set "
            "CLIPSYNC_DATA_DOCS_DIR to a directory."
        )
    if not (place / MARK).exists() and any(place.iterdir()):
        raise SettingsError(
            f"{place} holds files that ClipSync did not make; Data Docs would replace them. Set "
            "CLIPSYNC_DATA_DOCS_DIR to a directory that is new or empty."
        )


def _put(made: Path, place: Path) -> None:
    """Swap the new directory in: readers find the old site or the new one, never half of it.

    Another run may do the same at the same moment; the last one stays.
    """
    last_try = 4
    for attempt in range(last_try + 1):
        aside = Path(tempfile.mkdtemp(prefix=f".{place.name}-old-", dir=place.parent))
        try:
            if place.exists():
                place.rename(aside / place.name)
            made.rename(place)
            return
        except OSError:
            if attempt == last_try:
                raise
        finally:
            shutil.rmtree(aside, ignore_errors=True)
