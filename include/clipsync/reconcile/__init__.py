"""The planner: what must change so that the database agrees with the disk, and why.

Pure: no clock, no I/O, no randomness, no Airflow. The rules are in `docs/rules.md`; each module
names the ones it keeps.
"""

from clipsync.reconcile.options import PlanOptions, Prefer
from clipsync.reconcile.planner import plan_project

__all__ = ["PlanOptions", "Prefer", "plan_project"]
