"""What a request may ask for, by name: which field of which tool's answer says it."""

import re
from collections.abc import Mapping
from functools import cache

ADMET = "molecule.admet:end_points."

# Each name stands for one or more equally good fields; '[*]' is any place of a list.
PROPERTIES: Mapping[str, tuple[str, ...]] = {
    "mass": ("molecule.describe:average_mass", "molecule.describe:exact_mass"),
    "exact_mass": ("molecule.describe:exact_mass",),
    "logp": ("molecule.describe:log_p",),
    "lipophilicity": ("molecule.describe:log_p", ADMET + "Lipophilicity_AstraZeneca"),
    "logd": (ADMET + "Lipophilicity_AstraZeneca",),
    "tpsa": ("molecule.describe:tpsa",),
    "qed": ("molecule.describe:qed",),
    "ease_of_making": ("molecule.describe:synthetic_accessibility",),
    "sp3": ("molecule.describe:fraction_sp3",),
    "donors": ("molecule.describe:n_h_bond_donors",),
    "acceptors": ("molecule.describe:n_h_bond_acceptors",),
    "rotatable_bonds": ("molecule.describe:n_rotatable_bonds",),
    "lipinski": ("molecule.describe:n_lipinski_violations",),
    "solubility": (ADMET + "Solubility_AqSolDB",),
    "brain": (ADMET + "BBB_Martins",),
    "herg": (ADMET + "hERG",),
    "ames": (ADMET + "AMES",),
    "caco2": (ADMET + "Caco2_Wang",),
    "protein_binding": (ADMET + "PPBR_AZ",),
    "half_life": (ADMET + "Half_Life_Obach",),
    "clearance_microsome": (ADMET + "Clearance_Microsome_AZ",),
    "liver": (ADMET + "DILI",),
    "cyp3a4": (ADMET + "CYP3A4_Veith",),
    "pgp": (ADMET + "Pgp_Broccatelli",),
    "intestine": (ADMET + "HIA_Hou",),
    "ld50": (ADMET + "LD50_Zhu",),
    "conformer_energies": ("molecule.geometry:relative_energies[*]",),
    "smiles": ("molecule.parse:smiles", "molecule.describe:smiles"),
    "inchi": ("molecule.parse:inchi",),
    "inchikey": ("molecule.parse:inchikey",),
    "formula": ("molecule.parse:formula", "molecule.describe:formula"),
    "name": ("molecule.name:name",),
    "density": ("crystal.describe:density",),
    "shortest_distance": ("crystal.describe:shortest_distance",),
    "space_group": (
        "crystal.describe:space_group.symbol",
        "crystal.describe:space_group.number",
        "crystal.parse:space_group.symbol",
        "crystal.parse:space_group.number",
    ),
    "bulk_modulus": ("crystal.bulk_modulus:bulk_modulus",),
    "hull": ("crystal.stability:energy_above_hull",),
    "formation_energy": ("crystal.stability:formation_energy",),
    "relaxed_volume": ("crystal.relax:volume_per_atom",),
    "energy_per_atom": ("crystal.relax:energy_per_atom",),
    "modality": ("image.modality:modality",),
    "ssim": ("image.degrade:ssim",),
    "verdict": ("medical.quality:verdict",),
    "tortuosity": ("medical.segment_vessels:tortuosity",),
    "vessel_density": ("medical.segment_vessels:density",),
    "vessel_fraction": ("medical.segment_vessels:vessel_fraction",),
    "recovery": ("medical.recovery:gain", "medical.recovery:agreement_after"),
}


def tools_for(what: str) -> tuple[str, ...]:
    """Return the tools that can say it."""
    return tuple(dict.fromkeys(field.partition(":")[0] for field in PROPERTIES[what]))


def says(what: str, tool: str, path: str) -> bool:
    """Whether a place of a tool's answer is what was asked for."""
    return any(
        field.partition(":")[0] == tool and _pattern(field).fullmatch(path)
        for field in PROPERTIES[what]
    )


@cache
def _pattern(field: str) -> re.Pattern[str]:
    return re.compile(re.escape(field.partition(":")[2]).replace(r"\[\*\]", r"\[\d+\]"))
