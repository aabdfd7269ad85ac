"""Edits a medicinal chemist makes to one molecule, written as reactions.

Groups are swapped for, added as, or stripped like one another; edits change rings, chains and
linkers. The choice follows common matched-pair practice: halogen, methyl, hydroxy, methoxy, amine,
CF3 and nitrile exchange, nitrogen scan, homologation, ring size, saturated rings, polar rings.
"""

from functools import cache
from typing import Any, NamedTuple


class Group(NamedTuple):
    """A side group: how it is found (SMARTS) and how it is written (SMILES), attached first."""

    name: str
    found: str
    written: str | None


GROUPS = (
    Group("F", "[F]", "F"),
    Group("Cl", "[Cl]", "Cl"),
    Group("Br", "[Br]", None),
    Group("I", "[I]", None),
    Group("nitro", "[N+](=O)[O-]", None),
    Group("methyl", "[CH3]", "C"),
    Group("ethyl", "[CH2][CH3]", "CC"),
    Group("isopropyl", "[CH]([CH3])[CH3]", "C(C)C"),
    Group("tert-butyl", "C([CH3])([CH3])[CH3]", "C(C)(C)C"),
    Group("cyclopropyl", "[CH]1[CH2][CH2]1", "C1CC1"),
    Group("CF3", "C(F)(F)F", "C(F)(F)F"),
    Group("CHF2", "[CH](F)F", "C(F)F"),
    Group("hydroxy", "[OX2H]", "O"),
    Group("methoxy", "O[CH3]", "OC"),
    Group("ethoxy", "O[CH2][CH3]", "OCC"),
    Group("trifluoromethoxy", "OC(F)(F)F", "OC(F)(F)F"),
    Group("amino", "[NX3H2]", "N"),
    Group("methylamino", "[NX3H][CH3]", "NC"),
    Group("dimethylamino", "[NX3]([CH3])[CH3]", "N(C)C"),
    Group("nitrile", "C#N", "C#N"),
    Group("carboxamide", "C(=O)[NH2]", "C(N)=O"),
    Group("methylcarboxamide", "C(=O)[NH][CH3]", "C(=O)NC"),
    Group("acid", "C(=O)[OX2H]", "C(=O)O"),
    Group("acetamido", "[NH]C(=O)[CH3]", "NC(C)=O"),
    Group("acetyl", "C(=O)[CH3]", "C(C)=O"),
    Group("mesyl", "S(=O)(=O)[CH3]", "S(C)(=O)=O"),
    Group("sulfonamide", "S(=O)(=O)[NH2]", "S(N)(=O)=O"),
    Group("hydroxymethyl", "[CH2][OH]", "CO"),
    Group("methoxymethyl", "[CH2]O[CH3]", "COC"),
    Group("hydroxyethyl", "[CH2][CH2][OH]", "CCO"),
    Group("aminomethyl", "[CH2][NH2]", "CN"),
    Group("dimethylaminomethyl", "[CH2]N([CH3])[CH3]", "CN(C)C"),
    Group("azetidinyl", "N1[CH2][CH2][CH2]1", "N1CCC1"),
    Group("oxetanyl", "[CH]1[CH2]O[CH2]1", "C1COC1"),
    Group("pyrrolidinyl", "N1[CH2][CH2][CH2][CH2]1", "N1CCCC1"),
    Group("piperidinyl", "N1[CH2][CH2][CH2][CH2][CH2]1", "N1CCCCC1"),
    Group("morpholinyl", "N1[CH2][CH2]O[CH2][CH2]1", "N1CCOCC1"),
    Group("methylpiperazinyl", "N1[CH2][CH2]N([CH3])[CH2][CH2]1", "N1CCN(C)CC1"),
    Group("oxanyl", "[CH]1[CH2][CH2]O[CH2][CH2]1", "C1CCOCC1"),
    Group("cyclohexyl", "[CH]1[CH2][CH2][CH2][CH2][CH2]1", "C1CCCCC1"),
    Group("phenyl", "c1[cH][cH][cH][cH][cH]1", "c1ccccc1"),
    Group("2-pyridyl", "c1n[cH][cH][cH][cH]1", "c1ncccc1"),
    Group("3-pyridyl", "c1[cH]n[cH][cH][cH]1", "c1cnccc1"),
    Group("4-pyridyl", "c1[cH][cH]n[cH][cH]1", "c1ccncc1"),
    Group("pyrimidinyl", "c1[cH]n[cH]n[cH]1", "c1cncnc1"),
    Group("thienyl", "c1s[cH][cH][cH]1", "c1sccc1"),
    Group("1-methylpyrazolyl", "c1[cH]n([CH3])n[cH]1", "c1cn(C)nc1"),
    Group("tetrazolyl", "c1nn[nH]n1", "c1nn[nH]n1"),
)

