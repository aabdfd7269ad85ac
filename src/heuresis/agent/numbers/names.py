# ruff: noqa: RUF001  # names are written with Greek letters
"""Names that hold digits: molecules, formulas, codes, space groups, methods, identifiers."""

import re
from functools import lru_cache

from heuresis.agent.numbers.chemical_names import is_chemical_name
from heuresis.agent.numbers.codes import is_code
from heuresis.agent.numbers.formulas import is_formula, is_isotope
from heuresis.agent.numbers.lexicon import UNITS
from heuresis.agent.numbers.references import ULID
from heuresis.agent.numbers.verdict import Excuse

MAX_CHARS = 2000
_UNITS = re.compile(UNITS)

_AXIS = r"(?:-[1346]|[2346][1-5]?(?:/[mncabd])?|[mncabde])"
_SPACE_GROUP = re.compile(rf"[PIFABCR]{_AXIS}{{1,3}}|P212121")
_SURE_GROUP = re.compile(r"[A-Z].*[-/mncabde].*|P212121")  # others need the word beside them

_FILES = "png|jpe?g|cif|dcm|nii|mp4|csv|sdf|xyz|pdb|ya?ml|json|zip"
_IDENTIFIERS = re.compile(
    rf"(?=(?:\d*[A-Z]){{4}}){ULID}|sha256:[0-9a-f]{{16,64}}"
    r"|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    r"|mp-\d{1,8}|mvc-\d{1,6}|CHEMBL\d{1,8}|ZINC\d{6,16}"
    rf"|(?=[^.]*[A-Za-z]{{2}})[A-Za-z][\w-]{{0,80}}\.(?:{_FILES})"
)
_VERSION = re.compile(r"v\d{1,3}(?:\.\d{1,4}){0,3}|[A-Za-z][\w-]*==\d{1,4}(?:\.\d{1,4}){0,3}")
_TERMS = re.compile(
    # methods of computing
    r"B3LYP|B97-3c|r2SCAN(?:-3c)?|PBE0|PBEh-3c|HSE0[36]|M0[56](?:-2X|-L)?|[ωw]?B97X?-[DV]\d?|ωB97"
    r"|CAM-B3LYP|MP[24]|CCSD\(T\)|D[234](?:\(BJ\))?|DFT-D[34]|GFN[0-2]?(?:-xTB|-FF)|GFN[0-2]|xTB2"
    r"|PM[367]|AM1|MMFF94s?|ETKDGv?[23]|3-21G|6-311?\+{0,2}G\*{0,2}(?:\(d(?:,p)?\))?|def2-\w{2,8}"
    r"|cc-pV[DTQ5]Z|STO-3G|SevenNet-0|MACE-MP-0|MACE-OFF23|M3GNet|ANI-[12]\w*|ECFP[246]|FCFP[246]"
    r"|MiniLM-L6(?:-v2)?|ResNet\d{2,3}|U-Net2|GPT-\d\w?|Llama-\d|QM[789]|MD17"
    # targets, diseases, end points
    r"|p53|P450|CYP\d[A-Z]\d{1,2}|5-HT|COX-[12]|IL-\d{1,2}|CB[12]|D[12]R|HER2|Nav1\.\d|GLP-1"
    r"|COVID-19|SARS-CoV-2|HbA1c|H1N1|T[12](?:w|\*|-weighted)?|[ILEG]C50|[LEGT][DI]50|pKa[12]"
    # mathematics and symmetry
    r"|log(?:10|2)|F1|[RrQ]2|χ2|L[12]|sp[23]?d?2?|[0-3][dD]|t2g|e2g|E[12]|S[NE][12]|E1cB|2[-]?theta"
    r"|2θ|AB[X2356]?[23]?|ABO3|AB2O4|A2B|MX2|C[12]s|O1s"
    # computing
    r"|[Ff][Pp](?:16|32|64)|u?int(?:8|16|32|64)|UTF-8|SHA-?256|sha256|ISO-8601|[sS]3|x86"
)
_POWERS = re.compile(
    r"(?:[kcdmnpµμ]?m|Å|bohr|[cmµμ]?s|[kmµμ]?g|[mµμn]?mol|[mµμd]?L|k?eV|K|px|atom|Pa|J|V|W|A|day|h)"
    r"-?[1-4]"
)

