"""SageMaker's k-nearest neighbours: `python -m fieldstone.algorithms.knn --image-version 1 train | serve`.

Training has three steps: a uniform `sampling` of the rows, `reducing` their dimensions, and building an `index` of
them, by faiss; `voting` makes an answer of the labels of those nearby. None of these knows of channels, requests or the
container; `train` and `model` lead from them to these.
"""
