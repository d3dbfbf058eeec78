"""Requirements: installed once, kept, and found again by whoever wants the same. No network is needed or used."""

import re
import subprocess
import sys
import time

import pytest
from tests.algorithms.script.conftest import make_wheel

ASKS = "import sys, tiny\nprint(tiny.WORD, sys.prefix)\n"


@pytest.fixture
def wanting(folder):
    """A folder whose script wants a small package that lies beside it."""
    make_wheel(folder.sources)
    folder.add("requirements.txt", "./tiny-1.0-py3-none-any.whl  # from here\n")
    folder.add("train.py", ASKS)
    return folder


def again(folder):
    """Take away what a job has left, for the next one."""
    subprocess.run(["rm", "-rf", folder.root / "code", folder.root / "output"], check=True)


def made(folder):
    return sorted(path.name for path in (folder.cache / "environments").glob("*/") if path.is_dir())


def test_what_a_script_wants_is_installed_and_the_next_job_finds_it(wanting):
    """And says so in the log."""
    first = wanting.train()
    again(wanting)
    second = wanting.train()

    assert first.code == second.code == 0
    assert "small" in first.log
    assert "small" in second.log
    assert "into a new environment" in first.log
    assert "Using the environment that was made" in second.log
    assert len(made(wanting)) == 1


@pytest.mark.slow
def test_another_content_of_a_package_that_lies_beside_is_another_environment(wanting):
    """The name alone does not say what it is."""
    wanting.train()
    again(wanting)
    make_wheel(wanting.sources, code="WORD = 'changed'\n")

    assert "changed" in wanting.train().log
    assert len(made(wanting)) == 2


@pytest.mark.slow
def test_what_is_installed_here_already_is_not_installed_again(wanting):
    """An environment lies on top of the one that Fieldstone runs in."""
    wanting.add("requirements.txt", "numpy\n./tiny-1.0-py3-none-any.whl\n")
    wanting.add("train.py", ASKS + "import numpy\nprint(numpy.__file__)\n")

    trained = wanting.train()

    assert "Requirement already satisfied: numpy" in trained.log
    assert str(wanting.cache) not in re.search(r"^.*numpy/__init__.py$", trained.log, re.MULTILINE)[0]


def test_a_version_of_the_users_own_comes_before_the_one_that_is_here(wanting):
    """As in the image, where pip would replace it; here both stay."""
    make_wheel(wanting.sources, name="threadpoolctl", version="99.0", code="WORD = 'mine'\n")
    wanting.add("requirements.txt", "./threadpoolctl-99.0-py3-none-any.whl\n")
    wanting.add("train.py", "import threadpoolctl\nprint(threadpoolctl.WORD)\n")

    trained = wanting.train()

    assert "mine" in trained.log
    assert (
        subprocess.run([sys.executable, "-c", "from threadpoolctl import threadpool_info"], check=False).returncode == 0
    )


def test_jobs_that_start_together_make_an_environment_once(wanting):
    """One makes it, the others wait."""
    others = [type(wanting)(wanting.root.parent / f"ml-{number}", wanting.cache) for number in range(3)]
    for other in others:
        make_wheel(other.sources)
        other.add("requirements.txt", "tiny\n")
        other.add("train.py", ASKS)
    links = {"PIP_FIND_LINKS": str(wanting.sources)}

    processes = [other.start(environment=links) for other in others]
    logs = [process.communicate(timeout=120)[0] for process in processes]

    assert all("small" in log for log in logs)
    assert sum("into a new environment" in log for log in logs) == 1


@pytest.mark.slow
def test_what_a_maker_that_was_killed_left_behind_is_made_anew(wanting):
    """Half an environment is none."""
    wanting.train()
    again(wanting)
    [name] = made(wanting)
    home = wanting.cache / "environments" / name
    (home / ".ready").unlink()
    next(home.glob("lib/*/site-packages/tiny.py")).unlink()

    trained = wanting.train()

    assert trained.code == 0
    assert "small" in trained.log


def test_requirements_that_cannot_be_met_end_the_job_with_what_pip_said(wanting):
    """In the form of AWS's toolkit."""
    wanting.add("requirements.txt", "no-such-package-anywhere==7\n")

    trained = wanting.train()
    reason = wanting.failure.read_text()

    assert trained.code == 1
    assert reason.startswith('InstallRequirementsError:\nExitCode 1\nErrorMessage "')
    assert "No matching distribution found for no-such-package-anywhere==7" in reason
    assert reason.endswith('Command "python3 -m pip install -r requirements.txt"')
    assert made(wanting) == []


def test_without_a_network_the_reason_says_so_and_soon(wanting):
    """Rather than that there is no such package."""
    wanting.add("requirements.txt", "some-package\n")
    nowhere = {"PIP_NO_INDEX": "0", "PIP_INDEX_URL": "http://127.0.0.1:9/simple"}

    started = time.monotonic()
    wanting.train(environment=nowhere)

    assert "pip could not reach its package index" in wanting.failure.read_text()
    assert time.monotonic() - started < 30


@pytest.mark.slow
def test_a_cache_that_cannot_be_written_to_costs_time_and_nothing_else(wanting):
    """The job makes an environment for itself."""
    wanting.cache.write_text("in the way")

    trained = wanting.train()

    assert "is not kept" in trained.log
    assert "small" in trained.log


def test_what_a_script_installs_itself_stays_in_its_job(wanting):
    """It never gets into the environment that Fieldstone runs in, or into a kept one."""
    (wanting.sources / "requirements.txt").unlink()
    wanting.add(
        "train.py",
        """
        import subprocess, sys
        subprocess.check_call([sys.executable, "-m", "pip", "install", "./tiny-1.0-py3-none-any.whl"])
        import tiny
        print(tiny.WORD, tiny.__file__)
        subprocess.check_call(["pip", "install", "-r", "more.txt"])
        subprocess.check_call(["python3", "-c", "import other; print(other.WORD)"])
        """,
    )
    wanting.add("more.txt", "./other-1.0-py3-none-any.whl\n")
    make_wheel(wanting.sources, name="other", code="WORD = 'listed'\n")

    trained = wanting.train()

    assert trained.code == 0, trained.errors
    assert "small" in trained.log
    assert "listed" in trained.log
    assert len(made(wanting)) == 1
    for name in ("tiny", "other"):
        assert subprocess.run([sys.executable, "-c", f"import {name}"], capture_output=True, check=False).returncode


BACKEND = """
from zipfile import ZipFile

def build_wheel(folder, config_settings=None, metadata_directory=None):
    info = "mine-1.dist-info"
    with ZipFile(f"{folder}/mine-1-py3-none-any.whl", "w") as wheel:
        wheel.write("mine/extra.py")
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\\nName: mine\\nVersion: 1\\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(f"{info}/RECORD", "")
    return "mine-1-py3-none-any.whl"
"""


def test_a_folder_with_a_setup_is_installed_and_run_as_a_module(wanting):
    """As the toolkit has it; this one is built by itself, for want of a network."""
    wanting.add("setup.py", "")
    wanting.add("backend.py", BACKEND)
    wanting.add("pyproject.toml", '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n')
    wanting.add("mine/__init__.py", "")
    wanting.add("mine/extra.py", "")
    wanting.add("mine/train.py", "import sys, tiny\nprint(tiny.WORD, sys.argv[1:], __name__)\n")

    trained = wanting.train("mine/train.py", epochs="2")

    assert "Successfully installed mine-1 tiny-1.0" in trained.log
    assert "small ['--epochs', '2'] __main__" in trained.log
