"""The program's entry."""

import sys

from fieldstone.algorithms.amazon.program import main
from fieldstone.algorithms.linear_learner.algorithm import LINEAR_LEARNER

if __name__ == "__main__":
    sys.exit(main(LINEAR_LEARNER, sys.argv[1:]))
