"""Reading SMILES: one spelling per molecule, and a clear refusal of everything else."""

import subprocess
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from heuresis.errors import HeuresisError, OutOfDomainError, RequestError
from heuresis.tools.molecule.structure import canonical_smiles, mol_of, read, require_organic

from .molecules import ASPIRIN, BAD, CHOLINE, KNOWN, SALT, SMILES_LETTERS, spellings


@given(spellings())
def test_every_spelling_of_a_molecule_reads_as_the_same_one(pair: tuple[str, str]) -> None:
    smiles, other = pair
    assert read(other) == read(smiles)


@pytest.mark.parametrize("smiles", KNOWN)
def test_a_canonical_form_is_its_own_canonical_form(smiles: str) -> None:
    once = canonical_smiles(smiles)
    assert canonical_smiles(once) == once


@pytest.mark.parametrize("text", ["", *BAD])
def test_text_that_is_no_molecule_is_refused_with_what_is_allowed(text: str) -> None:
    with pytest.raises(RequestError, match=r"got .* allowed: SMILES of whole molecules"):
        read(text)


@given(st.text(alphabet=SMILES_LETTERS, max_size=40) | st.text(max_size=40))
@example("C1CC[C@@H]1[")
@example("[C-99999999999]")
@example("C%(99999999)C")
def test_arbitrary_text_is_read_stably_or_refused_on_purpose(text: str) -> None:
    try:
        seen = read(text)
    except HeuresisError:
        return
    assert read(seen.smiles) == seen


def test_atom_map_numbers_are_not_part_of_a_molecule() -> None:
    assert canonical_smiles("[CH3:1][OH:2]") == "CO"


def test_stereo_and_isotopes_make_different_molecules() -> None:
    texts = ["C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O", "CC(N)C(=O)O", "[13CH3]C(N)C(=O)O"]
    assert len({canonical_smiles(text) for text in texts}) == 4


@pytest.mark.parametrize(
    ("smiles", "said"),
    [
        (SALT, "2 components"),
        ("[Fe]", r"elements \['Fe'\]"),
        ("O", "no carbon"),
        ("C" * 200, "200 heavy atoms, allowed: 1 to 100"),
        ("[CH3]", "unpaired"),
        ("[13CH4]", "isotope"),
        ("C(C[N+](C)(C)C)(C[N+](C)(C)C)C[N+](C)(C)C", r"charge \+3 e"),
    ],
)
def test_a_molecule_outside_the_organic_domain_is_refused_with_its_fault(
    smiles: str, said: str
) -> None:
    with pytest.raises(OutOfDomainError, match=said):
        require_organic(smiles, n_heavy_atoms=(1, 100))


@pytest.mark.parametrize("smiles", [ASPIRIN, CHOLINE])
def test_ordinary_molecules_are_in_the_organic_domain(smiles: str) -> None:
    require_organic(smiles, n_heavy_atoms=(1, 100))


def test_the_caller_owns_the_molecule_it_gets() -> None:
    mol_of(ASPIRIN).GetAtomWithIdx(0).SetIsotope(13)
    assert not any(atom.GetIsotope() for atom in mol_of(ASPIRIN).GetAtoms())


def test_refusals_leave_standard_error_empty(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RequestError, match="impossible molecule"):
        read("CF(F)(F)(F)C")
    assert capfd.readouterr().err == ""


def test_reading_hides_no_rdkit_message_from_others() -> None:
    code = (
        "from rdkit import Chem\n"
        "from heuresis.tools.molecule.structure import read\n"
        "read('CCCO')\n"
        "Chem.MolFromSmiles('C1CC')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "unclosed ring" in done.stderr


@pytest.mark.parametrize("tool", ["parse", "name", "describe", "admet", "buyable", "geometry"])
def test_importing_a_tool_loads_no_science(tool: str) -> None:
    heavy = "{'rdkit', 'torch', 'chemprop', 'openclatura', 'molbloom', 'selfies', 'ase', 'numpy'}"
    code = f"import sys, heuresis.tools.molecule.{tool}; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
