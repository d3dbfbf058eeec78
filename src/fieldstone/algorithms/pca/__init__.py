"""SageMaker's PCA: `python -m fieldstone.algorithms.pca --image-version 1 train | serve`."""
