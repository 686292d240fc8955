"""`python -m cilis` is the command `cilis`."""

from cilis.cli import main

main()
