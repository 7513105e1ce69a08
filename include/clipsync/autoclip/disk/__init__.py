"""Reading AutoClip's data directory: nothing here writes, and no bad file is an exception.

Start at `directory.py` (the way in) and `reader.py` (how one project is read, in order). Beside
them, one question each:

- `layouts.py`: where the files of each generation are. `sources.py`: which of them speak for a
  project, and what state that makes it.
- `records.py`: is a record usable? With `times.py`, `videos.py` (the names of its video) and
  `text.py` (can it be stored at all?).
- `project_file.py`, `side_files.py`, `legacy.py`: the project's own file, the files beside the
  records, and the oldest form, `projects.json`.
- `files.py`, `json_files.py`: looking into folders and files without ever failing on them.
- `hashing.py`: has anything changed?
"""

from clipsync.autoclip.disk.directory import DataDirectory, is_project_id, peek_state

__all__ = ["DataDirectory", "is_project_id", "peek_state"]
