"""Files made by runs: bytes named by their digest, and pictures, masks and clips among them."""

import hashlib
from typing import Self

from pydantic import Field

from heuresis.semantic import DIGEST_PATTERN, Frozen, ImageRef, MaskRef, VideoRef


class Artifact(Frozen):
    """A file made by a run: named by digest; its bytes travel to the vault and are not dumped."""

    name: str = Field(min_length=1, max_length=120, description="File name with suffix.")
    media_type: str = Field(max_length=100, description="Such as 'image/svg+xml'.")
    digest: str = Field(pattern=DIGEST_PATTERN, description="sha256 of the bytes.")
    n_bytes: int = Field(ge=0, description="Size.")
    data: bytes | None = Field(default=None, exclude=True, repr=False, description="The bytes.")

    @classmethod
    def of(cls, data: bytes, *, name: str, media_type: str) -> Self:
        """Wrap bytes and name them by their digest."""
        return cls(
            name=name, media_type=media_type, digest=digest_of(data), n_bytes=len(data), data=data
        )


class ImageFile(Artifact):
    """A picture made by a run: PNG, 8 or 16 bits, grey or RGB."""

    @property
    def ref(self) -> ImageRef:
        """How later requests name it."""
        return ImageRef(self.digest)


class MaskFile(Artifact):
    """A mask made by a run: PNG, 8 bits, 0 outside and 255 inside, pixel for pixel."""

    @property
    def ref(self) -> MaskRef:
        """How later requests name it."""
        return MaskRef(self.digest)


class VideoFile(Artifact):
    """A clip made by a run: a zip of PNG frames of one size, in order."""

    @property
    def ref(self) -> VideoRef:
        """How later requests name it."""
        return VideoRef(self.digest)


def digest_of(data: bytes) -> str:
    """Return 'sha256:' and the hexadecimal digest of the bytes."""
    return "sha256:" + hashlib.sha256(data).hexdigest()
