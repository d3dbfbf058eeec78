"""DeepAR by SDK v2's estimator, as AWS's notebook has it: trained, deployed, asked, and asked for a whole file."""

import json

import numpy as np
import pytest

pytestmark = pytest.mark.client("sdk2")

ESTIMATOR = """
import json, sys
import numpy as np
import sagemaker
from sagemaker.deserializers import JSONDeserializer
from sagemaker.serializers import JSONSerializer
from sagemaker.s3 import S3Downloader
session = sagemaker.Session()
estimator = sagemaker.estimator.Estimator(
    sagemaker_session=session,
    image_uri=sagemaker.image_uris.retrieve("forecasting-deepar", session.boto_region_name),
    role=sagemaker.get_execution_role(),
    instance_count=int(sys.argv[1]),
    instance_type="ml.m5.large",
)
estimator.set_hyperparameters(
    time_freq="H", context_length=24, prediction_length=12, epochs=15, num_cells=24, num_layers=1,
    mini_batch_size=32, learning_rate=0.01, test_quantiles=[0.1, 0.5, 0.9], num_eval_samples=50,
)
data = {name: session.upload_data(name, key_prefix=f"deepar-{sys.argv[1]}/{name}") for name in ("train", "test")}
estimator.fit(data)
job = session.describe_training_job(estimator.latest_training_job.name)
told = {"metrics": {metric["MetricName"]: metric["Value"] for metric in job["FinalMetricDataList"]}}
"""

ASK = """
predictor = estimator.deploy(1, "ml.m5.large", serializer=JSONSerializer(), deserializer=JSONDeserializer())
instances = [json.loads(line) for line in open("train/series.json")]
told["answer"] = predictor.predict({
    "instances": instances,
    "configuration": {"num_samples": 100, "output_types": ["quantiles", "samples"], "quantiles": ["0.1", "0.5", "0.9"]},
})
try:
    predictor.predict({"instances": [instances[0] | {"cat": [0]}]})
except Exception as error:
    told["refusal"] = str(error)
predictor.delete_endpoint()
transformer = estimator.transformer(
    1, "ml.m5.large", strategy="SingleRecord", assemble_with="Line",
    env={"DEEPAR_INFERENCE_CONFIG": json.dumps({"num_samples": 40, "output_types": ["mean"]})},
)
transformer.transform(data["train"], content_type="application/jsonlines", split_type="Line")
transformer.wait()
S3Downloader.download(transformer.output_path, "forecasts", sagemaker_session=session)
"""

TELL = """
print()
print(json.dumps(told))
"""


@pytest.fixture
def series(tmp_path):
    """Waves of a day in two files, one for each channel; what the last twelve hours are."""
    draw = np.random.default_rng(0)
    wave = 1 + 0.4 * np.sin(np.arange(300) * 2 * np.pi / 24)
    targets = draw.uniform(5, 50, 20)[:, None] * (wave + draw.normal(0, 0.03, (20, 300)))
    for name, until in (("train", -12), ("test", None)):
        lines = [{"start": "2024-01-01 00:00:00", "target": target[:until].tolist()} for target in targets]
        (tmp_path / name).mkdir()
        (tmp_path / name / "series.json").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return targets


def relative_error(forecasts, targets):
    came = targets[:, -12:]
    return np.abs(np.array(forecasts) - came).sum() / np.abs(came).sum()


def test_deepar_is_trained_deployed_and_asked_for_one_series_and_for_a_file(client_program, series, tmp_path):
    """Its forecasts come true; every part of a reply has its shape, and a transform's are one line each."""
    told = json.loads(client_program(ESTIMATOR + ASK + TELL, 1).splitlines()[-1])
    predictions = told["answer"]["predictions"]
    (file,) = (tmp_path / "forecasts").rglob("series.json.out")
    lines = [json.loads(line) for line in file.read_text().splitlines()]

    assert told["metrics"].keys() >= {"train:final_loss", "train:loss", "test:RMSE", "test:mean_wQuantileLoss"}
    assert told["metrics"]["test:mean_wQuantileLoss"] < 0.06
    assert [sorted(one) for one in predictions] == [["quantiles", "samples"]] * 20
    assert {np.array(one["samples"]).shape for one in predictions} == {(100, 12)}
    assert relative_error([one["quantiles"]["0.5"] for one in predictions], series) < 0.08
    between = [
        (np.array(one["quantiles"]["0.1"]) <= target[-12:]) & (target[-12:] <= np.array(one["quantiles"]["0.9"]))
        for one, target in zip(predictions, series, strict=True)
    ]
    assert np.mean(between) > 0.5
    assert "instance 1: it has cat, and the model was trained without cat" in told["refusal"]
    assert [list(line) for line in lines] == [["mean"]] * 20
    assert relative_error([line["mean"] for line in lines], series) < 0.08


def test_two_hosts_train_one_model(client_program, series):
    """Each with all series, and its own windows of them."""
    told = json.loads(client_program(ESTIMATOR + TELL, 2).splitlines()[-1])
    assert told["metrics"]["test:mean_wQuantileLoss"] < 0.06