EDITS: tuple[tuple[str, str], ...] = (
    # rings: one atom
    ("aromatic CH to N", "[cH:1]>>[n:1]"),
    ("aromatic N to CH", "[n;H0;D2;+0;r6:1]>>[c:1]"),
    ("aromatic S to O", "[s:1]>>[o:1]"),
    ("aromatic O to S", "[o:1]>>[s:1]"),
    ("aromatic S or O to NH", "[s,o:1]>>[nH:1]"),
    ("aromatic NH to O", "[nH:1]>>[o;H0:1]"),
    ("ring CH2 to O", "[CH2;R:1](-;@[#6:2])-;@[#6:3]>>[O:1](-[#6:2])-[#6:3]"),
    ("ring CH2 to NH", "[CH2;R:1](-;@[#6:2])-;@[#6:3]>>[NH:1](-[#6:2])-[#6:3]"),
    ("ring CH2 to NMe", "[CH2;R:1](-;@[#6:2])-;@[#6:3]>>[N:1](-C)(-[#6:2])-[#6:3]"),
    ("ring CH2 to carbonyl", "[CH2;R:1]>>[C:1]=O"),
    ("ring CH2 to CF2", "[CH2;R:1]>>[C:1](F)F"),
    ("ring O to CH2", "[O;R;D2:1]>>[CH2:1]"),
    ("ring S to CH2", "[S;R;D2:1]>>[CH2:1]"),
    ("ring O to NH", "[O;R;D2:1]>>[NH:1]"),
    ("ring NH to O", "[NX3H;R:1]>>[O;H0:1]"),
    ("ring NH to CH2", "[NX3H;R:1]>>[CH2:1]"),
    ("ring CH to N", "[CX4H;R;D3:1]>>[N;H0:1]"),
    ("ring N to CH", "[NX3;H0;R;D3;!$(N-[#6,#16]=[O,S,N]):1]>>[CH:1]"),
    # rings: size, saturation, making and opening
    ("grow ring", "[CX4;R:1]-;@[#6,#7;R:2]>>[C:1]-C-[*:2]"),
    ("shrink ring", "[*;R:1]-;@[CH2;R;D2]-;@[*;R:2]>>[*:1]-[*:2]"),
    ("saturate ring bond", "[C;R:1]=;@[C;R:2]>>[C:1]-[C:2]"),
    (
        "saturate phenyl",
        "[*:7]-!@[c:1]1[cH:2][cH:3][cH:4][cH:5][cH:6]1"
        ">>[*:7]-[C:1]1[CH2:2][CH2:3][CH2:4][CH2:5][CH2:6]1",
    ),
    ("close pyrrolidine", "[NX3:1]([CH3:2])-[CX4:3]-[CX4;!H0:4]>>[N:1]1[CH2:2]C[C:4][C:3]1"),
    ("fuse cyclopropane", "[CX4;!H0;R:1]-;@[CX4;!H0;R:2]>>[C:1]1-C-[C:2]1"),
    ("join geminal cyclopropyl", "[CX4;!R:1]([CH3:2])[CH3:3]>>[C:1]1[CH2:2][CH2:3]1"),
    ("fused benzene to pyridine", "[cH:1]:[c;R2:2]>>[n:1]:[c:2]"),
    # chains and linkers
    ("insert CH2", "[#6:1]-;!@[#6,#7,#8:2]>>[#6:1]-C-[*:2]"),
    ("remove CH2", "[*:1]-;!@[CH2;!R]-;!@[*:2]>>[*:1]-[*:2]"),
    ("insert O", "[#6:1]-;!@[#6:2]>>[#6:1]-O-[#6:2]"),
    ("insert NH", "[#6:1]-;!@[#6:2]>>[#6:1]-N-[#6:2]"),
    ("chain CH2 to O", "[#6:1]-;!@[CH2;!R:2]-;!@[#6:3]>>[#6:1]-[O:2]-[#6:3]"),
    ("chain CH2 to NH", "[#6:1]-;!@[CH2;!R:2]-;!@[#6:3]>>[#6:1]-[NH:2]-[#6:3]"),
    ("chain CH2 to carbonyl", "[CH2;!R:1](-[#6:2])-[#6,#7:3]>>[C:1](=O)(-[*:2])-[*:3]"),
    ("chain O to CH2", "[#6:1]-;!@[OX2;!R:2]-;!@[#6:3]>>[#6:1]-[CH2:2]-[#6:3]"),
    ("chain O to NH", "[#6:1]-;!@[OX2;!R:2]-;!@[#6:3]>>[#6:1]-[NH:2]-[#6:3]"),
    ("chain O to S", "[#6:1]-;!@[OX2;!R:2]-;!@[#6:3]>>[#6:1]-[S:2]-[#6:3]"),
    ("chain NH to O", "[#6:1]-;!@[NX3H;!R:2]-;!@[#6:3]>>[#6:1]-[O;H0:2]-[#6:3]"),
    ("chain NH to CH2", "[#6:1]-;!@[NX3H;!R:2]-;!@[#6:3]>>[#6:1]-[CH2:2]-[#6:3]"),
    ("chain S to O", "[#6:1]-;!@[SX2;!R:2]-;!@[#6:3]>>[#6:1]-[O:2]-[#6:3]"),
    ("oxidise sulfide", "[#6:1]-[SX2;!a:2]-[#6:3]>>[#6:1]-[S:2](=O)(=O)-[#6:3]"),
    # functional groups
    ("reverse amide", "[#6:1]-[CX3:2](=[O:3])-[NX3H:4]-[#6:5]>>[#6:1]-[NH:4]-[C:2](=[O:3])-[#6:5]"),
    ("amide to sulfonamide", "[#6:1]-[CX3](=O)-[NX3:2]>>[#6:1]-S(=O)(=O)-[N:2]"),
    ("amide to amine", "[#6:1]-[CX3:2](=O)-[NX3:3]>>[#6:1]-[CH2:2]-[N:3]"),
    ("ester to amide", "[CX3:1](=[O:2])-[OX2;!R:3]-[#6:4]>>[C:1](=[O:2])-[NH:3]-[#6:4]"),
    ("carbonyl to alcohol", "[#6:1]-[CX3:2](=[O:3])-[#6:4]>>[#6:1]-[CH:2](-[OH:3])-[#6:4]"),
    ("carbonyl to CH2", "[#6:1]-[CX3:2](=O)-[#6:4]>>[#6:1]-[CH2:2]-[#6:4]"),
    ("alcohol to ketone", "[#6:1]-[CX4H:2](-[OX2H:3])-[#6:4]>>[#6:1]-[C;H0:2](=[O;H0:3])-[#6:4]"),
    ("dehydrate to H", "[CX4:1]-[OX2H]>>[C:1]"),
    ("saturate double bond", "[C;!R:1]=[C:2]>>[C:1]-[C:2]"),
    # nitrogen caps
    ("N-methylate", "[NX3,n;!H0;+0:1]>>[*;H0:1]-C"),
    ("N-demethylate", "[N;+0:1]-[CH3]>>[N:1]"),
    ("aromatic N-demethylate", "[n;+0:1]-[CH3]>>[nH:1]"),
    ("N-methyl to N-ethyl", "[#7;+0:1]-[CH3:2]>>[#7:1]-[CH2:2]-C"),
    ("N-methyl to N-cyclopropyl", "[#7;+0:1]-[CH3:2]>>[#7:1]-[CH:2]1-C-C1"),
    ("N-methyl to N-hydroxyethyl", "[#7;+0:1]-[CH3:2]>>[#7:1]-[CH2:2]-C-O"),
    ("N-methyl to N-oxetanyl", "[#7;+0:1]-[CH3:2]>>[#7:1]-[CH:2]1-C-O-C1"),
    ("N-acetylate", "[NX3;H1;!$(N-[#6,#16]=[O,S,N]);!a:1]>>[N;H0:1]-C(C)=O"),
    ("N-mesylate", "[NX3;H1;!$(N-[#6,#16]=[O,S,N]);!a:1]>>[N;H0:1]-S(C)(=O)=O"),
)


