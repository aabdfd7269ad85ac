"""Any picture file in, clean PNG out: decoded, upright, windowed, without names and texts."""

from collections.abc import Sequence
from importlib import metadata
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from heuresis.contract import (
    Card,
    Cost,
    Grade,
    ImageFile,
    OriginalRef,
    Quantity,
    Request,
    Response,
    Status,
    Tool,
    VideoFile,
    digest_of,
    quantities_in,
)
from heuresis.errors import HeuresisError, RequestError, ServiceError
from heuresis.tools.image.examples import FUNDUS
from heuresis.tools.image.facts import (
    UNITS,
    Axis,
    Geometry,
    Removed,
    TextSeen,
    Values,
    Window,
)
from heuresis.tools.image.formats.sniffing import Format, sniff
from heuresis.tools.image.formats.stack import MAX_FILE_BYTES, Wish
from heuresis.tools.image.pixels import MAX_PIXELS, MAX_SIDE_PX

_PACKAGES = ("av", "nibabel", "numpy", "pillow", "pydicom", "rapidocr-onnxruntime")
_DECODERS = ("pyjpegls", "pylibjpeg", "python-gdcm")  # found by pydicom where they are installed
_UNIT_OF = {
    "geometry.row_spacing": ("mm",),
    "geometry.column_spacing": ("mm",),
    "geometry.slice_spacing": ("mm",),
    "frame_rate": ("Hz",),
    "values.slope": UNITS,
    "values.intercept": UNITS,
    "window.centre": UNITS,
    "window.width": UNITS,
}


class ImageReadRequest(Request):
    original: OriginalRef = Field(description="The file as it came; see `heuresis image add`.")
    frame: int | None = Field(
        default=None, ge=0, description="One frame, page or slice, from 0; none: all, and a clip."
    )
    slice_axis: Axis = Field(default="axial", description="How volumes (NIfTI) are cut.")
    window_centre: float | None = Field(
        default=None, description="Value in the middle of the greys, in the file's unit (CT: HU)."
    )
    window_width: float | None = Field(
        default=None, gt=0, description="From black to white, in the file's unit (CT: HU)."
    )
    keep_text: bool = Field(
        default=False, description="Report written text, but do not paint over it."
    )
    max_frames: int = Field(default=512, ge=1, le=5_000, description="Files with more are refused.")

    @model_validator(mode="after")
    def _window_is_whole(self) -> Self:
        if (self.window_centre is None) != (self.window_width is None):
            raise ValueError("window: got one of centre and width, allowed: both, or none")
        return self


class ImageReadResponse(Response):
    format: Format = Field(description="What the file is, by its bytes.")
    images: tuple[ImageFile, ...] = Field(
        description="The frame asked for; the only one, or the middle one, where all are read. PNG."
    )
    native: tuple[ImageFile, ...] = Field(
        default=(), description="The same with all values, 16 bits, where `images` shows a window."
    )
    video: VideoFile | None = Field(default=None, description="All frames, if there are several.")
    native_video: VideoFile | None = Field(
        default=None, description="The same with all values, 16 bits, where there are more than 8."
    )
    frame: int = Field(ge=0, description="Number of the frame in `images`.")
    n_frames: int = Field(ge=1, description="Frames that the file holds.")
    frame_rate: Quantity | None = Field(default=None, description="Frames per second, if stated.")
    width_px: int = Field(ge=1, description="Columns.")
    height_px: int = Field(ge=1, description="Rows.")
    values: Values | None = Field(default=None, description="What the numbers of `native` mean.")
    window: Window | None = Field(
        default=None, description="Values shown; none: as they are, or by a table in the file."
    )
    geometry: Geometry | None = Field(default=None, description="Where pixels lie in the patient.")
    photometric: str = Field(
        default="", description="DICOM's word for the pixels; MONOCHROME1 is shown inverted."
    )
    modality: str = Field(default="", description="DICOM code such as CT; OT: not known.")
    turned: str = Field(default="", description="How the picture was turned to stand upright.")
    removed: tuple[Removed, ...] = Field(description="What the file held and no output holds.")
    is_text_searched: bool = Field(description="Whether written text was looked for.")
    text_found: tuple[TextSeen, ...] = Field(description="Where; never what it says.")
    overlay: ImageFile = Field(description="The picture with the places of text.")
    uncertain: tuple[str, ...] = Field(default=(), description="What a person should look at.")


