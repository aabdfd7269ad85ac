"""Text that means something: types by which planners chain tools, and the frame of all models."""

from collections.abc import Callable
from typing import Any, ClassVar, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    model_validator,
)
from pydantic_core import CoreSchema, core_schema

from heuresis.errors import ServiceError

DIGEST_PATTERN = r"^sha256:[0-9a-f]{64}$"


class Frozen(BaseModel):
    """Immutable, closed to unknown fields, closed to NaN and infinity."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class SemanticText(str):
    """A string with a scientific meaning; only its length is checked here, its sense in tools."""

    max_chars: ClassVar[int] = 10_000
    pattern: ClassVar[str | None] = None

    @classmethod
    def __get_pydantic_core_schema__(cls, _: Any, __: GetCoreSchemaHandler) -> CoreSchema:
        text = core_schema.str_schema(
            min_length=1, max_length=cls.max_chars, pattern=cls.pattern, strip_whitespace=True
        )
        return core_schema.no_info_after_validator_function(cls, text)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {**handler(schema), "x-heuresis-type": cls.__name__}


class Smiles(SemanticText):
    """A molecule as SMILES."""


class InChI(SemanticText):
    """A molecule as IUPAC International Chemical Identifier."""


class Selfies(SemanticText):
    """A molecule as SELFIES."""


class IupacName(SemanticText):
    """A molecule as a systematic name, in English."""

    max_chars = 2_000


class Formula(SemanticText):
    """A chemical formula such as 'NaCl' or 'Ca(OH)2'."""

    max_chars = 200


class Crystal(SemanticText):
    """A periodic structure as CIF text."""

    max_chars = 2_000_000


class Restoration(SemanticText):
    """A chain of image operations, such as 'denoise(2) > contrast(1.5)'."""

    max_chars = 400


class FileRef(SemanticText):
    """Digest of a file in the vault. The lab opens it before a tool sees it; equal when closed.

    Attributes:
        source: Where the bytes come from; None as long as nobody opened it.
    """

    pattern = DIGEST_PATTERN
    source: Callable[[str], bytes] | None = None

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Validate as text; one of this kind stays what it is, opened or not."""

        def kept(value: Any, validate: core_schema.ValidatorFunctionWrapHandler) -> Any:
            return value if type(value) is cls else validate(value)

        text = super().__get_pydantic_core_schema__(source, handler)
        return core_schema.no_info_wrap_validator_function(kept, text)

    def opened(self, source: Callable[[str], bytes]) -> Self:
        """Return the same digest with a way to its bytes."""
        ref = type(self)(self)
        ref.source = source
        return ref

    def read(self) -> bytes:
        """Return the bytes.

        Raises:
            ServiceError: Nobody opened it: only what comes through the lab can be read.
        """
        if self.source is None:
            raise ServiceError(f"file {self!s}: not opened; tools read files through the lab only")
        return self.source(str(self))

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel to another process with the bytes, as the vault may not be there."""
        return _received, (type(self), str(self), None if self.source is None else self.read())


def _received(kind: type[FileRef], digest: str, data: bytes | None) -> FileRef:
    return kind(digest) if data is None else kind(digest).opened(lambda _: data)


class ImageRef(FileRef):
    """Digest of an image in the vault, as `image.read` made it."""


class MaskRef(FileRef):
    """Digest of a mask in the vault, pixel for pixel over its image."""


class VideoRef(FileRef):
    """Digest of a video in the vault, as `image.read` made it."""


class OriginalRef(FileRef):
    """Digest of a file in the vault as it came from outside, before anything was removed."""


class Box(Frozen):
    """A rectangle in pixels, half-open, in the frame of one image: x0 <= x < x1, y0 <= y < y1."""

    x0_px: int = Field(ge=0, description="Left edge, inside.")
    y0_px: int = Field(ge=0, description="Top edge, inside.")
    x1_px: int = Field(gt=0, description="Right edge, outside.")
    y1_px: int = Field(gt=0, description="Bottom edge, outside.")
    frame: ImageRef = Field(description="The image whose pixel grid the numbers refer to.")

    @model_validator(mode="after")
    def _has_area(self) -> Self:
        if self.x1_px <= self.x0_px or self.y1_px <= self.y0_px:
            raise ValueError(
                f"box: got ({self.x0_px}, {self.y0_px}, {self.x1_px}, {self.y1_px}), "
                "allowed x0 < x1 and y0 < y1"
            )
        return self