def groups_on(mol: Any) -> list[Group]:
    """Return the side groups that a molecule carries on carbon."""
    return [group for group, query in _group_queries() if mol.HasSubstructMatch(query)]


@cache
def new_groups() -> tuple[Group, ...]:
    """Return the groups that may be put on; nitro, Br and I are only taken off."""
    return tuple(group for group in GROUPS if group.written)


@cache
def swap(old: Group, new: Group) -> Any:
    """Return the reaction that puts one group in the place of another, on carbon."""
    return _reaction(f"[#6:1]-;!@{old.found}>>[#6:1]-{new.written}")


@cache
def strip(old: Group) -> Any:
    """Return the reaction that puts hydrogen in the place of a group, on carbon."""
    return _reaction(f"[#6:1]-;!@{old.found}>>[#6:1]")


@cache
def decorate(new: Group) -> Any:
    """Return the reaction that puts a group in the place of hydrogen, on carbon."""
    return _reaction(f"[cH,CX4;!H0:1]>>[*:1]-{new.written}")


@cache
def edit(number: int) -> Any:
    """Return the reaction of one row of EDITS."""
    return _reaction(EDITS[number][1])


@cache
def _group_queries() -> tuple[tuple[Group, Any], ...]:
    from rdkit import Chem

    return tuple((group, Chem.MolFromSmarts(f"[#6]-;!@{group.found}")) for group in GROUPS)


def _reaction(smarts: str) -> Any:
    from rdkit.Chem import rdChemReactions

    reaction = rdChemReactions.ReactionFromSmarts(smarts)
    reaction.Initialize()
    return reaction
