"""Findings and changes as JSON documents hold them: codes and values, and the sentences."""

from __future__ import annotations

from typing import Any

from clipsync.messages.catalogue import LanguageCode, message, render
from clipsync.model.finding import Finding
from clipsync.model.plan import Change


def finding_as_dict(finding: Finding, language: LanguageCode = "en") -> dict[str, Any]:
    """`message` is the sentence; `evidence` holds the values it names."""
    return {
        "code": str(finding.code),
        "severity": finding.severity.value,
        "project_id": finding.project_id,
        "subject": finding.subject,
        "message": message(finding, language),
        "evidence": dict(finding.evidence),
    }


def change_as_dict(change: Change, language: LanguageCode = "en") -> dict[str, Any]:
    """`why` holds sentences, `reasons` their codes and values, both by column."""
    shown = change.as_dict()
    reasons = shown.pop("reasons")
    why = {name: render(reason, language) for name, reason in change.why.items()}
    return {**shown, "why": why, "reasons": reasons}
