"""DICOM files that tests look at, made by code; the names in them are of nobody."""

import io
from typing import Any

from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

SECRETS = {  # what no output and no row may hold
    "PatientName": "DOE^JANINE^MAUDE",
    "PatientID": "PID-4711523",
    "PatientBirthDate": "19630714",
    "PatientAddress": "12 Elder Grove",
    "OtherPatientNames": "ROE^JANINE",
    "AccessionNumber": "ACC998877",
    "InstitutionName": "St Swithin Hospital",
    "ReferringPhysicianName": "QUINCY^ROBERT",
    "OperatorsName": "NIGHTINGALE",
    "StudyDescription": "follow-up of Janine",
    "PatientComments": "sister of Ottilie",
    "StationName": "SCANNER-WEST-7",
    "DeviceSerialNumber": "SN-31337-XY",
}
PRIVATE = "Janine private note"
NESTED = "HOUSE^GREGORY"


def secrets() -> list[bytes]:
    """Every value that identifies somebody."""
    return [text.encode() for text in (*SECRETS.values(), PRIVATE, NESTED)]


def dataset(array: NDArray[Any], **fields: Any) -> Dataset:
    """A CT slice, or a stack as frames x rows x columns, with all secrets."""
    made = Dataset()
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made.file_meta.MediaStorageSOPClassUID = CTImageStorage
    made.file_meta.MediaStorageSOPInstanceUID = generate_uid(entropy_srcs=["a"])
    made.SOPClassUID = CTImageStorage
    made.SOPInstanceUID = generate_uid(entropy_srcs=["a"])
    made.Modality = "CT"
    for keyword, value in SECRETS.items():
        setattr(made, keyword, value)
    block = made.private_block(0x0011, "SECRET MAKER", create=True)
    block.add_new(0x10, "LO", PRIVATE)
    item = Dataset()
    item.PerformingPhysicianName = NESTED
    made.RequestAttributesSequence = Sequence([item])
    _put_pixels(made, array)
    for keyword, value in fields.items():
        setattr(made, keyword, value)
    return made


def dicom(array: NDArray[Any], **fields: Any) -> bytes:
    """The file of `dataset`."""
    return saved(dataset(array, **fields))


def saved(made: Dataset) -> bytes:
    """The bytes of a dataset, preamble and all."""
    buffer = io.BytesIO()
    made.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def _put_pixels(made: Dataset, array: NDArray[Any]) -> None:
    is_colour = array.ndim == 3 and array.shape[-1] == 3
    if array.ndim == 3 and not is_colour:
        made.NumberOfFrames = array.shape[0]
    made.Rows, made.Columns = array.shape[-3:-1] if is_colour else array.shape[-2:]
    made.SamplesPerPixel = 3 if is_colour else 1
    made.PhotometricInterpretation = "RGB" if is_colour else "MONOCHROME2"
    if is_colour:
        made.PlanarConfiguration = 0
    made.BitsAllocated = made.BitsStored = 8 * array.dtype.itemsize
    made.HighBit = made.BitsStored - 1
    made.PixelRepresentation = int(array.dtype.kind == "i")
    data = array.tobytes()
    made.PixelData = data + b"\0" * (len(data) % 2)
