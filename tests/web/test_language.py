"""Everything the page says is said in Chinese as well."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from string import Formatter

import pytest
from clipsync.reporting.advice import ADVICE

from clipsync.reconcile.merge import Verdict
from clipsync.web import actions, words
from clipsync.web.host import Visitor
from clipsync.web.language import Language, preferred
from tests.web.conftest import PROJECT

CHINESE = Language("zh")
_TEXT = re.compile(r"""(?<!\w)_\(\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')""")
_COUNTED = re.compile(r"""n_\(\s*"([^"]*)",\s*"([^"]*)\"""")


def in_templates() -> set[str]:
    texts = set()
    for template in files("clipsync.web").joinpath("templates").iterdir():
        source = template.read_text("utf-8")
        texts |= {match[1:-1] for match in _TEXT.findall(source)}
        texts |= {many for _, many in _COUNTED.findall(source)}
    return texts


def in_code() -> set[str]:
    both = (
        *actions.project_actions(Visitor("a", True, True), PROJECT, "k", buried=1),
        *actions.overall_actions(Visitor("a", True, True), "k"),
    )
    return {
        *words.STATUS.values(),
        *words.MARK.values(),
        *words.FIELD_REASONS.values(),
        *words.TABLE.values(),
        *words.TOMBSTONE.values(),
        *words.COUNTS.values(),
        *words._FIELDS.values(),
        *words._COMMANDS.values(),
        *words._SCRIPT,
        *(words.code(code) for code in ADVICE),
        *(str(verdict) for verdict in Verdict if verdict is not Verdict.SAME),
        *(text for one in both for text in (one.label, one.hint, one.confirm) if text),
    }


def test_every_text_has_its_chinese() -> None:
    assert len(in_templates()) > 100
    missing = sorted(text for text in in_templates() | in_code() if not CHINESE.knows(text))
    assert missing == []


def test_a_translation_fills_in_what_the_original_fills_in() -> None:
    stored = files("clipsync.web").joinpath("translations/zh.json").read_text("utf-8")
    for english, chinese in json.loads(stored).items():
        fields = [
            sorted(name for _, name, _, _ in Formatter().parse(text) if name)
            for text in (english, chinese)
        ]
        assert fields[0] == fields[1], english
        assert chinese.strip()


def test_the_script_says_nothing_that_was_not_translated() -> None:
    source = files("clipsync.web").joinpath("static/clipsync.js").read_text("utf-8")
    said = set(re.findall(r'say\("([^"]+)"', source))
    assert len(said) > 15
    assert said <= set(words._SCRIPT)


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("", "en"),
        ("zh", "zh"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("zh-Hant-TW", "zh"),
        ("en-US,en;q=0.9,zh;q=0.8", "en"),
        ("fr,de;q=0.9,zh;q=0.1", "zh"),
        ("en;q=0.1, zh;q=0.9", "zh"),
        ("zh;q=0, en;q=0.1", "en"),
        ("zh;q=nonsense", "en"),
        ("*", "en"),
        ("zha", "en"),
        ("," * 5000, "en"),
    ],
)
def test_the_browsers_weights_decide(header: str, code: str) -> None:
    assert preferred(header) == code


def test_english_counts_one_apart_and_chinese_does_not() -> None:
    counted = [
        (language.code, number, language.count("{n} clip", "{n} clips", number))
        for language in (Language("en"), CHINESE)
        for number in (0, 1, 1200)
    ]
    assert counted == [
        ("en", 0, "0 clips"),
        ("en", 1, "1 clip"),
        ("en", 1200, "1,200 clips"),
        ("zh", 0, "0 个切片"),
        ("zh", 1, "1 个切片"),
        ("zh", 1200, "1,200 个切片"),
    ]
