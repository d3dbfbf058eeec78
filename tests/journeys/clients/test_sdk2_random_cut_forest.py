"""The SageMaker Python SDK's own RandomCutForest: its records, its manifest, its two hosts, its predictor."""

import pytest

pytestmark = pytest.mark.client("sdk2")

FOREST = """
import numpy as np, sagemaker
from sagemaker import RandomCutForest
draw = np.random.default_rng(1)
rows = draw.normal(size=(500, 4)).astype("float32")
unusual = rows[:5] + 50
forest = RandomCutForest(sagemaker.get_execution_role(), 2, "ml.m5.large", num_samples_per_tree=10, num_trees=50)
forest.fit(forest.record_set(rows), logs="All")
predictor = forest.deploy(1, "ml.m5.large")
asked = np.vstack([rows[:5], unusual])
scores = np.array([record.label["score"].float32_tensor.values[0] for record in predictor.predict(asked)])
predictor.delete_endpoint()
print("higher", bool(scores[5:].min() > 1.5 * scores[:5].max()))
"""


def test_a_forest_is_fitted_to_a_record_set_by_two_hosts_deployed_and_asked(client_program):
    """Its answers are read by protobuf itself; rows that lie elsewhere score higher."""
    said = client_program(FOREST)

    assert "500 samples gathered" in said
    assert said.endswith("higher True\n")
