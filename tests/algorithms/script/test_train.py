"""A script as a job: how it is started, what it finds, how it ends."""

import json
import signal
from importlib.util import find_spec

import pytest


def test_a_script_runs_as_main_with_its_arguments_in_the_order_of_their_names(folder):
    """As AWS's toolkit has it: decoded, sorted, and without what is the platform's."""
    folder.add("train.py", "import sys\nprint(__name__, sys.argv)\n")

    trained = folder.train(
        epochs="3", b='"x y"', opts='{"a": 1, "b": [2]}', flag="true", raw="not json", nothing="null"
    )

    assert trained.code == 0
    assert (
        "__main__ ['train.py', '-b', 'x y', '--epochs', '3', '--flag', 'True', '--nothing', '', "
        "'--opts', 'a=1,b=[2]', '--raw', 'not json']"
    ) in trained.log
    assert (folder.root / "output" / "success").exists()
    assert not folder.failure.exists()


def test_a_script_works_in_its_folder_and_imports_what_lies_there(folder):
    """One in a folder below finds its own neighbours first."""
    folder.add("top.py", "NAME = 'top'\n")
    folder.add("below/near.py", "NAME = 'near'\n")
    folder.add("below/train.py", "import near, top, os, sys\nprint(near.NAME, top.NAME, os.getcwd(), sys.argv[0])\n")

    trained = folder.train("below/train.py")

    assert f"near top {folder.root / 'code'} below/train.py" in trained.log


def test_a_model_that_a_script_pickles_can_be_loaded_elsewhere(folder):
    """Classes of the script belong to `__main__`, and processes that it starts find them there."""
    folder.add(
        "train.py",
        """
        import multiprocessing, os, pickle

        class Model:
            def __init__(self, value): self.value = value

        def double(model): return Model(model.value * 2)

        if __name__ == "__main__":
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                [model] = pool.map(double, [Model(21)])
            with open(os.path.join(os.environ["SM_MODEL_DIR"], "model.pkl"), "wb") as file:
                pickle.dump(model, file)
            print(model.value, pickle.loads(pickle.dumps(model)).__class__.__module__)
        """,
    )
    folder.model.mkdir(parents=True)

    assert "42 __main__" in folder.train().log
    assert (folder.model / "model.pkl").read_bytes()


def test_threads_and_exit_functions_of_a_script_come_to_their_end(folder):
    """As in any interpreter."""
    folder.add(
        "train.py",
        """
        import atexit, threading
        atexit.register(print, "registered")
        threading.Thread(target=lambda: print("thread")).start()
        print("last line", end="")
        """,
    )

    log = folder.train().log

    assert "registered" in log
    assert "thread" in log
    assert "last line" in log


@pytest.mark.parametrize("pack", [True, False], ids=["archive", "folder"])
def test_code_comes_from_a_channel(folder, pack):
    """As an archive, which the SDK makes for jobs without a network, or as it is."""
    folder.add("train.py", "print('here')\n")
    where = folder.pack() if pack else folder.sources
    path = "/opt/ml/" + str(where.relative_to(folder.root))

    assert "here" in folder.train(sagemaker_submit_directory=json.dumps(path)).log


def test_shell_scripts_run_with_the_same_arguments(folder):
    """Executable or not."""
    folder.add("train.sh", 'echo "$0 $SM_CURRENT_HOST"; printf "<%s>" "$@"\n')

    trained = folder.train("train.sh", name='"a b"')

    assert "./train.sh algo-1" in trained.log
    assert "<--name><a b>" in trained.log


def test_the_log_names_the_libraries_that_are_really_there(folder):
    """They are not those of the image's tag."""
    folder.add("train.py", "")

    log = folder.train(framework="scikit-learn", tag="0.23-1-cpu-py3").log

    assert "The image's tag is 0.23-1-cpu-py3; this host has Python 3." in log
    assert "scikit-learn 1." in log


def test_an_image_for_a_gpu_runs_on_the_cpu_with_a_warning(folder):
    """A tag alone asks for no GPU."""
    folder.add("train.py", "print('ran')\n")

    log = folder.train(tag="3.11-gpu-py311", environment={"CUDA_VISIBLE_DEVICES": ""}).log

    assert "runs on the CPU" in log
    assert "ran" in log


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"program": "other.py"}, "the script other.py is not in the code at /opt/ml/input/data/code: train.py"),
        ({"program": "../train.py"}, "the script's name '../train.py' cannot be used"),
        ({"program": ""}, "no script is named"),
        ({"sagemaker_submit_directory": '"/opt/ml/nowhere"'}, "there is no code at /opt/ml/nowhere"),
        ({"sagemaker_mpi_enabled": "true"}, "sagemaker_mpi_enabled: a script is not started by MPI"),
    ],
    ids=["no such script", "outside", "no name", "no code", "distribution"],
)
def test_what_cannot_be_run_is_refused_in_plain_words(folder, settings, reason):
    """In the job's reason and in its log."""
    folder.add("train.py", "")

    trained = folder.train(**settings)

    assert trained.code == 1
    assert reason in folder.failure.read_text()
    assert reason in trained.errors


@pytest.mark.skipif(find_spec("torch") is not None, reason="torch is here")
def test_pytorch_is_asked_for_by_name_where_it_is_not_installed(folder):
    """With what to type."""
    folder.add("train.py", "")

    assert folder.train(framework="pytorch", tag="2.3-cpu-py311").code == 1
    assert "pip install 'fieldstone[torch]'" in folder.failure.read_text()


@pytest.mark.skipif(find_spec("torch") is None, reason="torch is an extra")
def test_a_script_of_pytorch_learns(folder):
    """In the image's name, with the torch that is here."""
    folder.add(
        "train.py",
        """
        import os, torch
        x = torch.linspace(0, 1, 64).reshape(-1, 1)
        model = torch.nn.Linear(1, 1)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
        for _ in range(300):
            optimizer.zero_grad()
            loss = ((model(x) - 2 * x - 1) ** 2).mean()
            loss.backward()
            optimizer.step()
        print(f"loss={loss.item():.4f}; {os.environ['MASTER_PORT']}")
        """,
    )

    log = folder.train(framework="pytorch", tag="2.3-gpu-py311", environment={"CUDA_VISIBLE_DEVICES": ""}).log

    assert "loss=0.00" in log
    assert "this host has Python 3." in log
    assert "torch 2." in log


def test_sigterm_reaches_the_script_once(folder):
    """A script that saves its work when it is stopped ends well."""
    folder.add(
        "train.py",
        """
        import signal, sys, time

        def stop(number, frame):
            print("stopping", flush=True)
            sys.exit(0)

        signal.signal(signal.SIGTERM, stop)
        print("ready", flush=True)
        while True:
            time.sleep(0.05)
        """,
    )
    with folder.start() as process:
        for line in process.stdout:
            if line == "ready\n":
                break
        process.send_signal(signal.SIGTERM)
        rest, _ = process.communicate(timeout=30)

    assert rest.count("stopping") == 1
    assert process.returncode == 0


def test_a_script_that_does_not_listen_ends_by_the_signal_without_a_failure(folder):
    """The job was stopped; it did not fail."""
    folder.add("train.py", "import time\nprint('ready', flush=True)\ntime.sleep(60)\n")
    with folder.start() as process:
        for line in process.stdout:
            if line == "ready\n":
                break
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)

    assert process.returncode == 128 + signal.SIGTERM
    assert not folder.failure.exists()