class Reader:
    """Decoders of published packages, and the OCR models of rapidocr-onnxruntime."""

    name = "decoders"
    kind: Literal["embedded", "weights", "endpoint"] = "embedded"
    batch_size = 1  # a broken file costs its neighbours nothing

    def missing(self) -> str | None:
        """Say what stops it and the fix, or None."""
        from importlib.util import find_spec

        absent = [name for name in ("PIL", "pydicom", "nibabel", "av") if find_spec(name) is None]
        if not absent:
            return None
        return f"not installed: {', '.join(absent)}; install heuresis[images]"

    def digest(self) -> str:
        """Name the packages that decide what comes out, that of the text search included."""
        found = {name: _version(name) for name in (*_PACKAGES, *_DECODERS)}
        return "program:" + "+".join(f"{name}=={v}" for name, v in found.items() if v)

    def run(self, requests: Sequence[ImageReadRequest]) -> list[ImageReadResponse]:
        """Return one response per request, in order."""
        return [_answer(request) for request in requests]


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "none" if name in _PACKAGES else ""


def _answer(request: ImageReadRequest) -> ImageReadResponse:
    from heuresis.tools.image.formats.reading import read

    data = request.original.read()
    if len(data) > MAX_FILE_BYTES:
        raise RequestError(f"file: got {len(data)} bytes, allowed: {MAX_FILE_BYTES}")
    kind = sniff(data)
    wish = Wish(
        frame=request.frame,
        axis=request.slice_axis,
        centre=request.window_centre,
        width=request.window_width,
        max_frames=request.max_frames,
    )
    try:
        from heuresis.tools.image.answer import answer

        parts: dict[str, Any] = answer(read(kind, data, wish), keep_text=request.keep_text)
    except HeuresisError:
        raise
    except Exception as error:  # noqa: BLE001  # texts of these errors may quote the file
        raise RequestError(
            f"{kind}: got a file that breaks its reader ({type(error).__name__}), allowed: a "
            "whole one"
        ) from None
    return ImageReadResponse(format=kind, **parts)


def check_result(request: ImageReadRequest, response: ImageReadResponse) -> None:
    """Insist on pictures that are what they say, and on every unit."""
    for path, got in quantities_in(response).items():
        allowed = _UNIT_OF.get(path, ())
        if got.unit not in allowed:
            raise ServiceError(f"{path}: got the unit {got.unit!r}, allowed: {', '.join(allowed)}")
    _check_pictures(response)
    if request.frame is not None and response.frame != request.frame:
        raise ServiceError(f"frame: got {response.frame}, allowed: {request.frame}, as asked")
    if not 0 <= response.frame < response.n_frames:
        raise ServiceError(f"frame: got {response.frame}, allowed: below {response.n_frames}")
    values, window = response.values, response.window
    if values is not None and values.slope.unit != values.intercept.unit:
        raise ServiceError("values: got two units, allowed: one")
    if values is not None and window is not None and window.width.unit != values.slope.unit:
        raise ServiceError("window: got another unit than the values', allowed: the same")
    _check_text(request, response)


def _check_pictures(response: ImageReadResponse) -> None:
    width, height = response.width_px, response.height_px
    if max(width, height) > MAX_SIDE_PX or width * height > MAX_PIXELS:
        raise ServiceError(f"image: got {width} x {height} px, allowed: up to {MAX_PIXELS} px")
    if len(response.images) != 1 or len(response.native) > 1:
        raise ServiceError(f"images: got {len(response.images)}, allowed: 1, and 1 native at most")
    if response.native and response.values is None:
        raise ServiceError("native: got a picture whose numbers mean nothing, allowed: with values")
    if (response.video is None) and response.native_video is not None:
        raise ServiceError("native_video: got one without a video, allowed: both or none")
    for each in (*response.images, *response.native):
        if each.data is not None and _size(each.data) != (width, height):
            raise ServiceError(f"{each.name}: got {_size(each.data)} px, allowed: {width, height}")


