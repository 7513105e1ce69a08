"""The second opinion: Great Expectations over the database after a sync.

It holds every row against the final files, with a reader, an identity and rules of its own that
share no code with the sync, so that a bug there can't hide itself. Of the ledger it uses facts
(what was last applied, what was written, what is taken for deleted), never judgements.

    disk.py      what the files say            rows.py      what the database holds
    identity.py  which row stands for what     people.py    which values are a person's
    frames.py    both side by side             checks.py    the rules; own_rules.py: people's
    expectations.py, docs.py                   Great Expectations' part
    validate.py  the order of things

Importing this package loads neither pandas nor Great Expectations; `validate_database` does.
"""

from clipsync.quality.report import ProjectFailures, QualityCheck, QualityReport
from clipsync.quality.validate import ValidateOptions, validate_database

__all__ = [
    "ProjectFailures",
    "QualityCheck",
    "QualityReport",
    "ValidateOptions",
    "validate_database",
]
