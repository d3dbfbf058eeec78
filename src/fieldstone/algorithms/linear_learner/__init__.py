"""SageMaker's built-in Linear Learner: many linear models trained side by side, and the best of them.

The models differ in learning rate, penalties and schedule (`grid`); each is some columns of one matrix of weights
(`packs`), so that a mini-batch costs one matrix product there and one back for all of them. Data are normalised from
their first rows, which the finished weights no longer show (`scaling`). Which model and which threshold win is decided
on a sample (`selection`). `training` puts the steps together. Nothing here reads files or prints.
"""
