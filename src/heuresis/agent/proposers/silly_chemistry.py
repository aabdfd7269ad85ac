"""Chemistry that a graph edit produces and no chemist would order: a short list, with reasons.

Each entry is a pattern in SMARTS and the reason it is refused. The list is a cheap net against the
faults of random graph edits; it says nothing about safety or synthesis, which later gates judge.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

MAX_RING_SIZE = 8
SMALL_RING = 4


class Silly(NamedTuple):
    """One pattern, with the reason it is refused."""

    smarts: str
    reason: str


PATTERNS = (
    Silly("[!0*]", "isotope labels are not analogues"),
    Silly("[#8]-[#8]", "peroxides are explosive"),
    Silly("[#7]-,=,#[#7]~[#7]", "chains of three nitrogens, unless aromatic, lose N2"),
    Silly("[N;!a]=[N;!a]", "azo and diazo groups lose N2 or are cleaved to amines"),
    Silly(
        "[NX3;!$(N-[#6,#16]=[O,S,N])]-;!@[NX3;!$(N-[#6,#16]=[O,S,N])]",
        "free hydrazines are reactive and toxic",
    ),
    Silly("[NX3;+0]-[OX2;!$(O-C=O)]", "hydroxylamines are weak N-O bonds, easily cleaved"),
    Silly("[#7]-[OX2]-C=O", "acyloxy amines acylate"),
    Silly("[#7,#8,#16]-[F,Cl,Br,I]", "halogens on N, O or S are oxidants or hydrolyse"),
    Silly("[F,Cl,Br,I;!v1]", "hypervalent halogen"),
    Silly("[SX2]-[#7,#8,#16;!a]", "divalent sulfur on N, O or S is a weak bond"),
    Silly("[S;v4;!$(S=O)]", "hypervalent sulfur without oxygen"),
    Silly("[S;v6;!$(S=O)]", "hypervalent sulfur without oxygen"),
    Silly("[S;v4,v6]=[#6,#16]", "sulfur ylides"),
    Silly("[OX2]-[SX3]", "sulfinates are labile"),
    Silly("[*]=[#6]=[*]", "allenes, ketenes, isocyanates and cumulenes are reactive"),
    Silly("[R]#[R]", "an alkyne in a ring of ordinary size is strained"),
    Silly("[C,N;r3,r4]=,:[C,N;r3,r4]", "a double bond inside a ring of 3 or 4 is strained"),
    Silly("[!#6;r3]", "epoxides, aziridines and thiiranes alkylate"),
    Silly("[C,c]1=,:[C,c]~[C,c]~[C,c]1", "cyclobutadienes and benzocyclobutenes are strained"),
    Silly(
        "[CX4](-[OX2H,SX2H,$([NX3;H1,H2;!$(N-[#6,#16]=[O,S,N])])])-[#7,#8,#16,F,Cl,Br,I]",
        "hemiacetals, aminals and halohydrins on one carbon fall apart",
    ),
    Silly(
        "[CX4;!$(C-F)](-[NX3;!$(N-[#6,#16]=[O,S,N]);!$(N-a)])-[OX2,SX2,NX3;!$(N-[#6,#16]=[O,S,N])]",
        "N,O-acetals and aminals of basic amines hydrolyse",
    ),
    Silly("[OX2H,SX2H,NX3H2]-[CX3;!$(C=[O,S,N])]=[CX3]", "enols and enamines are ketones"),
    Silly("[OX2H,SX2H]-[CX3]=[#7]", "imidic acids are amides"),
    Silly("[CX3;!$(C-[#7,#8,#16])]=[NX2H]", "free imines hydrolyse"),
    Silly("[CX3;!R;!$(C-[#7,#8,#16])]=[NX2;!R;!$(N-[#7,#8])]", "open Schiff bases hydrolyse"),
    Silly("[CX4;$(C-F)]-[NX3]", "alpha-fluoro amines lose fluoride"),
    Silly("[CX4;H1,H2;$(C-F)]-[OX2;!$(O-c)]", "alpha-fluoro ethers of alkyls lose fluoride"),
    Silly("[CX4](-[NX3;!$(N-[#6,#16]=[O,S,N])])-[SX3,SX4]=O", "alpha-amino sulfones fall apart"),
    Silly("[CX3](=O)-[OX2]-[CX4]-F", "esters of fluorinated methanols hydrolyse"),
    Silly("[CX3](=[O,S])-[F,Cl,Br,I]", "acyl halides acylate"),
    Silly("[CX3](=O)-O-[CX3]=O", "anhydrides acylate"),
    Silly("[CX3;H1,H2]=O", "aldehydes are reactive and oxidise"),
    Silly("[CX3;!$(C-[#7,#8,#16])]=S", "thioketones are unstable"),
    Silly("[CX4]-[Cl,Br,I]", "alkyl halides alkylate"),
    Silly("[CX3]=[CX3]-[Cl,Br,I]", "vinyl halides are reactive metabolite formers"),
    Silly("[CH2]=[CX3]-[CX3,SX4]=O", "unhindered Michael acceptors bind any thiol"),
    Silly("[#7,#8,#16,F,Cl,Br,I;!a]-[CX2]#[#6,#7]", "ynamines, ynols, cyanamides and cyanates"),
    Silly("[CX2]#[CX2]-[CX2]#[*]", "conjugated triple bonds polymerise"),
    Silly("[CX3](=O)-[CX3](=O)-[CX3]=O", "vicinal tricarbonyls are electrophiles"),
    Silly("[C;R]=@[C;R]-@[C;R;!$(C=[O,N,S])]=@[C;R]", "cyclic dienes aromatise or dimerise"),
    Silly("[CX3;!R]=[CX3;!R]-[CX3;!R]=[CX3;!R]", "open dienes, left by broken rings, polymerise"),
    Silly("O=C1C=CC(=O)C=C1", "quinones bind thiols"),
    Silly(
        "[+;!$([#7](=O)[O-]);!$([n+]-[O-])]",
        "a lone positive charge is not a drawn form of a neutral molecule",
    ),
    Silly("[-;!$([O-]-[#7+])]", "a lone negative charge is not a drawn form"),
)


def find_silly(mol: Any, allowed: frozenset[str] = frozenset()) -> str | None:
    """Return the first reason against a sanitised rdkit molecule, or None.

    Args:
        mol: A sanitised rdkit molecule.
        allowed: Reasons that do not count, because a start molecule has the feature.
    """
    return next((why for why in _reasons(mol) if why not in allowed), None)


def silly_in(mol: Any) -> frozenset[str]:
    """Return every reason against a sanitised rdkit molecule."""
    return frozenset(_reasons(mol))


def _reasons(mol: Any) -> Iterator[str]:
    if len(mol.GetAtomsMatchingQuery(_radical())):
        yield "radicals are not stored in bottles"
    yield from _ring_reasons(mol)
    for query, reason in _queries():
        if mol.HasSubstructMatch(query):
            yield reason


def _ring_reasons(mol: Any) -> Iterator[str]:
    rings = [set(ring) for ring in mol.GetRingInfo().AtomRings()]
    if any(len(ring) > MAX_RING_SIZE for ring in rings):
        yield f"rings of more than {MAX_RING_SIZE} atoms are hard to close"
    small = [ring for ring in rings if len(ring) <= SMALL_RING]
    if any(one & other for i, one in enumerate(small) for other in small[:i]):
        yield "small rings that share an atom are strained"
    if _has_bridgehead_double_bond(mol):
        yield "a double bond at a bridgehead breaks Bredt's rule"


def _has_bridgehead_double_bond(mol: Any) -> bool:
    from rdkit.Chem import rdMolDescriptors

    heads: Any = []
    if not rdMolDescriptors.CalcNumBridgeheadAtoms(mol, heads):
        return False
    bonds = (bond for head in heads for bond in mol.GetAtomWithIdx(head).GetBonds())
    return any(bond.GetBondTypeAsDouble() > 1 for bond in bonds)


@cache
def _radical() -> Any:
    from rdkit.Chem import rdqueries

    return rdqueries.NumRadicalElectronsGreaterQueryAtom(0)


@cache
def _queries() -> tuple[tuple[Any, str], ...]:
    from rdkit import Chem

    return tuple((Chem.MolFromSmarts(smarts), reason) for smarts, reason in PATTERNS)
