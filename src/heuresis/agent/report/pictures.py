"""Pictures and short names of candidates: molecules drawn flat, crystals as their cell."""

import io
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from markupsafe import Markup

from heuresis.agent.report.svg import inline
from heuresis.errors import RequestError

N_PIXELS = (190, 130)
LABEL_CHARS = 300
# Atoms in tones that can be read on white and on black paper; carbon takes the ink of the page.
PALETTE = {
    7: (0.20, 0.45, 0.85), 8: (0.84, 0.25, 0.22), 9: (0.10, 0.58, 0.40), 17: (0.10, 0.58, 0.40),
    16: (0.70, 0.52, 0.05), 35: (0.62, 0.34, 0.16), 53: (0.55, 0.30, 0.70), 15: (0.85, 0.45, 0.10),
}  # fmt: skip


def label(kind: str, form: str) -> str:
    """Name a candidate in one line: SMILES, or formula and space group."""
    return _crystal_label(form) if kind == "crystal" else form[:LABEL_CHARS]


def draw_all(kind: str, forms: Iterable[str]) -> dict[str, Markup]:
    """Draw candidates; what cannot be drawn, or not by what is installed, is left out."""
    draw = {"molecule": draw_molecule, "crystal": draw_crystal}.get(kind)
    if draw is None:
        return {}
    found = {}
    for i, form in enumerate(dict.fromkeys(form for form in forms if form)):
        picture = draw(form, f"picture-{i}")
        if picture is not None:
            found[form] = picture
    return found


def draw_molecule(smiles: str, name: str) -> Markup | None:
    """Draw a molecule; None without RDKit or without a molecule."""
    try:
        from rdkit.Chem.Draw import rdMolDraw2D

        from heuresis.tools.molecule.structure import mol_of

        mol = mol_of(smiles)
    except (ImportError, RequestError):
        return None
    canvas = rdMolDraw2D.MolDraw2DSVG(*N_PIXELS)
    options = canvas.drawOptions()
    options.clearBackground = False
    options.bondLineWidth = 1.4
    options.fixedBondLength = 22
    options.updateAtomPalette(PALETTE)
    rdMolDraw2D.PrepareAndDrawMolecule(canvas, mol)
    canvas.FinishDrawing()
    return inline(canvas.GetDrawingText(), name, f"Structure of {smiles[:LABEL_CHARS]}")


def draw_crystal(cif: str, name: str) -> Markup | None:
    """Draw a crystal's cell; None without pymatgen and ASE or without a crystal."""
    structure = _structure(cif)
    if structure is None:
        return None
    try:
        from ase import Atoms
        from ase.visualize.plot import plot_atoms
    except ImportError:
        return None
    import matplotlib
    from matplotlib.figure import Figure

    from heuresis.tools.crystal.structure import standard_cell

    cell = standard_cell(structure, is_primitive=False)
    atoms = Atoms(
        numbers=cell.atomic_numbers,
        scaled_positions=cell.frac_coords,
        cell=cell.lattice.matrix,
        pbc=True,
    )
    with matplotlib.rc_context({"svg.hashsalt": "heuresis"}):
        figure = Figure(figsize=(1.9, 1.5))
        axes = figure.subplots()
        plot_atoms(atoms, axes, radii=0.55, rotation="-78x,-24y,4z")
        for patch in axes.patches:
            patch.set_linewidth(0.5)
        axes.set_axis_off()
        text = io.StringIO()
        figure.savefig(text, format="svg", transparent=True, bbox_inches="tight",
                       metadata={"Date": None})  # fmt: skip
    return inline(text.getvalue(), name, f"Cell of {_crystal_label(cif)}")


@lru_cache(maxsize=2048)
def _crystal_label(cif: str) -> str:
    structure = _structure(cif)
    if structure is None:
        return (cif.strip().splitlines() or ["unreadable"])[0][:LABEL_CHARS]
    from heuresis.tools.crystal.structure import space_group

    group = space_group(structure)
    formula = structure.composition.reduced_formula
    return f"{formula}, {group.symbol} ({group.number}), {len(structure)} atoms"


def _structure(cif: str) -> Any:
    """Read a crystal; None where it cannot be read here."""
    try:
        from heuresis.tools.crystal.structure import read

        return read(cif)
    except (ImportError, RequestError):
        return None
