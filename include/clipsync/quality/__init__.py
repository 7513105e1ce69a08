"""The second opinion: Great Expectations over the database after a sync.

It checks the database against the disk with rules that share no code with the planner, so that a
planner's bug can't hide itself. Read `checks.py` for the rules, `frames.py` for what they look
at, `validate.py` for the order of things. Importing this package loads neither pandas nor Great
Expectations; `validate_database` does when called.
"""

from clipsync.quality.report import ProjectFailures, QualityCheck, QualityReport
from clipsync.quality.validate import validate_database

__all__ = ["ProjectFailures", "QualityCheck", "QualityReport", "validate_database"]
