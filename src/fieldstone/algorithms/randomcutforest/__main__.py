"""The program's entry."""

import sys

from fieldstone.algorithms.amazon.program import main
from fieldstone.algorithms.randomcutforest.algorithm import RANDOM_CUT_FOREST

if __name__ == "__main__":
    sys.exit(main(RANDOM_CUT_FOREST, sys.argv[1:]))
