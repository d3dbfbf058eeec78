"""The SageMaker Python SDK's own KMeans: its records, its manifest, its two hosts, its predictor."""

import pytest

pytestmark = pytest.mark.client("sdk2")

KMEANS = """
import numpy as np, sagemaker
from sagemaker import KMeans
draws = np.random.default_rng(1)
places = np.array([[0, 0, 30, 0], [20, 0, 0, 0], [0, 40, 0, 9]])
rows = (places[draws.integers(0, 3, 300)] + draws.normal(size=(300, 4))).astype("float32")
asked = {"init_method": "kmeans++", "num_trials": 5, "eval_metrics": ["msd", "ssd"]}
kmeans = KMeans(sagemaker.get_execution_role(), 2, "ml.m5.large", 3, **asked)
kmeans.fit(kmeans.record_set(rows), logs="All")
predictor = kmeans.deploy(1, "ml.m5.large")
found = [record.label for record in predictor.predict(rows)]
predictor.delete_endpoint()
labels = np.array([label["closest_cluster"].float32_tensor.values[0] for label in found])
distances = [label["distance_to_cluster"].float32_tensor.values[0] for label in found]
means = np.array([rows[labels == label].mean(axis=0) for label in range(3)])
print("equal", np.allclose(distances, np.linalg.norm(rows - means[labels.astype(int)], axis=1), atol=1e-3))
"""


def test_kmeans_is_fitted_to_a_record_set_by_two_hosts_deployed_and_asked(client_program):
    """Its answers, read by protobuf itself, are each row's distance from the mean of its cluster."""
    said = client_program(KMEANS)

    assert "shrinking 60 centers into 3" in said
    assert said.endswith("equal True\n")
