"""Findings: what a person should know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """`error` fails a Dag run and makes an audit inconsistent; the others do not."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 info, 1 warning, 2 error: for "worse than"."""
        return ("info", "warning", "error").index(self.value)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a person should know of one project.

    `code` is a stable word (`edit_conflict`), `subject` tells two findings of one code apart (a
    row id, a file, a source id, or ""): (project_id, code, subject) is a finding's identity over
    time. `message` is one sentence for people; `evidence` holds JSON values for machines.
    """

    code: str
    severity: Severity
    project_id: str
    message: str
    subject: str = ""
    evidence: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str, str]:
        return (self.project_id, self.code, self.subject)

    def as_dict(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "severity": self.severity.value,
            "project_id": self.project_id,
            "subject": self.subject,
            "message": self.message,
            "evidence": dict(self.evidence),
        }
