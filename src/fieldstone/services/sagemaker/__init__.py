"""Amazon SageMaker's control plane: resources as documents; controllers do the work behind them."""
