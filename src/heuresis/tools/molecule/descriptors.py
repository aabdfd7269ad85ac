"""What can be computed of a drawn molecule, number by number; what nobody asks for is not."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from heuresis.contract import Artifact, Formula, Quantity
from heuresis.tools.molecule.accessibility import accessibility
from heuresis.tools.molecule.alerts import alerts
from heuresis.tools.molecule.structure import ORGANIC, mol_of, read

LOG_P_STD = 0.677  # of the fit to 9,920 molecules, doi:10.1021/ci990307l
BY_DEFINITION = "computed exactly by definition"
SCORE = "a score by definition; it has no measured counterpart"
UNITS = {
    "average_mass": "Da",
    "exact_mass": "Da",
    "log_p": "1",
    "tpsa": "Å^2",
    "qed": "1",
    "synthetic_accessibility": "1",
    "fraction_sp3": "1",
}
N_PIXELS = (420, 300)


class Molecule:
    """One molecule; what several numbers need is computed once.

    Args:
        smiles: Of a request.
        depict: Whether it is to be drawn.
    """

    def __init__(self, smiles: str, *, depict: bool) -> None:
        self.seen = read(smiles)
        self.mol = mol_of(self.seen.smiles)
        self.depict = depict

    @cached_property
    def is_organic(self) -> bool:
        """Whether it is of the kind that scores of drug-likeness were made for."""
        return "C" in self.seen.elements and self.seen.elements <= ORGANIC

    @cached_property
    def average_mass(self) -> float:
        """In Da."""
        from rdkit.Chem.Descriptors import MolWt

        return float(MolWt(self.mol))

    @cached_property
    def log_p(self) -> float:
        """By Crippen."""
        from rdkit.Chem.Crippen import MolLogP

        return float(MolLogP(self.mol))

    def counted(self, name: str) -> int:
        """Return a count that RDKit computes under a name of its own."""
        from rdkit.Chem import rdMolDescriptors

        return int(getattr(rdMolDescriptors, name)(self.mol))

    @property
    def n_lipinski_violations(self) -> int:
        """Of the rule of five."""
        n_donors, n_acceptors = self.counted("CalcNumHBD"), self.counted("CalcNumHBA")
        return sum((self.average_mass > 500, self.log_p > 5, n_donors > 5, n_acceptors > 10))


def exact(name: str, value: float, why: str = BY_DEFINITION) -> Quantity:
    """Return a number of the table with its unit."""
    return Quantity.exact(value, UNITS[name], why)


def _calc(name: str, at: Molecule) -> float:
    from rdkit.Chem import rdMolDescriptors

    return float(getattr(rdMolDescriptors, name)(at.mol))


def _log_p(at: Molecule) -> Quantity | None:
    if not at.is_organic:
        return None
    return Quantity(value=at.log_p, unit=UNITS["log_p"], std=LOG_P_STD)


def _qed(at: Molecule) -> Quantity | None:
    from rdkit.Chem.QED import qed

    return exact("qed", qed(at.mol), SCORE) if at.is_organic else None


def _accessibility(at: Molecule) -> Quantity | None:
    name = "synthetic_accessibility"
    return exact(name, accessibility(at.mol), SCORE) if at.is_organic else None


def _drawing(at: Molecule) -> Artifact | None:
    if not at.depict:
        return None
    from rdkit.Chem.Draw import rdMolDraw2D

    canvas = rdMolDraw2D.MolDraw2DSVG(*N_PIXELS)
    rdMolDraw2D.PrepareAndDrawMolecule(canvas, at.mol)
    canvas.FinishDrawing()
    svg = canvas.GetDrawingText().encode()
    return Artifact.of(svg, name="molecule.svg", media_type="image/svg+xml")


# By the field of the answer.
FIELDS: Mapping[str, Callable[[Molecule], Any]] = {
    "smiles": lambda at: at.seen.smiles,
    "formula": lambda at: Formula(at.seen.formula),
    "average_mass": lambda at: exact("average_mass", at.average_mass),
    "exact_mass": lambda at: exact("exact_mass", _calc("CalcExactMolWt", at)),
    "log_p": _log_p,
    "tpsa": lambda at: exact("tpsa", _calc("CalcTPSA", at)),
    "qed": _qed,
    "synthetic_accessibility": _accessibility,
    "fraction_sp3": lambda at: exact("fraction_sp3", _calc("CalcFractionCSP3", at)),
    "n_h_bond_donors": lambda at: at.counted("CalcNumHBD"),
    "n_h_bond_acceptors": lambda at: at.counted("CalcNumHBA"),
    "n_rotatable_bonds": lambda at: at.counted("CalcNumRotatableBonds"),
    "n_rings": lambda at: at.counted("CalcNumRings"),
    "n_aromatic_rings": lambda at: at.counted("CalcNumAromaticRings"),
    "n_heavy_atoms": lambda at: at.seen.n_heavy_atoms,
    "n_stereo_centres": lambda at: at.counted("CalcNumAtomStereoCenters"),
    "formal_charge_e": lambda at: at.seen.charge,
    "n_lipinski_violations": lambda at: at.n_lipinski_violations if at.is_organic else None,
    "structural_alerts": lambda at: alerts(at.mol),
    "depiction": _drawing,
}
