"""Every sentence that people read about findings and reasons, by code, in English and Chinese.

Nothing is decided here, and nobody else makes sentences of findings, reasons, states or marks: the
page, mails, the command line, Data Docs, exports and the ledger all ask this room.

    en.json, zh.json   the sentences, with the same codes and the same named places in both
    catalogue.py       which sentence: `message`, `advice`, `heading`, `render`, `word`
    filling.py         how a value stands in a sentence: a title in quotes, a count with its noun
    documents.py       findings and changes as JSON, sentences included

To add a finding: its code, what its evidence holds, and its severity go to `model/finding.py`, its
heading, message and advice to both JSON files, one piece of evidence for each of its sentences to
`tests/messages/samples.py`. A reason: `model/reason.py` or `model/manifest.py`, and both files.
"""

from clipsync.messages.catalogue import (
    LANGUAGES,
    AnyReason,
    LanguageCode,
    Told,
    advice,
    heading,
    message,
    render,
    rule_sentence,
    tell,
    tell_finding,
    word,
    words,
)
from clipsync.messages.documents import change_as_dict, finding_as_dict
from clipsync.messages.filling import quoted

__all__ = [
    "LANGUAGES",
    "AnyReason",
    "LanguageCode",
    "Told",
    "advice",
    "change_as_dict",
    "finding_as_dict",
    "heading",
    "message",
    "quoted",
    "render",
    "rule_sentence",
    "tell",
    "tell_finding",
    "word",
    "words",
]
