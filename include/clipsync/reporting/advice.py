"""What a person should do next about a finding, in one or two plain sentences per code.

Every code that ClipSync gives out has an entry; `advice_for` has a fallback so that a mail never
fails because a code is newer than this list.
"""

from __future__ import annotations

from collections.abc import Mapping

FALLBACK = (
    "Run `clipsync plan` for this project to see the details, and `clipsync audit` afterwards."
)

ADVICE: Mapping[str, str] = {
    # What people did in the app
    "edit_conflict": (
        "The file and a person both changed this field; the person's version was kept. If the "
        "file's is better, run `clipsync sync ID --prefer disk`."
    ),
    "kept_unknown_edit": (
        "The database's value was kept because nothing tells who changed it. If it is outdated, "
        "run `clipsync sync ID --prefer disk`."
    ),
    "edit_carried_over": "Nothing to do: a person's edit was moved to the row that stays.",
    "edited_duplicate": (
        "Two rows stand for the same record and people edited both. Decide in AutoClip which one "
        "to keep and delete the other."
    ),
    "edited_stale": (
        "The files no longer contain this record, but somebody edited its row, so it stays. "
        "Delete it in AutoClip if nobody needs it."
    ),
    "restored": (
        "All rows were gone at once, which looks like a loss, so they were put back. If somebody "
        "deleted them on purpose, delete them one by one in AutoClip."
    ),
    "maybe_deleted": (
        "Somebody may have deleted this collection before ClipSync knew it, so it is held back. "
        "Run `clipsync restore ID` to bring it back; otherwise do nothing."
    ),
    "tombstoned": (
        "Somebody deleted this in AutoClip, so it is not inserted again. Run `clipsync restore "
        "ID` if that was a mistake."
    ),
    "tombstone_resurrected": (
        "Something that was deleted is in the database again. Delete it once more in AutoClip, "
        "or run `clipsync restore ID` to keep it."
    ),
    # What is wrong on disk
    "quarantined": (
        "This record can't be used. Run `clipsync quarantine` to see it; correct the file or run "
        "the project again in AutoClip. It is released by itself once it is valid."
    ),
    "unreadable": (
        "A file that decides can't be read. Check the disk and the file's permissions; if the "
        "file is damaged, run the project again in AutoClip. Nothing was changed."
    ),
    "processing": "Nothing to do: AutoClip is still working on this project.",
    "directory_missing": (
        "The project's directory is gone. Check that the disk is mounted; if the project was "
        "deleted on purpose, delete it in AutoClip as well. Nothing was changed."
    ),
    "files_missing": (
        "The database has rows but the final files are gone. Check that the disk is mounted and "
        "complete; restore the files from a backup. Nothing was changed."
    ),
    "entry_unreadable": (
        "This entry of projects/ can't be looked into: a link that leads back to itself, or a "
        "directory that ClipSync may not read. Correct it; the other projects are unaffected."
    ),
    "directory_without_row": (
        "Run `clipsync sync` before AutoClip is started again: it brings the row back. What has no "
        "final files can't be brought back: move its directory out of projects/ if you need it."
    ),
    "not_a_project": (
        "Nothing to do for ClipSync. AutoClip 1.5.6 and newer deletes directories in projects/ "
        "that it has no row for, whatever they are called: keep backups elsewhere."
    ),
    "last_run_failed": (
        "AutoClip says why it failed. Mend that, then retry the project in AutoClip; its rows are "
        "as the files have them until then."
    ),
    "unknown_status": (
        "Nothing to do: it is a word of another AutoClip than the one ClipSync knows, and hides "
        "the row there."
    ),
    # AutoClip's Studio
    "studio": "Nothing to do: AutoClip's Studio keeps its outputs itself.",
    "studio_video_missing": (
        "A finished video is gone. Check that the disk is complete; otherwise render the output "
        "again in AutoClip."
    ),
    "studio_unreadable": (
        "Check the file, and restore it from a backup: without it AutoClip does not know the "
        "project's outputs either."
    ),
    "studio_cancelled": (
        "Nothing to do: AutoClip shows a cancelled project as under way. Delete it there if nobody "
        "needs it."
    ),
    "studio_status_differs": (
        "Nothing to do: AutoClip mends it by itself when somebody opens the project."
    ),
    "side_file_unreadable": (
        "A file beside the records can't be read, so what it says was not used. Check the file; "
        "correct or delete it if it is damaged."
    ),
    "marker_missing": (
        "The pipeline's completion marker is missing: the run may have died at its end. Run the "
        "project again in AutoClip if clips or videos are missing."
    ),
    "marker_unreadable": (
        "The completion marker can't be read. Check the file; run the project again in AutoClip "
        "if it is damaged."
    ),
    "marker_contradicts": (
        "The completion marker counts more than the files hold. Check that the files are "
        "complete; run the project again in AutoClip if they are not."
    ),
    "collections_file_missing": (
        "The project has clips but no file of collections. Run its clustering step again in "
        "AutoClip if it should have collections."
    ),
    "missing_video": (
        "The record is there but its video was not cut. Run the project again in AutoClip to cut "
        "it."
    ),
    "negative_duration": (
        "This clip ends before it starts. It is kept as the file says; correct its times there "
        "or delete the clip in AutoClip."
    ),
    "cut_to_fit": (
        "The text is longer than the database's column and was cut. Shorten it in AutoClip if "
        "the cut reads badly."
    ),
    "path_too_long": (
        "The video's path does not fit the database's column and was left empty. Shorten the "
        "video's file name or AutoClip's data directory."
    ),
    "unknown_clip_in_collection": (
        "The collection names a clip that the project does not have; it was left out. Usually "
        "nothing to do: the clip was dropped or quarantined."
    ),
    # What ClipSync did or would not do
    "stopped_by_guard": (
        "The sync would have deleted unusually much and was stopped. Look at `clipsync plan ID`; "
        "if it is right, run `clipsync sync ID --allow-deletes`."
    ),
    "retry_under_way": "Nothing to do: AutoClip is running this project again; it follows then.",
    "sync_failed": (
        "This project was not synced; the others were. The message names the cause. Run "
        "`clipsync sync ID` once it is gone."
    ),
    "data_directory_problem": (
        "Check that AutoClip's data directory is mounted, complete and readable for ClipSync."
    ),
    "duplicate_removed": (
        "Nothing to do: a second row of the same record was removed; collections point to the "
        "one that stays."
    ),
    "stale_removed": (
        "Nothing to do: a row whose record is no longer in the files was removed. `clipsync "
        "undo` brings it back."
    ),
    "superseded": (
        "Nothing to do: a new run of the pipeline gave this id to another clip, and the old one "
        "was replaced. `clipsync undo` brings it back."
    ),
    "orphan_link": (
        "A collection pointed to a clip that no longer exists. If the link is still there after "
        "a sync, check the project in AutoClip."
    ),
    "broken_json": (
        "A JSON column can't be read, which can break AutoClip's pages. `clipsync plan ID` shows "
        "the row; correct or delete it in the database if a sync does not repair it."
    ),
    # The second opinion: Great Expectations over the database after the sync
    "quality_clip_counts": (
        "The page shows another number of clips than the files hold. Run `clipsync sync ID`; if "
        "it stays, `clipsync plan ID` tells why."
    ),
    "quality_collection_counts": (
        "The page shows another number of collections than the files hold. Run `clipsync sync "
        "ID`; if it stays, `clipsync plan ID` tells why."
    ),
    "quality_project_completed": (
        "The files are complete but the page does not show the project as completed. Run "
        "`clipsync sync ID`."
    ),
    "quality_project_names": "Give the project a name in AutoClip.",
    "quality_project_name_lengths": "Shorten the project's name in AutoClip to 255 characters.",
    "quality_project_ids_unique": (
        "Several project rows have the same id, so AutoClip may show either. Delete the wrong "
        "one in the database."
    ),
    "quality_project_config_json": (
        "The project's processing configuration is not valid JSON. Correct or empty that column."
    ),
    "quality_project_metadata_json": (
        "The project's metadata is not valid JSON. Correct or empty that column."
    ),
    "quality_clip_ids_unique": (
        "Several clip rows have the same id. Delete the wrong one in the database."
    ),
    "quality_clip_sources_unique": (
        "Several clips stand for the same record. Run `clipsync sync ID`, which keeps one."
    ),
    "quality_clip_deleted": (
        "Somebody deleted this clip and it is there again. Run `clipsync sync ID`, which removes "
        "it; to keep it, run `clipsync restore ID`."
    ),
    "quality_clip_titles": "A clip's title is empty. Run `clipsync sync ID`.",
    "quality_clip_title_lengths": (
        "A clip's title is longer than the database's column. Run `clipsync sync ID`, which cuts "
        "it."
    ),
    "quality_clip_titles_edited": (
        "Somebody emptied this clip's title or made it very long. It is kept; correct it in "
        "AutoClip if that was a mistake."
    ),
    "quality_clip_times": (
        "A clip's times are missing or not numbers. Run `clipsync sync ID`; if it stays, check "
        "the record in the files."
    ),
    "quality_clip_start": (
        "A clip starts before its video. Run `clipsync sync ID`; if it stays, check the record "
        "in the files."
    ),
    "quality_clip_duration": (
        "A clip's duration is not the time from its start to its end. Run `clipsync sync ID`."
    ),
    "quality_clip_order": (
        "A clip ends before it starts, as the files say. Correct its times there or delete the "
        "clip in AutoClip."
    ),
    "quality_clip_score": (
        "A clip's score is not between 0 and 1. Usually harmless: check the scoring step."
    ),
    "quality_clip_tags_json": (
        "A clip's tags are not valid JSON, which can break the project's page. Run `clipsync "
        "sync ID`; if it stays, correct the column."
    ),
    "quality_clip_metadata_json": (
        "A clip's metadata is not valid JSON, which can break the project's page. Run `clipsync "
        "sync ID`; if it stays, correct the column."
    ),
    "quality_collection_ids_unique": (
        "Several collection rows have the same id. Delete the wrong one in the database."
    ),
    "quality_collection_sources_unique": (
        "Several collections stand for the same record. Run `clipsync sync ID`, which keeps one."
    ),
    "quality_collection_deleted": (
        "Somebody deleted this collection and it is there again. Run `clipsync sync ID`, which "
        "removes it; to keep it, run `clipsync restore ID`."
    ),
    "quality_collection_names": "A collection's name is empty. Run `clipsync sync ID`.",
    "quality_collection_name_lengths": (
        "A collection's name is longer than the database's column. Run `clipsync sync ID`, which "
        "cuts it."
    ),
    "quality_collection_names_edited": (
        "Somebody emptied this collection's name or made it very long. It is kept; correct it in "
        "AutoClip if that was a mistake."
    ),
    "quality_collection_clip_totals": (
        "The page shows another number of clips for this collection than it holds. Run "
        "`clipsync sync ID`."
    ),
    "quality_collection_links": (
        "A collection's list of clips and its links differ. Run `clipsync sync ID`."
    ),
    "quality_collection_tags_json": (
        "A collection's tags are not valid JSON, which can break the project's page. Run "
        "`clipsync sync ID`; if it stays, correct the column."
    ),
    "quality_collection_metadata_json": (
        "A collection's metadata is not valid JSON, so its content can't be shown. Run "
        "`clipsync sync ID`; if it stays, correct the column."
    ),
    "quality_link_orphans": (
        "A link points to a clip or collection that no longer exists. Run `clipsync sync ID`; "
        "links of nobody's project can be deleted from `clip_collection`."
    ),
    "quality_link_order": (
        "The order of a collection's clips has gaps or repeats. Run `clipsync sync ID`."
    ),
    "quality_link_projects": (
        "A collection holds a clip of another project. Run `clipsync sync ID`; if it stays, "
        "remove the clip from the collection in AutoClip."
    ),
}


def advice_for(code: str) -> str:
    """What to do next about a finding of this code; a general sentence for an unknown one."""
    return ADVICE.get(code, FALLBACK)
