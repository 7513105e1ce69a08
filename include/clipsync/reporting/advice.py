"""What a person should do next about a finding, in one or two plain sentences per code.

Every code that ClipSync gives out has an entry; `advice_for` has a fallback so that a mail never
fails because a code is newer than this list.
"""

from __future__ import annotations

from collections.abc import Mapping

FALLBACK = (
    "Run `clipsync plan` for this project to see the details, and `clipsync audit` afterwards."
)

OWN_RULE = (
    "This is a rule of your own (CLIPSYNC_EXPECTATIONS_DIR). Correct the row in AutoClip, or the "
    "rule in its file."
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
    "quality_clip_titles": (
        "A clip's title is empty: somebody emptied it, or the row was made so. Correct it in "
        "AutoClip."
    ),
    "quality_clip_title_lengths": (
        "A clip's title is longer than the database's column. Shorten it in AutoClip."
    ),
    "quality_clip_times": (
        "A clip's times are missing or not numbers. Run `clipsync sync ID`; if it stays, check "
        "the record in the files."
    ),
    "quality_clip_start": ("A clip starts elsewhere than the file says. Run `clipsync sync ID`."),
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
    "quality_collection_names": (
        "A collection's name is empty: somebody emptied it, or the row was made so. Correct it "
        "in AutoClip."
    ),
    "quality_collection_name_lengths": (
        "A collection's name is longer than the database's column. Shorten it in AutoClip."
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
        "for links of nobody's project, `clipsync sync --all`."
    ),
    "quality_link_order": (
        "The order of a collection's clips has gaps or repeats. Run `clipsync sync ID`."
    ),
    "quality_project_failed": (
        "The files are complete, but AutoClip says that the project failed, and nothing tells "
        "of a later run. Run `clipsync sync ID`."
    ),
    "quality_project_statuses": (
        "AutoClip does not know this status, which can break its pages. Correct it in the database."
    ),
    "quality_project_types": (
        "AutoClip does not know this type, which can break its pages. Correct it in the database."
    ),
    "quality_clips_missing": (
        "The files hold clips that the page does not show. Run `clipsync sync ID`; if it "
        "stays, `clipsync plan ID` tells why."
    ),
    "quality_collections_missing": (
        "The files hold collections that the page does not show. Run `clipsync sync ID`; if it "
        "stays, `clipsync plan ID` tells why."
    ),
    "quality_deletions_ours": (
        "ClipSync deleted a row and then took it for deleted by a person. Run `clipsync "
        "restore ID`, and report this as a fault of ClipSync."
    ),
    "quality_deletions_there": (
        "A row is there although ClipSync takes it for deleted by a person. Run `clipsync "
        "restore ID` to keep it."
    ),
    "quality_deletions_at_once": (
        "Most rows of this project are taken for deleted by a person at one moment. If nobody "
        "did that, run `clipsync restore ID`."
    ),
    "quality_project_created": (
        "AutoClip can't read this time, which can break its pages. Correct the column."
    ),
    "quality_project_updated": (
        "AutoClip can't read this time, which can break its pages. Correct the column."
    ),
    "quality_clip_left_over": (
        "The files no longer have this clip, and nobody edited it. Run `clipsync sync ID`; if "
        "it stays, `clipsync plan ID` tells why."
    ),
    "quality_clip_title_by_file": (
        "A clip's title is neither the file's nor one that somebody gave it. Run `clipsync "
        "sync ID`."
    ),
    "quality_clip_description_by_file": (
        "A clip's description is neither the file's nor one that somebody gave it. Run "
        "`clipsync sync ID`."
    ),
    "quality_clip_end": ("A clip ends elsewhere than the file says. Run `clipsync sync ID`."),
    "quality_clip_score_by_file": ("A clip's score is not the file's. Run `clipsync sync ID`."),
    "quality_clip_completed": (
        "AutoClip does not show this clip as completed. Run `clipsync sync ID`."
    ),
    "quality_clip_statuses": (
        "AutoClip does not know this clip's status, which breaks its pages. Run `clipsync sync "
        "ID`; a clip made by hand must be corrected in the database."
    ),
    "quality_clip_record": (
        "A clip's row holds another record than the file. Run `clipsync sync ID`."
    ),
    "quality_clip_videos": (
        "A clip's row names another video than its own. Run `clipsync sync ID`."
    ),
    "quality_clip_created": (
        "AutoClip can't read this time, which can break its pages. Correct the column."
    ),
    "quality_clip_updated": (
        "AutoClip can't read this time, which can break its pages. Correct the column."
    ),
    "quality_collection_left_over": (
        "The files no longer have this collection, and nobody edited it. Run `clipsync sync "
        "ID`; if it stays, `clipsync plan ID` tells why."
    ),
    "quality_collection_name_by_file": (
        "A collection's name is neither the file's nor one that somebody gave it. Run "
        "`clipsync sync ID`."
    ),
    "quality_collection_description_by_file": (
        "A collection's description is neither the file's nor one that somebody gave it. Run "
        "`clipsync sync ID`."
    ),
    "quality_collection_completed": (
        "AutoClip does not show this collection as completed. Run `clipsync sync ID`."
    ),
    "quality_collection_statuses": (
        "AutoClip does not know this collection's status, which breaks its pages. Run "
        "`clipsync sync ID`; one made by hand must be corrected in the database."
    ),
    "quality_collection_left_out": (
        "A collection lacks clips that the file lists and that nobody took out. Run `clipsync "
        "sync ID`."
    ),
    "quality_collection_not_in_file": (
        "A collection still lists clips that the file has dropped. Run `clipsync sync ID`."
    ),
    "quality_collection_order": (
        "A collection's order is neither the file's nor a person's. Run `clipsync sync ID`."
    ),
    "quality_collection_listed": (
        "A collection lists clips that do not exist. Run `clipsync sync ID`."
    ),
    "quality_collection_record": (
        "A collection's row does not tell which record it is, or which clips it lists. Run "
        "`clipsync sync ID`."
    ),
    "quality_collection_videos": (
        "A collection's row names another video than its own. Run `clipsync sync ID`."
    ),
    "quality_collection_created": (
        "AutoClip can't read this time, which can break its pages. Correct the column."
    ),
    "quality_collection_updated": (
        "AutoClip can't read this time, which can break its pages. Correct the column."
    ),
    "quality_collection_exports": (
        "The video or thumbnail that a collection's page shows is not there. Generate the "
        "video again in AutoClip."
    ),
}


def advice_for(code: str) -> str:
    """What to do next about a finding of this code; a general sentence for an unknown one."""
    return ADVICE.get(code, OWN_RULE if code.startswith("quality_own_") else FALLBACK)
