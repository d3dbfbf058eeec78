"""The program's entry."""

import sys

from fieldstone.algorithms.amazon.program import main
from fieldstone.algorithms.factorization_machines.algorithm import FACTORIZATION_MACHINES

if __name__ == "__main__":
    sys.exit(main(FACTORIZATION_MACHINES, sys.argv[1:]))
