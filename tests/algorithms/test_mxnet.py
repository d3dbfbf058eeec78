"""MXNet itself, its last release of 2022: it opens our models as AWS's notebooks do, and gets our answers from them."""

import json
import shutil

import numpy as np
import pytest
from tests.algorithms import folder
from tests.algorithms.factorization_machines.conftest import QUICK, make_pairs
from tests.algorithms.kmeans import conftest as kmeans
from tests.algorithms.linear_learner.conftest import kind_options, make_table
from tests.algorithms.pca import conftest as pca
from tests.environments import python_of, run

from fieldstone.algorithms.amazon import records
from fieldstone.algorithms.amazon.serving import Predictor
from fieldstone.algorithms.factorization_machines.algorithm import FACTORIZATION_MACHINES
from fieldstone.algorithms.kmeans.algorithm import KMEANS
from fieldstone.algorithms.linear_learner.algorithm import LINEAR_LEARNER
from fieldstone.algorithms.pca.algorithm import PCA
from fieldstone.contract.serving import Invocation

pytestmark = pytest.mark.client("mxnet")

BEGIN = """
import json, os, sys, warnings, zipfile
warnings.simplefilter("ignore")
import mxnet as mx, numpy as np
os.chdir(sys.argv[1])
rows = mx.ndarray.array(np.load("rows.npy"))
"""

CENTRES = """
centres = mx.ndarray.load("model_algo-1")[0]
distances = (rows.expand_dims(1) - centres.expand_dims(0)).norm(axis=2)
found = {"closest_cluster": distances.argmin(axis=1), "distance_to_cluster": distances.min(axis=1)}
"""

COMPONENTS = """
arrays = mx.ndarray.load("model_algo-1")
found = {"projection": mx.ndarray.dot(rows - arrays["mean"], arrays["v"]), "s": arrays["s"]}
"""

LINEAR = """
zipfile.ZipFile("model_algo-1").extractall()
module = mx.module.Module.load("mx-mod", 0, False, label_names=["out_label"])
"""

MACHINE = """
zipfile.ZipFile("model_algo-1").extractall()
os.rename("symbol.json", "model-symbol.json")
os.rename("params", "model-0000.params")
module = mx.module.Module.load("model", 0, False, label_names=["out_label"])
rows = rows.tostype("csr")
"""

FORWARD = """
module.bind(data_shapes=[("data", rows.shape)], for_training=False)
module.forward(mx.io.DataBatch([rows]), is_train=False)
found = {"score": module.get_outputs()[0]}
"""

END = """
print(json.dumps({name: array.asnumpy().tolist() for name, array in found.items()}))
"""


class Folder(folder.Folder):
    """A contract folder, for the algorithm that a test sets as its record; what both make of the model in it."""

    hyperparameters = {}  # noqa: RUF012 - as its base has it

    def ours(self, rows):
        """The parts of the answers to rows, as an endpoint gives them."""
        asked = Invocation(records.write(rows), "application/x-recordio-protobuf", "application/json", {})
        (reply,) = Predictor(self.record.load(self.root / "model")).answer([asked])
        (answers,) = json.loads(reply.body).values()
        return {name: np.array([answer[name] for answer in answers]) for name in answers[0]}

    def theirs(self, lines, rows):
        """What lines of a notebook find with MXNet, in a folder with the model's files."""
        shutil.copytree(self.root / "model", self.root / "notebook")
        np.save(self.root / "notebook" / "rows.npy", rows)
        found = json.loads(run(python_of("mxnet"), BEGIN + lines + END, self.root / "notebook"))
        return {name: np.array(numbers) for name, numbers in found.items()}


@pytest.fixture(name="folder")
def a_folder(tmp_path):
    """A folder without anything in it."""
    return Folder(tmp_path)


def test_of_the_centres_of_kmeans_the_one_that_we_answer_is_closest(folder, trained):
    """As far away as we say, also for rows that lie between them."""
    folder.record = KMEANS
    folder.write("train", "part.pbr", kmeans.make_rows())
    trained(**kmeans.HYPERPARAMETERS)
    rows = np.random.default_rng(5).uniform(0, 80, (200, 6)).astype(np.float32)
    ours, theirs = folder.ours(rows), folder.theirs(CENTRES, rows)

    assert set(ours["closest_cluster"]) == {0, 1, 2, 3}
    assert np.array_equal(ours["closest_cluster"], theirs["closest_cluster"])
    np.testing.assert_allclose(ours["distance_to_cluster"], theirs["distance_to_cluster"], rtol=1e-6)


def test_rows_less_the_mean_along_the_components_of_pca_are_the_projections_that_we_answer(folder, trained):
    """Which are, of the rows that it learnt from, as large in all as the singular values say."""
    folder.record = PCA
    rows = pca.make_rows()
    folder.write("train", "part.pbr", rows)
    trained(**pca.HYPERPARAMETERS)
    ours, theirs = folder.ours(rows), folder.theirs(COMPONENTS, rows)

    np.testing.assert_allclose(ours["projection"], theirs["projection"], atol=2e-5)
    np.testing.assert_allclose(np.linalg.norm(ours["projection"], axis=0), theirs["s"], rtol=1e-6)


@pytest.mark.parametrize(
    ("kind", "loss"),
    [
        ("binary_classifier", "logistic"),
        ("binary_classifier", "hinge_loss"),
        ("multiclass_classifier", "softmax_loss"),
        ("regressor", "squared_loss"),
    ],
)
def test_the_network_of_linear_learner_gives_the_scores_that_we_answer(folder, trained, kind, loss):
    """To six digits; of every class, where there are several."""
    folder.record = LINEAR_LEARNER
    table, rows = make_table(kind), make_table(kind, 50, seed=5)[:, 1:]
    folder.write("train", "part.pbr", records.write(table[:, 1:], table[:, :1]))
    trained(**kind_options(kind), loss=loss, epochs="3", num_models="4", mini_batch_size="100")
    ours, theirs = folder.ours(rows), folder.theirs(LINEAR + FORWARD, rows)

    np.testing.assert_allclose(ours["score"], np.squeeze(theirs["score"]), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", ["regressor", "binary_classifier"])
def test_the_network_of_factorization_machines_gives_the_scores_that_we_answer(folder, trained, kind):
    """To six digits, for sparse rows; their numbers are others than one, so that squares tell."""
    folder.record = FACTORIZATION_MACHINES
    pairs, labels = make_pairs(kind)
    folder.write("train", "part.pbr", records.write(pairs, labels[:, None]))
    trained(**QUICK | {"predictor_type": kind})
    rows, _ = make_pairs(kind, 50, seed=5)
    rows.data *= np.linspace(-2, 2, rows.nnz, dtype=np.float32)
    ours, theirs = folder.ours(rows), folder.theirs(MACHINE + FORWARD, rows.toarray())

    np.testing.assert_allclose(ours["score"], np.squeeze(theirs["score"]), rtol=1e-5, atol=1e-6)
