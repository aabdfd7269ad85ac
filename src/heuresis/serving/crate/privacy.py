"""Take places of one machine out of texts that leave it; science is never touched."""

import re
import socket
import sys
import tempfile
from functools import cache
from pathlib import Path

PLACE = "<place>"
# Folders in which machines keep files; no SMILES and no unit begins like one of them.
_TOPS = "home|Users|root|tmp|var|opt|usr|srv|mnt|media|private|etc|proc|run|data|work|scratch"
_REST = r"[^\s'\"`<>,;:)\]}]*"  # what may follow in a path, up to a quote or a stop
_POSIX = re.compile(rf"(?<![\w.\])/])/(?:{_TOPS})/{_REST}")
_WINDOWS = re.compile(rf"(?<!\w)[A-Za-z]:\\{_REST}")
SHORTEST_NAME = 4  # letters; a shorter name of a machine is also part of words


def without_places(text: str) -> str:
    """Replace paths and the machine's name by a mark."""
    for pattern in (_POSIX, _WINDOWS, *_folders()):
        text = pattern.sub(PLACE, text)
    host = socket.gethostname()
    if re.search(r"[\d.-]", host) and len(host) >= SHORTEST_NAME:  # "carbon" is science too
        text = re.sub(rf"(?<!\w){re.escape(host)}(?!\w)", PLACE, text)
    return text


@cache
def _folders() -> tuple[re.Pattern[str], ...]:
    """Return patterns of what lies in the folders of this person and this process."""
    names = {str(Path.home()), sys.prefix, tempfile.gettempdir()}
    return tuple(
        re.compile(rf"(?<!\w){re.escape(name)}{_REST}")
        for name in sorted(names)
        if name.count("/") > 1  # a folder at the top, such as the root's home, is found above
    )
