"""Serving as a process, over its Unix socket."""

import json

import numpy as np
import pytest
import xgboost

from fieldstone.algorithms.xgboost.callbacks import save


def make_booster(seed=0, **parameters):
    draw = np.random.default_rng(seed)
    features = draw.normal(size=(200, 5)).astype(np.float32)
    labels = (features[:, 0] > 0).astype(int) + (features[:, 1] > 0 if "num_class" in parameters else 0)
    data = xgboost.DMatrix(features, label=labels)
    return xgboost.train({"objective": "binary:logistic", "nthread": 1, **parameters}, data, 5)


@pytest.fixture
def model_folder(tmp_path):
    """Put models into a contract folder."""

    def model_folder(*boosters):
        (tmp_path / "model").mkdir()
        for number, booster in enumerate(boosters):
            save(booster, tmp_path / "model" / f"xgboost-model-{number}")
        return tmp_path

    return model_folder


@pytest.fixture
def booster():
    return make_booster()


@pytest.fixture
def endpoint(serve, model_folder, booster):
    return serve(model_folder(booster))


def expect(booster, rows):
    return booster.predict(xgboost.DMatrix(rows[:, 1:].astype(np.float32)))


def test_the_endpoint_is_healthy_and_says_what_it_can_take(endpoint):
    """/ping and /execution-parameters."""
    assert endpoint.get("/ping")[0] == 200
    assert json.loads(endpoint.get("/execution-parameters")[2])["BatchStrategy"] == "MULTI_RECORD"


def test_single_rows_pipelined_are_answered_as_xgboost_would(endpoint, booster, rows, csv_lines):
    """Sixty requests in one write: each its own reply, every number the same as from a bare call."""
    replies = endpoint.invoke_all(csv_lines)

    assert {(status, kind) for status, kind, _ in replies} == {(200, "text/csv; charset=utf-8")}
    np.testing.assert_array_equal([np.float32(text) for _, _, text in replies], expect(booster, rows))


def test_a_request_with_many_rows_gets_one_line_for_each(endpoint, booster, rows, csv_lines):
    """The last line ends too, so that batches can be put together."""
    status, _, text = endpoint.invoke("\n".join(csv_lines))

    assert status == 200
    assert text.endswith("\n")
    np.testing.assert_array_equal(np.array(text.split(), np.float32), expect(booster, rows))


def test_good_and_bad_requests_in_one_tick_do_not_disturb_each_other(endpoint, booster, rows, csv_lines):
    """Each gets the answer that it would have got alone."""
    replies = endpoint.invoke_all([csv_lines[0], "1,2", csv_lines[1], "a,b,c,d,e", "", csv_lines[2]])

    assert [status for status, _, _ in replies] == [200, 400, 200, 415, 204, 200]
    np.testing.assert_array_equal([np.float32(replies[index][2]) for index in (0, 2, 5)], expect(booster, rows)[:3])


def test_an_empty_field_is_missing_and_other_delimiters_are_seen(endpoint, booster):
    """As in training."""
    (_, _, comma), (_, _, tab) = endpoint.invoke("1,,3,4,"), endpoint.invoke("1\t\t3\t4\t")
    row = np.array([[0, 1, np.nan, 3, 4, np.nan]])

    assert comma == tab
    assert np.float32(comma) == expect(booster, row)[0]


def test_libsvm_is_predicted_with_or_without_labels(endpoint, booster):
    """Indices count from 0; if they count from 1 and would not fit, they are shifted."""
    row = np.array([[0, 1, np.nan, 3, np.nan, 5]])
    answers = [endpoint.invoke(body, "text/libsvm")[2] for body in ("1 0:1 2:3 4:5", "0:1 2:3 4:5", "1:1 3:3 5:5")]

    assert [np.float32(answer) for answer in answers] == [expect(booster, row)[0]] * 3


def test_json_holds_a_score_for_each_row(endpoint, booster, rows, csv_lines):
    """In the container's shape."""
    _, kind, text = endpoint.invoke("\n".join(csv_lines[:2]), accept="application/json")

    assert kind == "application/json"
    np.testing.assert_array_equal(
        np.float32([prediction["score"] for prediction in json.loads(text)["predictions"]]), expect(booster, rows)[:2]
    )


@pytest.mark.parametrize(
    ("body", "content_type", "accept", "status", "reason"),
    [
        (
            "1,2",
            "text/csv",
            None,
            400,
            "Unable to evaluate payload provided: Feature size of csv inference data 2 is not",
        ),
        (
            "1,2,3,4,5\n1,2",
            "text/csv",
            None,
            400,
            "Unable to evaluate payload provided: Feature size of csv inference data 2",
        ),
        (
            "0:1 9:1",
            "text/libsvm",
            None,
            400,
            "Unable to evaluate payload provided: Feature size of libsvm inference data 10",
        ),
        (
            "1,2,3,4,no",
            "text/csv",
            None,
            415,
            "Loading csv data failed with Exception, please ensure data is in csv format",
        ),
        ("1 x", "text/x-libsvm", None, 415, "Loading libsvm data failed with Exception"),
        ("{}", "application/json", None, 415, "application/json is not an accepted ContentType: csv, libsvm,"),
        (
            "x",
            "application/x-recordio-protobuf",
            None,
            415,
            "Loading recordio-protobuf data failed with Exception, plea",
        ),
        ("x", "application/x-parquet", None, 415, "Content-type application/x-parquet is not supported."),
        (
            "1,2,3,4,5",
            "text/csv",
            "image/png",
            406,
            "Accept type image/png is not supported. Please use supported accept",
        ),
        (
            "1,2,3,4,5",
            "text/csv",
            "application/jsonlines",
            406,
            "Accept type application/jsonlines is for selectable output: name what to reply in SAGEMAKER_INF",
        ),
    ],
)
def test_what_cannot_be_answered_is_refused_with_the_containers_status(
    endpoint, body, content_type, accept, status, reason
):
    """415 for the body, 400 for its shape, 406 for the reply."""
    reply = endpoint.invoke(body, content_type, accept)

    assert reply[0] == status
    assert reply[2].startswith(reason)


