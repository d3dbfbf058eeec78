"""The program's entry."""

import os
import sys

# faiss's threads wait for each other by spinning, unless told otherwise; OpenMP reads this when faiss is imported.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from fieldstone.algorithms.amazon.program import main
from fieldstone.algorithms.knn.algorithm import KNN

if __name__ == "__main__":
    sys.exit(main(KNN, sys.argv[1:]))
