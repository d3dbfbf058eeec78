"""Amazon SageMaker Runtime: what of it writes a row. Predictions at once never do (``gateway.invocations``)."""
