"""The program's entry."""

import sys

from fieldstone.algorithms.amazon.program import main
from fieldstone.algorithms.deepar.algorithm import DEEPAR

if __name__ == "__main__":
    sys.exit(main(DEEPAR, sys.argv[1:]))
