"""The program's entry."""

import os
import sys

# PyTorch's threads sleep while they wait for each other, since those that decode images need the cores; OpenMP reads
# this when PyTorch is imported.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from fieldstone.algorithms.amazon.program import main
from fieldstone.algorithms.image_classification.algorithm import IMAGE_CLASSIFICATION

if __name__ == "__main__":
    sys.exit(main(IMAGE_CLASSIFICATION, sys.argv[1:]))
