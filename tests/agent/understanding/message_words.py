"""Words that messages of property tests are made of."""

_TEXT = (
    "aspirin CCO c1ccccc1 InChI=1S/CH4/h1H4 [C][C][O] NaCl LiFePO4 Li-Co-O system rocksalt QED "
    "logP over under between at least most 3 0.7 and or not no the second one it those best top "
    "more less soluble toxic compare draw sort by find relax <SMILES> </SMILES> eV/atom Da % ( ) "
    ", . ; : first last two of iron oxides with without mass ring rings < <= > = 1e9 -5 to x-ray "
    "image this 2,4-dinitrophenol acid methyl ethyl acetate 01HZX3V9K2M4N6P8Q0R2S4T6V8 a.png "
    "candidates 2 #"
)
WORDS = _TEXT.split(" ")
