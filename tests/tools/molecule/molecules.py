"""Real molecules that the tests of the molecule tools share, and other spellings of them."""

from hypothesis import strategies as st

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"
CAFFEINE = "CN1C=NC2=C1C(=O)N(C(=O)N2C)C"
IBUPROFEN = "CC(C)Cc1ccc(cc1)C(C)C(=O)O"
LIDOCAINE = "CCN(CC)CC(=O)Nc1c(C)cccc1C"
L_ALANINE = "C[C@H](N)C(=O)O"
PACLITAXEL = (
    "CC1=C2[C@@]([C@]([C@H]([C@@H]3[C@]4([C@H](OC4)C[C@@H]([C@]3(C(=O)[C@@H]2OC(=O)C)C)O)OC(=O)C)"
    "OC(=O)c5ccccc5)(C[C@@H]1OC(=O)[C@H](O)[C@@H](NC(=O)c6ccccc6)c7ccccc7)O)(C)C"
)
SALT = "CC(C)Cc1ccc(cc1)C(C)C(=O)[O-].[Na+]"
CHOLINE = "C[N+](C)(C)CCO"
FUMARIC_ACID = "OC(=O)/C=C/C(=O)O"

KNOWN = (
    ASPIRIN, CAFFEINE, IBUPROFEN, LIDOCAINE, L_ALANINE, PACLITAXEL, SALT, CHOLINE, FUMARIC_ACID,
    "[NH3+]CC(=O)[O-]", "C1CC2CCC1C2", "[2H]OC", "F/C=C\\F", "c1ccc2[nH]ccc2c1", "CS(C)=O",
)  # fmt: skip

BAD = (
    "C1CC", "F(F)F", "c1cccc1", "C>>O", "*", "[C,N]", "C~C", "C C", "C\nC", "CC\x00", "[U+99999]",
    "[#300]", "[99999C]", "日本", "hello", "((((", "C" * 501, "C" * 5_000, "C" * 5_001, "[CH99]",
)  # fmt: skip

SMILES_LETTERS = "CNOSPFIBrlcnos[]()=#-+@/\\%0123456789.HUa*>~: "


@st.composite
def spellings(draw: st.DrawFn, molecules: tuple[str, ...] = KNOWN) -> tuple[str, str]:
    """Draw a molecule and another spelling of it, with its atoms in another order."""
    from rdkit import Chem

    smiles = draw(st.sampled_from(molecules))
    seed = draw(st.integers(min_value=0, max_value=10_000))
    [other] = Chem.MolToRandomSmilesVect(Chem.MolFromSmiles(smiles), 1, randomSeed=seed)
    return smiles, other
