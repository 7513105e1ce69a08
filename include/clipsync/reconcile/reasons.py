"""Why a change is made, or nothing is planned: all reasons of the planner, in one place.

Beside these, a merge gives its Verdict as a reason, and a row restored on purpose
RESTORED_ON_PURPOSE. `{name}` stands for what differs from case to case. The journal keeps reasons
as text, and the page tells them apart by these templates: one that is reworded needs its Chinese
reworded too (`web/translations/zh.json`), and journals of before stay English.
"""

from __future__ import annotations

# -- why a row is made, changed or removed
STUDIO_ROW_LOST = "the database lost it: AutoClip 1.5.6 would delete its directory and videos"
NO_PROJECT_ROW = "the database did not have it"
STUCK = "the files are complete; it was stuck in {status}"
NEW_ON_DISK = "new on disk"
LOST_CLIP = "lost from the database with all other clips: restored"
LOST_COLLECTION = "lost from the database with all others: restored"
MADE_BY_AUTOCLIP = "made by AutoClip itself"
CARRIED_OVER = "the user's, carried over to the row that AutoClip re-imported"
FOLLOWS_CONTENT = "follows from the collection's content"
FOLLOWS_SUCCESSOR = "follows the row that takes a clip's place"
DUPLICATE = "a duplicate of row {row}"
NOT_IN_FILE = "no longer in the file"
SUPERSEDED = "its id is another clip's now"
CAME_BACK = "deleted by a user; AutoClip's own sync brought it back"
LINKS_LEAD_NOWHERE = "links to clips that go, or are gone"
NO_COLLECTION = "the collection is gone"

# -- why a row stays that the file no longer has
EDITED_BY_USER = "a user edited it"
IN_USERS_COLLECTION = "a user put it into a collection"

# -- why nothing is planned
ABSENT = "absent: its directory is not on the disk"
UNREADABLE = "unreadable: {problems}"
NO_FINAL_FILES = "processing: no final files yet"
FAILED_IN_AUTOCLIP = "failed: AutoClip gave the project up, and left no final files"
RETRY_UNDER_WAY = "processing: a retry is under way"
NO_RECORDS = "contradicting: the marker counts clips that no file has"
CONTRADICTING = "contradicting: the marker counts {counted} {kind}s, the file {records}"

# -- why a plan is not applied
PROJECT_STOP = (
    "Stopped: the plan would delete {deletes} of the project's {rows} rows with nothing in their "
    "place (limit {limit}). Nothing was changed. If the files are right, allow it with "
    "--allow-deletes."
)
RUN_STOP = (
    "Stopped: this run would delete {deletes} of {rows} rows with nothing in their place "
    "(limit {limit} of a run), which looks like a lost disk. Nothing of this project was changed. "
    "If the files are right, allow it with --allow-deletes."
)

ALL = tuple(text for name, text in sorted(globals().items()) if name.isupper())
