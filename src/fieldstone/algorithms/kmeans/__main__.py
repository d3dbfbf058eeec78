"""The program's entry."""

import sys

from fieldstone.algorithms.amazon.program import main
from fieldstone.algorithms.kmeans.algorithm import KMEANS

if __name__ == "__main__":
    sys.exit(main(KMEANS, sys.argv[1:]))
