"""``python -m fieldstone``: the command line."""

from fieldstone.cli.main import main

main()
