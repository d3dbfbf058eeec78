"""The program's entry."""

import sys

from fieldstone.algorithms.amazon.program import main
from fieldstone.algorithms.image_classification.algorithm import IMAGE_CLASSIFICATION

if __name__ == "__main__":
    sys.exit(main(IMAGE_CLASSIFICATION, sys.argv[1:]))
