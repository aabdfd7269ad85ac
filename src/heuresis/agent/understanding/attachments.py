"""Files that came along: what they hold, as far as the name tells."""

from collections.abc import Sequence
from pathlib import PurePath
from typing import Literal

from heuresis.agent.understanding.entities import Attachment, File

FileKind = Literal[
    "image", "volume", "video", "crystal", "molecules", "table", "document", "unknown"
]
_KINDS: dict[FileKind, str] = {
    "image": "png jpg jpeg tif tiff bmp dcm dicom ima",
    "volume": "nii nii.gz",
    "video": "mp4 avi mov mkv webm gif zip",
    "crystal": "cif mcif poscar vasp contcar",
    "molecules": "sdf mol mol2 smi smiles inchi",
    "table": "csv tsv xlsx",
    "document": "pdf txt text md rst",
}
_BY_END = {end: kind for kind, ends in _KINDS.items() for end in ends.split()}


def files_of(attachments: Sequence[Attachment]) -> tuple[File, ...]:
    """Say of each file what it holds; the bytes are read by tools, not here."""
    return tuple(_file(attachment) for attachment in attachments)


def _file(attachment: Attachment) -> File:
    name = PurePath(attachment.name.replace("\\", "/")).name.lower()
    parts = name.split(".")
    ends = (".".join(parts[-2:]), parts[-1], parts[0])
    kind = next((_BY_END[end] for end in ends if end in _BY_END), None)
    if kind is not None:
        return File(attachment=attachment, kind=kind, why=f"its name: {name!r}")
    if attachment.media_type.startswith(("image/", "video/")):
        kind = "image" if attachment.media_type.startswith("image/") else "video"
        return File(attachment=attachment, kind=kind, why=f"stated as {attachment.media_type!r}")
    return File(
        attachment=attachment,
        kind="unknown",
        why=f"got the name {name!r}, allowed endings such as .png .dcm .nii.gz .mp4 .cif .sdf .csv",
    )
