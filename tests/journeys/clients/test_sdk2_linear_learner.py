"""The SageMaker Python SDK's own LinearLearner: its records, its manifests, its two hosts, its predictor."""

import pytest

pytestmark = pytest.mark.client("sdk2")

LEARNER = """
import numpy as np, sagemaker
from sagemaker import LinearLearner
draws = np.random.default_rng(1)
rows = draws.normal(size=(600, 4)).astype("float32")
labels = (rows @ [2, -1, 1, 0] > 0).astype("float32")
learner = LinearLearner(
    sagemaker.get_execution_role(), 2, "ml.m5.large", predictor_type="binary_classifier", epochs=5, num_models=4,
    binary_classifier_model_selection_criteria="f_beta", f_beta=1.0,
)
train = learner.record_set(rows[:500], labels[:500])
sets = [train, learner.record_set(rows[500:], labels[500:], channel="validation")]
learner.fit(sets, mini_batch_size=50, logs="All")
predictor = learner.deploy(1, "ml.m5.large")
found = predictor.predict(rows[500:])
predictor.delete_endpoint()
said = np.array([record.label["predicted_label"].float32_tensor.values[0] for record in found])
scores = np.array([record.label["score"].float32_tensor.values[0] for record in found])
print("right", np.mean(said == labels[500:]) > 0.95, scores.min() >= 0 and scores.max() <= 1)
"""


def test_linear_learner_is_fitted_to_record_sets_by_two_hosts_deployed_and_asked(client_program):
    """Its answers, read by protobuf itself, are right of nearly all rows that it has not learnt from."""
    said = client_program(LEARNER)

    assert said.count(", validation binary_f_1.000 <score>=") == 1
    assert said.endswith("right True True\n")
