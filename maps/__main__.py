"""Let ``python -m maps`` be the command ``klyngekort``."""

from maps.cli import main

main()