def _size(png: bytes) -> tuple[int, int]:
    return int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")


def _check_text(request: ImageReadRequest, response: ImageReadResponse) -> None:
    if response.text_found and not response.is_text_searched:
        raise ServiceError("text_found: got places without a search, allowed: none")
    for seen in response.text_found:
        if seen.box.x1_px > response.width_px or seen.box.y1_px > response.height_px:
            raise ServiceError(f"text_found: got {seen.box}, allowed: inside the picture")
        if seen.is_blanked and request.keep_text:
            raise ServiceError("text_found: got text painted over, allowed: kept, as asked")


def grade(_: ImageReadRequest, response: ImageReadResponse) -> Grade:
    """Call an answer partial where a person must look before the picture may be passed on."""
    if not response.uncertain:
        return Grade()
    return Grade(status=Status.PARTIAL, reason=f"held for review: {'; '.join(response.uncertain)}")


CARD = Card(
    name="image.read",
    version="1.0.0",
    summary="Reads PNG, JPEG, TIFF, DICOM, NIfTI, video, frames; drops names and burned-in text.",
    citations=(
        "DICOM PS3.3 (C.7.6, C.8, C.11.2) and PS3.15 Annex E, https://www.dicomstandard.org",
        "NIfTI-1: Cox et al. (2004), https://nifti.nimh.nih.gov/nifti-1",
        "PP-OCR: Du et al. (2020), arXiv:2009.09941",
    ),
    licence_code="Apache-2.0; pillow MIT-CMU, pydicom and nibabel MIT, av BSD-3-Clause",
    licence_weights="Apache-2.0 (OCR models inside rapidocr-onnxruntime)",
    training_data=(),
    domain=(
        "Still pictures, CT, MR, X-ray, ultrasound and secondary captures, volumes, short clips; "
        f"up to {MAX_SIDE_PX} px a side"
    ),
    failures=(
        "Handwriting, text below about 9 px, turned or very pale text may stay in the picture.",
        "Writing that belongs to the picture, such as a street sign, is painted over as well.",
        "Faces are not looked for: a head volume can be rendered as a face.",
        "Writing higher than a quarter of the picture is kept unless it is read very surely.",
        "The search for text takes most of the time: every frame that differs is looked at.",
        "JPEG Lossless, JPEG-LS and HTJ2K in DICOM need a decoder that is not shipped.",
        "Colour of more than 8 bits is cut to 8; values over 65,536 steps are rounded.",
    ),
    accuracy=(
        "One drawn name or date of 9 to 20 px a picture, found in 25/25 brain MR and 25/25 "
        "ultrasound (128 px), 20/20 chest X-ray, 30/30 mixed radiology, 20/20 fundus, 15/15 cell, "
        "15/15 natural pictures; 10/25 at 64 px, where most words do not fit. Measured once, "
        "before tall places needed a surer reading; repeat with "
        "heuresis.evals.imaging.burned_in_text. Decoding of whole numbers is exact."
    ),
    cost=Cost.MODERATE,
    timeout_s=900.0,
    keywords=("dicom", "nifti", "png", "jpeg", "tiff", "video", "de-identify", "anonymise", "read"),
)

READ: Tool[ImageReadRequest, ImageReadResponse] = Tool(
    card=CARD,
    example=ImageReadRequest(original=OriginalRef(digest_of(FUNDUS.read_bytes()))),
    response=ImageReadResponse,
    backends=(Reader(),),
    check_result=check_result,
    grade=grade,
    example_files=(FUNDUS,),
)
