"""SageMaker's built-in XGBoost: `python -m fieldstone.algorithms.xgboost --image-version 1.7-1 train | serve`.

What the open container of AWS promises is kept, per image version: hyperparameters and their error words, channels,
log lines, metrics, the replies of an endpoint. A user's own script is run by `algorithms.script`.

A training goes from `channels` (which files) by `reading` (`delimited`, `sparse`, `parquet`, `recordio`: rows, a piece
at a time; `labels`: are they what they must be) and `matrices` to `boosting`, or to `folds` where a model for each fold
is asked for. An answer goes from `payloads` by `boosters` to `encoding`, or to `selectable`.
Left out are GPUs, and pipes, which the container's present versions refuse too.
"""
