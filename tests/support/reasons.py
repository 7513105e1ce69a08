"""Reasons of the disk as tests spell them: by the sentence that people read."""

from __future__ import annotations

from collections.abc import Iterable

from clipsync.messages import render
from clipsync.model.manifest import DiskProblem


def told(problems: Iterable[DiskProblem]) -> tuple[tuple[str, str], ...]:
    """(file, why it can't be used) of each."""
    return tuple((problem.file, render(problem.reason)) for problem in problems)
