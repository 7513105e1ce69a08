"""Great Expectations' views of Data Docs, with templates that stand alone, and with all escaped.

Its own templates load styles, scripts and a logo from six other hosts, and its tables are empty
without them: a report on people's data tells nobody that it is being read, and works without
internet. And its views write values of failing rows into the page as they are: titles may hold
markup. Named in the site's configuration (`docs.py`); Great Expectations makes them.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from great_expectations.render import RenderedContent
from great_expectations.render.view import DefaultJinjaIndexPageView, DefaultJinjaPageView
from jinja2 import ChoiceLoader, FileSystemLoader, pass_context

_TEMPLATES = Path(__file__).with_name("templates") / "data_docs"
_MARKUP = {"html_success_icon", "formatted_json"}
"""Parameters that Great Expectations writes itself, as markup."""
_SAFE_URLS = ("https://", "http://", "#", "./", "../", "validations/", "expectations/")


class _StandAlone:
    """What the two views share: our templates first, values escaped, text that can be written."""

    env: Any

    def _use_own_templates(self) -> None:
        own = FileSystemLoader(_TEMPLATES)
        self.env.loader = ChoiceLoader([own, self.env.loader])
        self.env.filters["render_content_block"] = self.render_content_block
        self.env.filters["render_string_template"] = self.render_string_template

    def render(self, document: Any, template: Any = None, **others: Any) -> str:
        text: str = super().render(document, template, **others)  # type: ignore[misc]
        # Half a character can't be written to a file.
        return text.encode("utf-8", "replace").decode()

    @pass_context
    def render_content_block(
        self, context: Any, content_block: Any, index: Any = None, content_block_id: Any = None
    ) -> Any:
        """As Great Expectations does it, but a bare value is text and never markup."""
        render = super().render_content_block  # type: ignore[misc]
        if isinstance(content_block, str):
            return escaped(content_block)
        if isinstance(content_block, list):
            content_block = [
                one if isinstance(one, dict | RenderedContent) else escaped(str(one))
                for one in content_block
            ]
        return render(context, content_block, index, content_block_id)

    def render_string_template(self, template: Any) -> Any:
        if isinstance(template, str):
            return escaped(template)
        if isinstance(template, Mapping) and not template.get("styling"):
            params = template.get("params") or {}
            template = {
                **template,
                "params": {
                    name: value if name in _MARKUP else escaped(value)
                    for name, value in params.items()
                },
            }
        return super().render_string_template(template)  # type: ignore[misc]


class StandAlonePageView(_StandAlone, DefaultJinjaPageView):  # type: ignore[misc]
    """A page of a suite or of a validation's results."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._use_own_templates()


class StandAloneIndexView(_StandAlone, DefaultJinjaIndexPageView):  # type: ignore[misc]
    """The first page."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._use_own_templates()


def escaped(value: Any) -> Any:
    """Text as HTML shows it; control characters, which some hide things with, become blanks."""
    if not isinstance(value, str):
        return value
    printable = "".join(
        one if one.isprintable() or one in "\n\t" else "\N{REPLACEMENT CHARACTER}" for one in value
    )
    return html.escape(printable, quote=True)
