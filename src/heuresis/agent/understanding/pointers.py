"""Exact names of things the session knows: runs, tools, attached files; and what to pass over."""

import re
from collections.abc import Iterator, Sequence

from heuresis.agent.understanding.entities import Attachment, Entity
from heuresis.tools import registry

_RUN = re.compile(r"(?<![0-9A-Za-z])[0-7][0-9A-HJKMNP-TV-Z]{25}(?![0-9A-Za-z])", re.IGNORECASE)
_FILE = re.compile(
    r"(?i)(?<![\w./\\-])\w[\w-]{0,80}(?:\.[\w-]{1,40}){0,3}\.(?:png|jpe?g|tiff?|bmp|gif|dcm|dicom|nii(?:\.gz)?|"
    r"mp4|avi|mov|mkv|webm|zip|cif|mcif|poscar|vasp|xyz|sdf|mol2?|pdb|smi|csv|tsv|xlsx|json|ya?ml|pdf|"
    r"txt)\b"
)
_PASSED_OVER = re.compile(
    r"https?://\S+|\bdoi:\S+|\b10\.\d{4,9}/\S+|(?<!\w)(?:~|\.{1,2})?/(?:[\w.-]{1,80}/){1,20}[\w.-]{0,80}|"
    r"\b[\w.+-]{1,64}@[\w-]{1,64}\.[\w.]{1,64}|sha256:[0-9a-f]{64}|(?:[A-Za-z0-9+/]{4}){15,}={0,2}|</?[a-zA-Z_]+>"
)


def runs_in(text: str) -> Iterator[Entity]:
    """Yield the ids of runs: 26 letters and digits."""
    for match in _RUN.finditer(text):
        if sum(c.isdigit() for c in match[0]) >= 3:
            yield _entity("run", match, match[0].upper(), "id of a run")


def tools_in(text: str) -> Iterator[Entity]:
    """Yield the names of tools, such as molecule.describe."""
    names = "|".join(re.escape(name) for name in sorted(registry.places(), key=len, reverse=True))
    for match in re.finditer(rf"(?<![\w.])(?:{names})(?![\w])", text):
        yield _entity("tool", match, match[0], "name of a tool")


def files_in(text: str, attachments: Sequence[Attachment]) -> Iterator[Entity]:
    """Yield file names, first those of the attachments, as they are spelled there."""
    known = {each.name.casefold(): each.name for each in attachments}
    for name in sorted(known, key=len, reverse=True):
        for match in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE):
            if match[0]:
                yield _entity("file", match, known[name], "name of an attached file")
    for match in _FILE.finditer(text):
        form = known.get(match[0].casefold(), match[0])
        why = "name of an attached file" if form in known.values() else "a file name, not attached"
        yield _entity("file", match, form, why)


def passed_over(text: str) -> list[tuple[int, int]]:
    """Return places of addresses, paths, hashes and encoded data, to be left alone."""
    return [match.span() for match in _PASSED_OVER.finditer(text) if not _is_plain(match[0])]


def _is_plain(part: str) -> bool:
    """Whether a long run lacks what encoded data has: both cases and digits."""
    kinds = (str.isupper, str.islower, str.isdigit)
    return part.isalnum() and not all(any(map(kind, part)) for kind in kinds)


def _entity(kind: str, match: re.Match[str], form: str, why: str) -> Entity:
    place = {"text": match[0], "start": match.start(), "end": match.end()}
    return Entity.model_validate({"kind": kind, "canonical": form, "why": why, **place})
