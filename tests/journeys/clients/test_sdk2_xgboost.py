"""The SageMaker Python SDK's records, trained on by the built-in XGBoost, and answered part by part."""

import pytest

pytestmark = pytest.mark.client("sdk2")

XGBOOST = """
import numpy as np, sagemaker
from sagemaker import image_uris
from sagemaker.amazon.common import RecordDeserializer, RecordSerializer, write_numpy_to_dense_tensor
from sagemaker.deserializers import JSONDeserializer
from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput
from sagemaker.multidatamodel import MultiDataModel
from sagemaker.serializers import CSVSerializer
session = sagemaker.Session()
rows = np.random.default_rng(1).normal(size=(400, 4)).astype("float32")
labels = (rows[:, 0] + rows[:, 1] > 0).astype("float32")
with open("rows.pbr", "wb") as file:
    write_numpy_to_dense_tensor(file, rows, labels)
kind = "application/x-recordio-protobuf"
data = TrainingInput(session.upload_data("rows.pbr", key_prefix="records"), content_type=kind)
image = image_uris.retrieve("xgboost", "us-east-1", "1.7-1")
estimator = Estimator(image, sagemaker.get_execution_role(), 1, "ml.m5.large", sagemaker_session=session)
estimator.set_hyperparameters(objective="binary:logistic", num_round=20, _kfold=3)
estimator.fit({"train": data}, logs="All")

model = estimator.create_model(env={"SAGEMAKER_INFERENCE_OUTPUT": "predicted_label,probabilities"})
predictor = model.deploy(1, "ml.m5.large", serializer=RecordSerializer(), deserializer=RecordDeserializer())
answers = [answer.label for answer in predictor.predict(rows[:100])]
predictor.delete_endpoint()
found = np.array([answer["predicted_label"].float32_tensor.values[0] for answer in answers])
chances = np.array([answer["probabilities"].float32_tensor.values for answer in answers])
print("right", (found == labels[:100]).mean() > 0.9, np.array_equal(found, chances.argmax(axis=1)))

prefix = f"s3://{session.default_bucket()}/boosters/"
many = MultiDataModel("boosters", prefix, model=estimator.create_model(), sagemaker_session=session)
predictor = many.deploy(1, "ml.m5.large", serializer=CSVSerializer(), deserializer=JSONDeserializer())
many.add_model(estimator.model_data, "one.tar.gz")
scores = predictor.predict(rows[:3], target_model="one.tar.gz")
predictor.delete_endpoint()
print("bare", isinstance(scores, list), np.allclose(scores, chances[:3, 1], atol=1e-5))
"""


def test_records_are_trained_on_fold_by_fold_and_answered_by_all_folds_together(client_program):
    """By names in records, and, where the model is one of many, as a bare array."""
    said = client_program(XGBOOST)

    assert "Run 1-round of 3-fold cross validation with 400 rows" in said
    assert "right True True" in said
    assert "bare True True" in said
