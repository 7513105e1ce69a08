"""Words of the decision form, which Dag files need at parse time: imports nothing."""

from __future__ import annotations

APPROVE = "Approve"
SKIP = "Skip"
