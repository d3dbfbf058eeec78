"""The program's entry."""

import sys

from fieldstone.algorithms.amazon.program import main
from fieldstone.algorithms.pca.algorithm import PCA

if __name__ == "__main__":
    sys.exit(main(PCA, sys.argv[1:]))
