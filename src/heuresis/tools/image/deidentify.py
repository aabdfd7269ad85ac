"""What identifies a person in the headers of a file: found, named for the log, never copied.

Pictures leave as bare PNG, so nothing of a header is in them. What a header holds is dropped unless
it is on a short list of facts about pixels; this is stricter than the Basic Profile of DICOM PS3.15
E.1, which keeps what it does not name. The kinds below sort what was dropped, for the log.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from heuresis.tools.image.facts import Kind, Removed

MAX_NAMED = 1_000  # things removed that are named one by one
MAX_DEPTH = 16  # of sequences in sequences

# Attributes that decoding or the answer uses; they hold codes and numbers about pixels only.
DICOM_KEPT = frozenset(
    ["Rows", "Columns", "SamplesPerPixel", "PhotometricInterpretation", "PlanarConfiguration",
     "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "NumberOfFrames",
     "PixelData", "FloatPixelData", "DoubleFloatPixelData", "ExtendedOffsetTable",
     "ExtendedOffsetTableLengths", "PixelPaddingValue", "RescaleSlope", "RescaleIntercept",
     "RescaleType", "WindowCenter", "WindowWidth", "VOILUTFunction", "Units",
     "ModalityLUTSequence", "VOILUTSequence", "LUTDescriptor", "LUTData", "ModalityLUTType",
     "Modality", "RedPaletteColorLookupTableDescriptor",
     "GreenPaletteColorLookupTableDescriptor", "BluePaletteColorLookupTableDescriptor",
     "RedPaletteColorLookupTableData", "GreenPaletteColorLookupTableData",
     "BluePaletteColorLookupTableData", "SegmentedRedPaletteColorLookupTableData",
     "SegmentedGreenPaletteColorLookupTableData", "SegmentedBluePaletteColorLookupTableData",
     "SmallestImagePixelValue", "LargestImagePixelValue", "PixelSpacing", "ImagerPixelSpacing",
     "SliceThickness", "SpacingBetweenSlices", "ImageOrientationPatient",
     "ImagePositionPatient", "PatientOrientation", "FrameTime", "CineRate",
     "RecommendedDisplayFrameRate", "SharedFunctionalGroupsSequence",
     "PerFrameFunctionalGroupsSequence", "PixelMeasuresSequence", "PlaneOrientationSequence",
     "PlanePositionSequence", "PixelValueTransformationSequence", "FrameVOILUTSequence",
     "SOPClassUID", "TransferSyntaxUID", "FileMetaInformationGroupLength",
     "FileMetaInformationVersion"]
)  # fmt: skip
_BY_VR: dict[str, Kind] = {
    "PN": "person",
    "DA": "date or time",
    "TM": "date or time",
    "DT": "date or time",
    "AS": "date or time",
    "UI": "identifier",
    "LO": "free text",
    "LT": "free text",
    "ST": "free text",
    "UT": "free text",
    "UC": "free text",
    "SH": "free text",
    "UR": "free text",
    "AE": "device",
}
_BY_WORD: tuple[tuple[str, Kind], ...] = (
    (r"Patient(ID|Sex|Size|Weight|Age|State)|OtherPatient|IssuerOf|EthnicGroup|Religio", "person"),
    (r"Physician|Operator|Person|Author|Responsible|Observer|Performer", "person"),
    (r"Institution|Address|Country|RegionOfRes|Telephone|Department|Organization|CurrentPatientLoc",
     "place or institution"),
    (r"AccessionNumber|StudyID|Identifier|UID|Number$", "identifier"),
    (r"Device|Station|Manufacturer|Software|Serial|Detector", "device"),
)  # fmt: skip
_PNG_WORDS = {"Title", "Author", "Description", "Copyright", "Creation Time", "Software",
              "Disclaimer", "Warning", "Source", "Comment", "XML:com.adobe.xmp"}  # fmt: skip
_PNG_PLAIN = {"dpi", "gamma", "chromaticity", "srgb", "transparency", "interlace", "aspect"}
_TIFF_PLAIN = {254, 255, 256, 257, 258, 259, 262, 263, 266, 273, 274, 277, 278, 279, 280, 281, 282,
               283, 284, 296, 301, 317, 318, 319, 320, 322, 323, 324, 325, 338, 339, 347, 529, 530,
               531, 532}  # fmt: skip
GPS, EXIF, INTEROP, MAKER_NOTE, ORIENTATION = 0x8825, 0x8769, 0xA005, 0x927C, 0x0112
_EXIF_IFDS = {GPS: "GPS", EXIF: "EXIF", INTEROP: "Interop"}
_Found = tuple[Kind, str, str, str]  # kind, place, keyword, action


def gathered(found: Iterable[_Found]) -> tuple[Removed, ...]:
    """Count equal things and name them in the order of their places."""
    counts = Counter(found)
    return tuple(
        Removed(kind=kind, place=place, keyword=keyword, action=action, n=n)
        for (kind, place, keyword, action), n in sorted(counts.items(), key=lambda one: one[0][1])
    )[:MAX_NAMED]


# --- DICOM ---


def removed_from_dicom(dataset: Any) -> tuple[Removed, ...]:
    """List the attributes with a value that are in no output, sequences opened."""
    meta = getattr(dataset, "file_meta", None)
    found = list(_of_dataset(dataset, 0))
    if meta is not None:
        found += _of_dataset(meta, 0)
    if any(getattr(dataset, "preamble", None) or b""):
        found.append(("free text", "preamble", "", "X"))
    return gathered(found)


def _of_dataset(dataset: Any, depth: int) -> Iterator[_Found]:
    from pydicom.datadict import dictionary_has_tag, dictionary_VR, keyword_for_tag

    for tag in list(dataset.keys()):
        raw = dataset.get_item(tag)
        keyword = keyword_for_tag(tag) if dictionary_has_tag(tag) else ""
        vr = raw.VR or (dictionary_VR(tag).split(" ")[0] if keyword else "UN")
        is_sequence = vr == "SQ" and not tag.is_private and depth < MAX_DEPTH
        if is_sequence:
            for item in dataset[tag].value:
                yield from _of_dataset(item, depth + 1)
        is_known = keyword in DICOM_KEPT or tag.element == 0 or is_sequence
        if not is_known and raw.value not in (None, b"", "", []):
            yield _kind_of(tag, keyword, vr), str(tag).replace(" ", ""), keyword, _action(vr)


def _kind_of(tag: Any, keyword: str, vr: str) -> Kind:
    if tag.is_private:
        return "private"
    if 0x5000 <= tag.group <= 0x50FF or 0x6000 <= tag.group <= 0x60FF:
        return "overlay or curve"
    if keyword == "IconImageSequence":
        return "small copy of the picture"
    if vr in ("PN", "DA", "TM", "DT", "AS"):
        return _BY_VR[vr]
    for pattern, kind in _BY_WORD:
        if re.search(pattern, keyword):
            return kind
    return _BY_VR.get(vr, "technical")


def _action(vr: str) -> str:
    """Return the profile's usual action on what identifies: UIDs are replaced, the rest removed.

    No output has a place for a UID, so that a replaced one is gone as well.
    """
    return "U" if vr == "UI" else "X"


# --- cameras, scanners ---


def removed_from_raster(image: Any, data: bytes, kind: str) -> tuple[Removed, ...]:
    """List what a PNG, JPEG or TIFF held beside the pixels.

    Args:
        image: As Pillow opened it, pixels loaded.
        data: The file.
        kind: 'png', 'jpeg' or 'tiff'.
    """
    found = [*_of_exif(image), *_of_info(image, kind)]
    if kind == "tiff":
        found += _of_tiff(image)
    if _trails(data, kind):
        found.append(("bytes after the end", "after the picture", "", "X"))
    return gathered(found)


def _of_exif(image: Any) -> Iterator[_Found]:
    from PIL import ExifTags

    exif = image.getexif()
    for number, _ in _EXIF_IFDS.items():
        words = ExifTags.GPSTAGS if number == GPS else ExifTags.TAGS
        for tag in exif.get_ifd(number):
            kind: Kind = "position on earth" if number == GPS else _kind_of_exif(words.get(tag, ""))
            yield kind, f"EXIF {_EXIF_IFDS[number]} 0x{tag:04x}", str(words.get(tag, "")), "X"
    if exif.get_ifd(1):
        yield "small copy of the picture", "EXIF IFD1", "Thumbnail", "X"
    if image.format == "TIFF":
        return  # its own tags are listed as such
    for tag in exif:
        if tag not in _EXIF_IFDS and tag != ORIENTATION:
            word = str(ExifTags.TAGS.get(tag, ""))
            yield _kind_of_exif(word), f"EXIF 0x{tag:04x}", word, "X"


def _kind_of_exif(word: str) -> Kind:
    for pattern, kind in (
        ("Date|Time|Offset", "date or time"),
        ("Artist|Owner|Author|Copyright", "person"),
        ("Serial|Make|Model|Software|Host|Lens", "device"),
        ("Comment|Description|Title|Subject|Keywords|Document|Note|XML|IPTC", "free text"),
        ("UniqueID", "identifier"),
    ):
        if re.search(pattern, word):
            return kind  # type: ignore[return-value]  # one of the kinds, as written above
    return "technical"


def _of_info(image: Any, kind: str) -> Iterator[_Found]:
    for word in image.info:
        if word == "icc_profile":
            yield "colour profile", "ICC", "icc_profile", "X"
        elif word == "xmp":
            yield "free text", "XMP", "xmp", "X"
        elif word == "photoshop":
            yield "free text", "IPTC", "photoshop", "X"
        elif word == "mp" or (kind == "jpeg" and image.format == "MPO" and word == "mpoffset"):
            yield "second picture", "MPO", "mp", "X"
        elif word == "comment":
            yield "free text", "comment", "comment", "X"
        elif kind == "png" and word not in _PNG_PLAIN | {"exif"}:
            yield "free text", "PNG text", word if word in _PNG_WORDS else "", "X"


def _of_tiff(image: Any) -> Iterator[_Found]:
    from PIL import TiffTags

    for tag in image.tag_v2:
        if tag not in _TIFF_PLAIN and tag not in _EXIF_IFDS:
            word = TiffTags.lookup(tag).name if tag in TiffTags.TAGS_V2 else ""
            kind: Kind = "private" if tag >= 32768 and not word else _kind_of_exif(word)
            yield kind, f"TIFF {tag}", word, "X"


def _trails(data: bytes, kind: str) -> bool:
    """Whether something follows the end of the picture."""
    if kind == "png":
        at = data.rfind(b"IEND")
        return -1 < at < len(data) - 8
    if kind == "jpeg":
        at = data.rfind(b"\xff\xd9")
        return -1 < at < len(data.rstrip(b"\0")) - 2
    return False
