"""`tests/` on the path, so that fixtures and test tools have a module to be named by."""

import sys
from pathlib import Path

HERE = str(Path(__file__).resolve().parent.parent)
if HERE not in sys.path:
    sys.path.append(HERE)