def test_a_content_type_may_be_missing_or_say_how_many_labels_there_are(endpoint):
    """No label, says the documentation of AWS; one, says its container."""
    for content_type in (None, "text/csv;label_size=0", "text/csv; label_size=1"):
        assert endpoint.invoke("1,2,3,4,5", content_type)[0] == 200


def test_images_before_april_2022_join_the_predictions_with_commas(serve, model_folder, booster, csv_lines):
    """Old notebooks split the reply at commas."""
    _, _, text = serve(model_folder(booster), "1.0-1").invoke("\n".join(csv_lines[:3]))

    assert (text.count(","), text.count("\n")) == (2, 0)


def test_batch_transform_gets_lines_from_every_image(serve, model_folder, booster, csv_lines):
    """Whatever it accepts."""
    endpoint = serve(model_folder(booster), "1.0-1", SAGEMAKER_BATCH="True")
    _, _, text = endpoint.invoke("\n".join(csv_lines[:3]), accept="application/json")

    assert (text.count(","), text.count("\n")) == (0, 3)


def test_the_environment_may_choose_the_default_reply(serve, model_folder, booster):
    """SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT counts when the request does not care."""
    endpoint = serve(model_folder(booster), SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT="application/json")

    assert endpoint.invoke("1,2,3,4,5", accept="*/*")[1] == "application/json"


@pytest.mark.parametrize(
    ("tag", "environment", "shape"),
    [
        ("3.0-5", {}, "{0},{1},{2}\n"),
        ("1.0-1", {}, "[{0}, {1}, {2}]"),
        ("3.0-5", {"SAGEMAKER_BATCH": "True"}, "[{0}, {1}, {2}]\n"),
    ],
)
def test_the_probabilities_of_several_classes_keep_the_containers_shapes(serve, model_folder, tag, environment, shape):
    """Commas now; Python's lists on old images, and in batch transform to this day."""
    booster = make_booster(objective="multi:softprob", num_class=3)
    _, _, text = serve(model_folder(booster), tag, **environment).invoke("1,2,3,4,5")
    probabilities = expect(booster, np.array([[0, 1, 2, 3, 4, 5]]))[0].tolist()

    assert text == shape.format(*probabilities)


def test_several_model_files_answer_together(serve, model_folder, rows, csv_lines):
    """Their mean; the first alone where the environment says so."""
    boosters = [make_booster(0), make_booster(1)]
    folder = model_folder(*boosters)
    both = np.mean([expect(booster, rows) for booster in boosters], axis=0)
    replies = serve(folder).invoke_all(csv_lines[:5])
    np.testing.assert_allclose(np.float32([text for _, _, text in replies]), both[:5], rtol=1e-6)

    replies = serve(folder, SAGEMAKER_INFERENCE_ENSEMBLE="false").invoke_all(csv_lines[:5])
    np.testing.assert_array_equal(np.float32([text for _, _, text in replies]), expect(boosters[0], rows)[:5])


def test_classes_are_put_to_the_vote(serve, model_folder, rows, csv_lines):
    """A mean of classes would be none."""
    boosters = [make_booster(seed, objective="binary:hinge") for seed in range(3)]
    votes = np.sum([expect(booster, rows) for booster in boosters], axis=0)
    replies = serve(model_folder(*boosters)).invoke_all(csv_lines)

    np.testing.assert_array_equal(np.float32([text for _, _, text in replies]), votes >= 2)


def test_a_linear_model_is_served_too(serve, model_folder, rows, csv_lines):
    """XGBoost predicts for it in another way."""
    booster = make_booster(booster="gblinear")
    replies = serve(model_folder(booster)).invoke_all(csv_lines[:4])

    np.testing.assert_allclose(np.float32([text for _, _, text in replies]), expect(booster, rows)[:4], rtol=1e-6)


def test_the_rounds_after_the_best_one_are_left_out(serve, model_folder, booster):
    """A model that was stopped early elsewhere knows its best round."""
    booster.set_attr(best_iteration="1")
    _, _, text = serve(model_folder(booster)).invoke("1,2,3,4,5")
    row = xgboost.DMatrix(np.array([[1, 2, 3, 4, 5]], np.float32))

    assert np.float32(text) == booster.predict(row, iteration_range=(0, 2))[0]
