"""The SageMaker Python SDK, version 2, over the shapes of endpoints: many models, asynchronous, serverless, updated."""

import pytest

pytestmark = pytest.mark.client("sdk2")

FIT = """
import json, random, sagemaker
from sagemaker import image_uris
from sagemaker.async_inference import AsyncInferenceConfig, WaiterConfig
from sagemaker.estimator import Estimator
from sagemaker.exceptions import AsyncInferenceModelError
from sagemaker.inputs import TrainingInput
from sagemaker.multidatamodel import MultiDataModel
from sagemaker.serializers import CSVSerializer
from sagemaker.serverless import ServerlessInferenceConfig
session, role = sagemaker.Session(), sagemaker.get_execution_role()
image, bucket = image_uris.retrieve("xgboost", "us-east-1", "1.7-1"), session.default_bucket()
questions = "0.9,0.8\\n0.2,0.1\\n0.9,0.2\\n0.1,0.8"

def fit(name, rule):
    rng = random.Random(1)
    rows = [(rng.random(), rng.random()) for _ in range(600)]
    open(f"{name}.csv", "w").write("".join(f"{int(rule(a, b))},{a},{b}\\n" for a, b in rows))
    estimator = Estimator(image, role, 1, "ml.m5.large", sagemaker_session=session, base_job_name=name)
    estimator.set_hyperparameters(objective="binary:logistic", num_round=20)
    uploaded = session.upload_data(f"{name}.csv", key_prefix=name)
    estimator.fit({"train": TrainingInput(uploaded, content_type="text/csv")}, logs=False)
    return estimator

def tell(*words):
    print("\\n>", *words)

def classes(answer):
    return [round(float(score)) for score in answer.decode().split()]

def ready(predictor):
    session.wait_for_endpoint(predictor.endpoint_name, poll=1)
    return predictor
"""

MANY = """
summed, compared = fit("summed", lambda a, b: a + b > 1), fit("compared", lambda a, b: a > b)
many = MultiDataModel("many", f"s3://{bucket}/many/", image_uri=image, role=role, sagemaker_session=session)
many.deploy(1, "ml.m5.large", endpoint_name="many", wait=False)
predictor = ready(sagemaker.Predictor("many", session, serializer=CSVSerializer()))
many.add_model(summed.model_data, "summed.tar.gz")
many.add_model(compared.model_data, "deep/compared.tar.gz")
tell(sorted(many.list_models()))
for name in ("summed.tar.gz", "deep/compared.tar.gz"):  # of many models XGBoost's answers are bare arrays
    tell([round(score) for score in json.loads(predictor.predict(questions, target_model=name))])
predictor.delete_endpoint()
"""

LATER = """
output = AsyncInferenceConfig(f"s3://{bucket}/answers", failure_path=f"s3://{bucket}/failures")
asked = dict(async_inference_config=output, serializer=CSVSerializer(), wait=False)
predictor = ready(fit("later", lambda a, b: a + b > 1).deploy(1, "ml.m5.large", **asked))
patience = WaiterConfig(max_attempts=20, delay=1)
answer = predictor.predict_async(questions)
tell(classes(answer.get_result(patience)), answer.output_path.startswith(f"s3://{bucket}/answers/"))
tell(classes(predictor.predict(questions, waiter_config=patience)))
try:
    predictor.predict("1,2,3,4,5,6", waiter_config=patience)
except AsyncInferenceModelError as error:
    tell(error)
predictor.delete_endpoint()
"""

SERVERLESS = """
config = ServerlessInferenceConfig(memory_size_in_mb=2048, max_concurrency=3)
asked = dict(serverless_inference_config=config, serializer=CSVSerializer(), wait=False)
predictor = ready(fit("serverless", lambda a, b: a + b > 1).deploy(**asked))
tell(classes(predictor.predict(questions)))
described = session.sagemaker_client.describe_endpoint(EndpointName=predictor.endpoint_name)
tell(described["ProductionVariants"][0]["CurrentServerlessConfig"])
predictor.delete_endpoint()
"""

UPDATED = """
summed, compared = fit("summed", lambda a, b: a + b > 1), fit("compared", lambda a, b: a > b)
predictor = ready(summed.deploy(1, "ml.m5.large", serializer=CSVSerializer(), wait=False))
tell(classes(predictor.predict(questions)))
model = compared.create_model(name="compared")
model.create("ml.m5.large")
predictor.update_endpoint(initial_instance_count=2, instance_type="ml.m5.large", model_name="compared", wait=False)
tell(classes(ready(predictor).predict(questions)))
described = session.sagemaker_client.describe_endpoint(EndpointName=predictor.endpoint_name)
tell(described["ProductionVariants"][0]["CurrentInstanceCount"])
predictor.delete_model()
predictor.delete_endpoint(delete_endpoint_config=True)
"""

SUMMED, COMPARED = "[1, 0, 1, 0]", "[1, 1, 1, 0]"


def told(said: str) -> list[str]:
    """What a program tells, without what the SDK prints between."""
    return [line.removeprefix("> ") for line in said.splitlines() if line.startswith("> ")]


def test_one_endpoint_serves_many_models(client_program):
    """MultiDataModel: models are added while it serves, listed, and each answers by its own rule."""
    names, summed, compared = told(client_program(FIT + MANY))

    assert names == "['deep/compared.tar.gz', 'summed.tar.gz']"
    assert (summed, compared) == (SUMMED, COMPARED)


def test_answers_that_come_later_are_waited_for(client_program):
    """AsyncPredictor: predict_async and predict; what the model refuses is its error."""
    first, second, error = told(client_program(FIT + LATER))

    assert (first, second) == (f"{SUMMED} True", SUMMED)
    assert error.startswith("Model returned error: ")


def test_an_endpoint_needs_no_instances(client_program):
    """ServerlessInferenceConfig."""
    answer, config = told(client_program(FIT + SERVERLESS))

    assert answer == SUMMED
    assert config == "{'MemorySizeInMB': 2048, 'MaxConcurrency': 3}"


def test_an_endpoint_is_updated_to_another_model_and_deleted(client_program):
    """Predictor.update_endpoint, delete_model, delete_endpoint with its configuration."""
    before, after, count = told(client_program(FIT + UPDATED))

    assert (before, after, count) == (SUMMED, COMPARED, "2")
