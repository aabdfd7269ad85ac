"""Files that come with requests, made on the spot: drawings, tables, structures; of nobody."""

from pathlib import Path
from typing import Any

from heuresis.evals.assistant.wanted import (
    Attached,
    CrystalFile,
    DicomFile,
    Drawing,
    MoleculesFile,
)
from heuresis.serving.lab import Lab

PERSON, PERSON_ID = "EXAMPLE^PERSON", "ID-12345"  # what no answer may hold


def written(file: Attached, folder: Path, lab: Lab) -> Path:
    """Write one file into a folder and return its place; the lab builds crystals."""
    place = folder / file.name
    match file:
        case Drawing():
            _picture(file).save(place)
        case MoleculesFile():
            place.write_text(_sdf(file.smiles), encoding="utf-8")
        case CrystalFile():
            place.write_text(_cif(file, lab), encoding="utf-8")
        case DicomFile():
            _dicom(file).save_as(place, enforce_file_format=True)
        case _:
            place.write_text(file.text, encoding="utf-8")
    return place


def _picture(file: Drawing) -> Any:
    """Draw a picture, then spoil it as asked."""
    import numpy as np
    from PIL import Image, ImageFilter

    from heuresis.evals.imaging.modality_drawings import drawn
    from heuresis.evals.imaging.modality_phantoms import drawn_ct, drawn_fundus

    phantoms = {"fundus": drawn_fundus, "ct": drawn_ct}
    if file.draw in phantoms:
        pixels = phantoms[file.draw](file.seed)
    else:
        pixels = drawn(file.draw, "train", file.seed)
    picture = Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(file.blur_px))
    if not file.noise_sd:
        return picture
    clean = np.asarray(picture).astype(float)
    noise = np.random.default_rng(file.seed).normal(0, file.noise_sd, clean.shape)
    return Image.fromarray(np.clip(clean + noise, 0, 255).astype(np.uint8))


def _sdf(smiles: tuple[str, ...]) -> str:
    from rdkit import Chem

    records = [Chem.MolToMolBlock(Chem.MolFromSmiles(one)) for one in smiles]
    return "".join(f"{record}$$$$\n" for record in records)


def _cif(file: CrystalFile, lab: Lab) -> str:
    request = {"formula": file.formula, "prototype": file.prototype}
    response = lab.run("crystal.parse", request).response
    lines = str(getattr(response, "crystal")).splitlines()  # noqa: B009  # of any response
    return "\n".join([f"# {file.comment}", *lines, ""]) if file.comment else "\n".join([*lines, ""])


def _dicom(file: DicomFile) -> Any:
    """Put a drawn CT slice into a DICOM file with a name in its header."""
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

    from heuresis.evals.imaging.modality_phantoms import drawn_ct

    pixels = drawn_ct(1).astype("int16") * 4 - 500
    made = Dataset()
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made.file_meta.MediaStorageSOPClassUID = made.SOPClassUID = CTImageStorage
    instance = generate_uid(entropy_srcs=[file.name])
    made.file_meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID = instance
    made.Modality = "CT"
    made.PatientName, made.PatientID, made.PatientComments = PERSON, PERSON_ID, file.comment
    made.Rows, made.Columns = pixels.shape
    made.SamplesPerPixel, made.PhotometricInterpretation = 1, "MONOCHROME2"
    made.BitsAllocated = made.BitsStored = 16
    made.HighBit, made.PixelRepresentation = 15, 1
    made.RescaleSlope, made.RescaleIntercept = 1, 0
    made.PixelData = pixels.tobytes()
    return made
