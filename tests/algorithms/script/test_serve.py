"""A model behind a user's handlers: what they are given, what becomes of what they give, and of what they raise."""

import io
import json

import joblib
import numpy as np
import pytest
import xgboost
from sklearn.linear_model import LinearRegression
from tests.algorithms.script.conftest import make_wheel

LOADS = """
    import os, joblib

    def model_fn(folder):
        return joblib.load(os.path.join(folder, "model.joblib"))
"""
ECHOES = """
    def model_fn(folder, context):
        return context.system_properties["model_dir"]

    def transform_fn(model, body, content_type, accept):
        return repr((type(body).__name__, body, content_type, accept)), "text/plain"
"""


@pytest.fixture
def line(folder):
    """A model of y = 2 a + 3 b + 1."""
    features = np.array([[0, 0], [1, 0], [0, 1], [1, 1]], dtype=float)

    def save():
        joblib.dump(LinearRegression().fit(features, features @ [2, 3] + 1), folder.model / "model.joblib")

    return save


def to_npy(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def test_a_model_answers_in_the_formats_of_its_framework(folder, serve, line):
    """JSON, JSON lines, CSV and NPY, read and written; JSON for one who does not say."""
    folder.add("inference.py", LOADS)
    line()
    endpoint = serve()
    rows = [[1, 1], [2, 0]]

    assert json.loads(endpoint.invoke(json.dumps(rows))[2]) == pytest.approx([6, 5], abs=1e-5)
    assert endpoint.invoke("1,1\n2,0\n", "text/csv", "*/*")[1] == "application/json"
    status, kind, body = endpoint.invoke("[1, 1]\n[2, 0]\n", "application/jsonlines", "text/csv")
    assert (status, kind) == (200, "text/csv")
    assert [float(row) for row in body.split()] == pytest.approx([6, 5], abs=1e-5)
    status, kind, body = endpoint.invoke(to_npy(np.array(rows)), "application/x-npy", "application/x-npy")
    assert (status, kind) == (200, "application/x-npy")
    assert np.load(io.BytesIO(body)) == pytest.approx([6, 5], abs=1e-5)


@pytest.mark.slow
def test_what_is_no_format_of_the_framework_is_refused_with_what_is(folder, serve, line):
    """415 for what is sent, 406 for what is wanted, as AWS's containers have it."""
    folder.add("inference.py", LOADS)
    line()
    endpoint = serve()

    sent = endpoint.invoke("x", "image/png")
    wanted = endpoint.invoke("[[1, 1]]", accept="image/png")

    assert (sent[0], wanted[0]) == (415, 406)
    assert json.loads(sent[2])["error"] == "UnsupportedFormatError"
    assert json.loads(wanted[2])["error-message"].startswith(
        "Content type image/png is not supported by this framework"
    )


def test_pickles_are_not_read(folder, serve, line):
    """An array of objects is a program of the client's."""
    folder.add("inference.py", LOADS)
    line()

    status, _, body = serve().invoke(to_npy(np.array([{"a": 1}], dtype=object)), "application/x-npy")

    assert status == 500
    assert b"allow_pickle=False" in body


def test_handlers_of_the_users_take_the_place_of_the_frameworks(folder, serve):
    """Each for itself; text comes as text."""
    folder.add(
        "inference.py",
        """
        import json

        def model_fn(folder): return 10
        def input_fn(body, content_type): return [len(part) for part in body.split(";")]
        def predict_fn(data, model): return [model * value for value in data]
        def output_fn(prediction, accept): return json.dumps({"got": prediction}), "application/json"
        """,
    )

    assert serve().invoke("aa;bbb", "text/csv")[2] == b'{"got": [20, 30]}'


def test_one_handler_may_do_all(folder, serve):
    """With what the client said, word for word."""
    folder.add("inference.py", ECHOES)
    endpoint = serve()

    assert (
        endpoint.invoke("a", "text/csv; charset=utf-8", "x/y")[2] == b"('str', 'a', 'text/csv; charset=utf-8', 'x/y')"
    )
    assert endpoint.invoke(b"a", "image/png")[2] == b"('bytes', b'a', 'image/png', 'application/json')"


def test_what_a_handler_raises_reaches_the_client_and_the_log(folder, serve):
    """With its traceback; the next request is answered."""
    folder.add(
        "inference.py", "def model_fn(folder): return 1\ndef predict_fn(data, model): return 1 // int(data[0])\n"
    )
    endpoint = serve()

    status, _, body = endpoint.invoke("[0]")
    second = endpoint.invoke("[1]")
    endpoint.process.terminate()
    log = endpoint.process.communicate(timeout=20)[0]

    assert status == 500
    assert body.startswith(b"integer division or modulo by zero\nTraceback (most recent call last):\n")
    assert "inference.py" in log
    assert second == (200, "application/json", b"1")


def test_a_model_that_does_not_load_ends_the_server_with_the_reason(folder, serve):
    """It is in the last lines of the log, which become the endpoint's."""
    folder.add("inference.py", "def predict_fn(data, model): return data\n")

    endpoint = serve()

    assert endpoint.process.returncode == 1
    assert "Unable to load model: Please provide a model_fn implementation." in endpoint.lines[-1]


def test_transform_fn_goes_with_no_other(folder, serve):
    """As AWS's containers say."""
    folder.add("inference.py", ECHOES + "    def input_fn(body, content_type): return body\n")

    assert "Cannot use transform_fn implementation with input_fn" in serve().lines[-1]


def test_code_beside_the_model_brings_its_requirements(folder, serve):
    """The server then runs in their environment."""
    folder.add("../../../model/code/inference.py", "import tiny\ndef model_fn(folder): return tiny.WORD\n")
    folder.add("../../../model/code/requirements.txt", "./tiny-1.0-py3-none-any.whl\n")
    make_wheel(folder.model / "code")
    with (folder.model / "code" / "inference.py").open("a") as file:
        file.write("def predict_fn(data, model): return model\n")

    endpoint = serve(SAGEMAKER_SUBMIT_DIRECTORY="/opt/ml/model/code")

    assert endpoint.invoke("[1]")[2] == b'"small"'


@pytest.mark.slow
def test_models_of_xgboost_predict_from_rows(folder, serve):
    """The script loads the model; the framework reads CSV and libsvm for it."""
    features = np.array([[0.0, 1.0], [1.0, 0.0]] * 20)
    booster = xgboost.train({"objective": "reg:squarederror"}, xgboost.DMatrix(features, features[:, 0]), 20)
    folder.add(
        "inference.py",
        """
        import os, xgboost

        def model_fn(folder):
            booster = xgboost.Booster()
            booster.load_model(os.path.join(folder, "model.json"))
            return booster
        """,
    )
    booster.save_model(folder.model / "model.json")
    endpoint = serve("xgboost")

    assert json.loads(endpoint.invoke("0,1\n1,0\n", "text/csv")[2]) == pytest.approx([0, 1], abs=0.05)
    for rows in ("0 0:0 1:1\n0 0:1 1:0\n", "0:0 1:1\n0:1 1:0"):
        assert json.loads(endpoint.invoke(rows, "text/libsvm")[2]) == pytest.approx([0, 1], abs=0.05)


@pytest.mark.filterwarnings("ignore:.torch.jit:DeprecationWarning")
def test_models_of_pytorch_need_no_script(folder, serve):
    """One TorchScript file is loaded, asked in JSON, and answers in JSON."""
    torch = pytest.importorskip("torch")
    layer = torch.nn.Linear(2, 1)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[2.0, 3.0]]))
        layer.bias.fill_(1.0)
    torch.jit.script(layer).save(str(folder.model / "any.pt"))
    endpoint = serve("pytorch", SAGEMAKER_PROGRAM="", SAGEMAKER_SUBMIT_DIRECTORY="")

    assert json.loads(endpoint.invoke("[[1, 1]]")[2]) == [[6.0]]
