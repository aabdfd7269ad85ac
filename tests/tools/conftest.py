"""Pictures and servers that tests of tools look at lie one folder above."""

import sys
from pathlib import Path

HERE = str(Path(__file__).resolve().parent.parent)
if HERE not in sys.path:
    sys.path.append(HERE)