# What is a name only beside a certain word: (the word before, the word behind, the name).
_BESIDE = tuple(
    (re.compile(before), re.compile(after), re.compile(name), excuse)
    for before, after, name, excuse in (
        ("vitamin", "", r"[A-K]\d{1,2}", Excuse.TERM),
        ("coenzyme", "", "Q10", Excuse.TERM),
        ("version|release", "", r"\d{1,4}(?:\.\d{1,4}){1,3}", Excuse.VERSION),
        ("cid|icsd|chebi|ccdc", "", r"#?\d{1,9}", Excuse.IDENTIFIER),
        ("type", "diabet", "[12]", Excuse.TERM),
        ("", "nmr|label|nuclei|spectr", "[12]H|13C|15N|17O|19F|29Si|31P", Excuse.TERM),
        ("", "", r"omega-[369]|(?:alpha|beta|gamma|α|β|γ)-?[1-3]", Excuse.TERM),
    )
)
_ISOTOPE = re.compile(r"(carbon|nitrogen|oxygen|uranium|[CNOUF]|Pu|Co|Cs|Tc)-(\d{1,3})")
_IN_WORDS = {"carbon": "C", "nitrogen": "N", "oxygen": "O", "uranium": "U"}


@lru_cache(maxsize=4096)
def kind_of_name(piece: str, before: str, after: str) -> Excuse | None:
    """Say what kind of name a piece of text with digits is; None where it is none we know.

    Args:
        piece: Without blanks around it.
        before: The word before.
        after: The word behind.
    """
    if len(piece) > MAX_CHARS or (_UNITS.fullmatch(after) and not _POWERS.fullmatch(piece)):
        return None  # 'IS42 eV' is no formula
    before, after = before.lower(), after.lower()
    piece = piece.replace("_", "")  # as in P2_1/c
    kinds = (
        (_TERMS.fullmatch(piece), Excuse.TERM),
        (is_formula(piece), Excuse.FORMULA),
        (is_chemical_name(piece), Excuse.CHEMICAL_NAME),
        (is_code(piece), Excuse.CODE),
        (_is_space_group(piece, before, after), Excuse.SPACE_GROUP),
        (_IDENTIFIERS.fullmatch(piece), Excuse.IDENTIFIER),
        (before == "cas" and _is_cas(piece), Excuse.IDENTIFIER),
        (_VERSION.fullmatch(piece), Excuse.VERSION),
        (_POWERS.fullmatch(piece), Excuse.UNIT),
        (_is_isotope(piece), Excuse.TERM),
    )
    found = next((excuse for is_it, excuse in kinds if is_it), None)
    return found or _beside(piece, before, after)


def _beside(piece: str, before: str, after: str) -> Excuse | None:
    for left, right, name, excuse in _BESIDE:
        fits = not left.pattern or left.fullmatch(before)
        if fits and right.match(after) and name.fullmatch(piece):
            return excuse
    return None


def _is_space_group(piece: str, before: str, after: str) -> bool:
    if not any(letter.isdigit() for letter in piece) or _SPACE_GROUP.fullmatch(piece) is None:
        return False
    near = before in ("group", "symmetry") or after in ("space", "symmetry", "spacegroup")
    return near or (len(piece) > 2 and _SURE_GROUP.fullmatch(piece) is not None)


def _is_isotope(piece: str) -> bool:
    match = _ISOTOPE.fullmatch(piece)
    if match is None:
        return False
    return is_isotope(_IN_WORDS.get(match[1], match[1]), int(match[2]))


def _is_cas(piece: str) -> bool:
    """Whether it is a number of the Chemical Abstracts Service whose check digit is right."""
    if re.fullmatch(r"\d{2,7}-\d\d-\d", piece) is None:
        return False
    *digits, check = (int(digit) for digit in piece if digit.isdigit())
    return sum(i * digit for i, digit in enumerate(reversed(digits), 1)) % 10 == check
