"""What a vision-language model is asked about image quality: our words, the published demands.

The wording of MedQ-Bench (arXiv 2510.01691) is not repeated here, so that results compare with its
published rows only approximately. The digest of these words is part of every run's key.
"""

from heuresis.contract import digest_of
from heuresis.tools.medical.medq.findings import ABOUT, KINDS

DESCRIBE = """You judge the technical quality of medical images. Describe the low-level appearance \
of this image in three to five sentences: what degrades it, such as noise, blur, artefacts of the \
acquisition, brightness, contrast or compression, and whether each problem is mild or severe. Do \
not describe anatomy or disease.

End with exactly one of these sentences: "Overall, the quality of this image is good." or \
"Overall, the quality of this image is usable." or \
"Overall, the quality of this image is reject.\""""

COMPARE = """You judge the technical quality of medical images. Here are two images, the first and \
the second. Compare their low-level appearance in three to five sentences: what degrades the first \
image, what degrades the second image, and whether each problem is mild or severe. Do not describe \
anatomy or disease.

End with exactly one of these sentences: "Overall, the first image has the better quality." or \
"Overall, the second image has the better quality." or "Overall, both images have the same \
quality.\""""

WORDS = ", ".join(ABOUT[kind].words for kind in KINDS)
NAMES = f"\n\nWhere one fits, use these names of problems: {WORDS}."


def digest() -> str:
    """Identify what is asked."""
    return digest_of("\n".join((DESCRIBE, COMPARE, NAMES)).encode())
