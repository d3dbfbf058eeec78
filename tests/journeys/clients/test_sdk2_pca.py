"""The SageMaker Python SDK's own PCA: its records, its manifest, its two hosts, its predictor."""

import pytest

pytestmark = pytest.mark.client("sdk2")

PCA = """
import numpy as np, sagemaker
from sagemaker import PCA
rows = (np.random.default_rng(1).normal(size=(300, 4)) * [4, 3, 2, 1] + 10).astype("float32")
pca = PCA(sagemaker.get_execution_role(), 2, "ml.m5.large", 2)
pca.fit(pca.record_set(rows), logs="All")
predictor = pca.deploy(1, "ml.m5.large")
found = np.array([record.label["projection"].float32_tensor.values for record in predictor.predict(rows[:5])])
predictor.delete_endpoint()
centred = rows - rows.mean(axis=0)
vectors = np.linalg.svd(centred, full_matrices=False)[2][1::-1].T
print("equal", np.allclose(np.abs(found), np.abs(centred[:5] @ vectors), atol=1e-3))
"""


def test_pca_is_fitted_to_a_record_set_by_two_hosts_deployed_and_asked(client_program):
    """Its answers, read by protobuf itself, are the projections that NumPy gives."""
    said = client_program(PCA)

    assert "completed 100 % of epochs" in said
    assert said.endswith("equal True\n")
