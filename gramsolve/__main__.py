"""``python -m gramsolve``."""

from gramsolve.cli.main import main

main()
