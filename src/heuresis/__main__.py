"""`python -m heuresis` is the command line."""

from heuresis.cli import main

main()
