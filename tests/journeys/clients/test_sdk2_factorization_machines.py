"""The SageMaker Python SDK's own FactorizationMachines: its records, its two hosts, its predictor, its transformer."""

import pytest

pytestmark = pytest.mark.client("sdk2")

MACHINES = """
import json, boto3, numpy as np, sagemaker
from sagemaker import FactorizationMachines
draws = np.random.default_rng(1)
tastes = draws.normal(size=(50, 2))
users, items = draws.integers(0, 30, 3000), draws.integers(30, 50, 3000)
labels = ((tastes[users] * tastes[items]).sum(axis=1) > 0).astype("float32")
rows = np.zeros((3000, 50), "float32")
rows[np.arange(3000), users] = rows[np.arange(3000), items] = 1
machines = FactorizationMachines(
    sagemaker.get_execution_role(), 2, "ml.m5.large", num_factors=4, predictor_type="binary_classifier", epochs=20,
    bias_lr=0.05, linear_lr=0.02, factors_lr=0.03, factors_init_sigma=0.1, clip_gradient=5.0,
)
sets = [
    machines.record_set(rows[:2500], labels[:2500]), machines.record_set(rows[2500:], labels[2500:], channel="test")
]
machines.fit(sets, mini_batch_size=50, logs="All")
predictor = machines.deploy(1, "ml.m5.large")
found = predictor.predict(rows[2500:])
predictor.delete_endpoint()
said = np.array([record.label["predicted_label"].float32_tensor.values[0] for record in found])
scores = np.array([record.label["score"].float32_tensor.values[0] for record in found])
bucket = sagemaker.Session().default_bucket()
pairs = np.column_stack([users, items])[2500:].tolist()
sparse = [{"data": {"features": {"keys": pair, "shape": [50], "values": [1, 1]}}} for pair in pairs]
lines = "".join(json.dumps(instance) + "\\n" for instance in sparse)
boto3.client("s3").put_object(Bucket=bucket, Key="asked/rows.jsonl", Body=lines)
transformer = machines.transformer(
    1, "ml.m5.large", accept="application/jsonlines", assemble_with="Line", output_path=f"s3://{bucket}/answered"
)
transformer.transform(f"s3://{bucket}/asked", content_type="application/jsonlines", split_type="Line", wait=True)
answers = boto3.client("s3").get_object(Bucket=bucket, Key="answered/rows.jsonl.out")["Body"].read().splitlines()
told = [json.loads(answer) for answer in answers]
print("right", np.mean(said == labels[2500:]) > 0.95, np.allclose([row["score"] for row in told], scores, atol=1e-6))
"""


def test_factorization_machines_are_fitted_to_record_sets_by_two_hosts_deployed_asked_and_transform(client_program):
    """Their answers are right of nearly all pairs that they have not learnt from; sparse ones are answered alike."""
    said = client_program(MACHINES)

    assert "test binary_classification_accuracy <score>=" in said
    assert said.endswith("right True True\n")
