"""Studio with confirmation: a person confirms the plan before anything is cut (1.4).

It may wait for that person for days. Otherwise as one-click: nothing to sync.
"""

from clipsync.autoclip.disk.kinds.kind import ProjectKind
from clipsync.autoclip.disk.kinds.studio import is_studio, studio_finish, studio_verdict
from clipsync.autoclip.disk.studio_file import STUDIO_FILE

KIND = ProjectKind(
    "studio_confirmation",
    precedence=11,
    recognise=is_studio,
    judge=studio_verdict,
    finish=studio_finish,
    watched=(STUDIO_FILE,),
)
