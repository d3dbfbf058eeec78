"""How long a benchmark takes: how many tries, and how many seconds of load in each."""

import argparse
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """How thoroughly to measure.

    Attributes:
        tries: How often everything is measured; the cases of one try follow each other at once.
        seconds: How long a server is under load in each case of a try.
    """

    tries: int = 5
    seconds: int = 4


QUICK = Pace(tries=3, seconds=1)


def add_option(parser: argparse.ArgumentParser) -> None:
    """Let a command be run with ``--quick``."""
    parser.add_argument("--quick", action="store_true", help="Fewer and shorter tries: a look, not a result.")


def read_pace(description: str | None) -> Pace:
    """The pace that the command line of a single benchmark asks for."""
    parser = argparse.ArgumentParser(description=description)
    add_option(parser)
    return QUICK if parser.parse_args().quick else Pace()
