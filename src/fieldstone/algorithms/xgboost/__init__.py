"""SageMaker's built-in XGBoost: `python -m fieldstone.algorithms.xgboost --image-version 1.7-1 train | serve`.

What the open container of AWS promises is kept, per image version: hyperparameters and their error words, channels,
log lines, metrics, the replies of an endpoint. A user's own script is run by `algorithms.script`.
Later: Pipe mode, cross-validation, GPUs, Parquet and RecordIO, the selectable inference output. What is asked for and
missing is refused in plain words.
"""
