"""The SageMaker Python SDK's own KNN: its records, its manifests, its two hosts, its predictor, its transformer."""

import pytest

pytestmark = pytest.mark.client("sdk2")

KNN = """
import json, boto3, numpy as np, sagemaker
from sagemaker import KNN
draws = np.random.default_rng(1)
places = np.array([[0, 0, 30, 0], [20, 0, 0, 0], [0, 40, 0, 9]])
labels = draws.integers(0, 3, 400).astype("float32")
rows = (places[labels.astype(int)] + draws.normal(size=(400, 4))).astype("float32")
knn = KNN(
    sagemaker.get_execution_role(), 2, "ml.m5.large", k=5, sample_size=300, predictor_type="classifier",
    index_metric="L2", index_type="faiss.Flat", dimension_reduction_type="sign", dimension_reduction_target=3,
)
sets = [knn.record_set(rows[:300], labels[:300]), knn.record_set(rows[300:], labels[300:], channel="test")]
knn.fit(sets, logs="All")
predictor = knn.deploy(1, "ml.m5.large")
found = predictor.predict(rows[300:])
predictor.delete_endpoint()
said = np.array([record.label["predicted_label"].float32_tensor.values[0] for record in found])
bucket = sagemaker.Session().default_bucket()
lines = "".join(json.dumps({"features": row}) + "\\n" for row in rows[300:].tolist())
boto3.client("s3").put_object(Bucket=bucket, Key="asked/rows.jsonl", Body=lines)
transformer = knn.transformer(
    1, "ml.m5.large", accept="application/jsonlines; verbose=true", assemble_with="Line",
    output_path=f"s3://{bucket}/answered",
)
transformer.transform(f"s3://{bucket}/asked", content_type="application/jsonlines", split_type="Line", wait=True)
answers = boto3.client("s3").get_object(Bucket=bucket, Key="answered/rows.jsonl.out")["Body"].read().splitlines()
told = [json.loads(answer) for answer in answers]
print("right", np.mean(said == labels[300:]) > 0.99, [row["predicted_label"] for row in told] == said.tolist())
print("near", all(len(row["distances"]) == 5 and row["distances"] == sorted(row["distances"]) for row in told))
"""


def test_knn_is_fitted_to_record_sets_by_two_hosts_deployed_asked_and_transforms(client_program):
    """Its answers, read by protobuf itself and as lines of a transform, are right of nearly all unseen rows."""
    said = client_program(KNN)

    assert "test accuracy <score>=" in said
    assert said.endswith("right True True\nnear True\n")
