"""Why a script failed: the user's own lines, within what a job's reason may have."""

import signal

import pytest

from fieldstone.algorithms.script.reasons import explain


def test_the_reason_has_the_form_of_aws_and_the_end_of_the_users_traceback(folder):
    """The exception first, then the lines that led to it, from the innermost out; none of a library's, none of ours."""
    folder.add(
        "train.py",
        """
        import json
        from loading import load

        def main():
            load("{bad")

        main()
        """,
    )
    folder.add("loading.py", "import json\n\ndef load(text):\n    return json.loads(text)\n")

    trained = folder.train(epochs="1")
    code = folder.root / "code"

    assert trained.code == 1
    assert folder.failure.read_text() == (
        "ExecuteUserScriptError:\n"
        "ExitCode 1\n"
        'ErrorMessage "json.decoder.JSONDecodeError: Expecting property name enclosed in double quotes: '
        "line 1 column 2 (char 1)\n"
        f'  File "{code}/loading.py", line 4, in load\n'
        "    return json.loads(text)\n"
        f'  File "{code}/train.py", line 6, in main\n'
        '    load("{bad")\n'
        f'  File "{code}/train.py", line 8, in <module>\n'
        '    main()"\n'
        'Command "python3 train.py --epochs 1"'
    )


def test_the_log_has_the_traceback_as_python_prints_it(folder):
    """Beginning with the user's file."""
    folder.add("train.py", "def fail():\n    raise ValueError('no labels')\n\nfail()\n")

    errors = folder.train().errors

    assert errors.startswith(
        f'Traceback (most recent call last):\n  File "{folder.root}/code/train.py", line 4, in <module>'
    )
    assert "fieldstone" not in errors


@pytest.mark.parametrize(
    ("text", "code", "reason"),
    [
        ("x = = 1\n", 1, "SyntaxError: invalid syntax"),
        ("import argparse\np = argparse.ArgumentParser()\np.add_argument('--data', required=True)\np.parse_args()\n", 2,
         "the following arguments are required: --data"),
        ("import sys\nsys.exit('nothing to train on')\n", 1, "nothing to train on"),
        ("import sys\nsys.exit(7)\n", 7, "without a word"),
        ("import missing_library\n", 1, "ModuleNotFoundError: No module named 'missing_library'"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n", 137, "for want of memory"),
        ("import ctypes\nctypes.string_at(0)\n", 139, 'Fatal Python error: Segmentation fault\n  File "'),
        ("import threading\nraise SystemExit(300)\n", 44, "without a word"),
        ("raise ValueError('first' + '\\nmore' * 20)\n", 1, 'ErrorMessage "ValueError: first\nmore\n'),
        ("import xgboost\nxgboost.train({'objective': 'binary:logistic'}, xgboost.DMatrix([[1], [2]], [0, 5]), 1)\n", 1,
         "base_score must be in (0,1) for logistic loss, got: 2.5\n  File "),
    ],
    ids=["syntax", "arguments", "words", "code", "import", "killed", "crash", "large code", "many lines", "native"],
)  # fmt: skip
def test_every_end_has_its_reason(folder, text, code, reason):
    """And its own exit code in it; the job's is 1, as on AWS."""
    folder.add("train.py", text)

    trained = folder.train()
    said = folder.failure.read_text()

    assert trained.code == 1
    assert f"ExitCode {code}\n" in said
    assert reason in said


def test_the_script_may_give_its_own_reason(folder):
    """By the file that every container has for it."""
    folder.add(
        "train.py",
        "import os, sys\nopen(os.environ['SM_OUTPUT_DIR'] + '/failure', 'w').write('my own words')\nsys.exit(1)\n",
    )
    (folder.root / "output").mkdir(parents=True)

    folder.train()

    assert folder.failure.read_text() == "my own words"


def test_a_reason_is_short_enough_however_long_the_traceback_and_the_command(folder):
    """1,024 characters are shown; what is put around takes some."""
    folder.add("train.py", "def down(n):\n    return down(n - 1) if n else 1 / 0\n\ndown(500)\n")

    folder.train(note="x" * 2000)
    reason = folder.failure.read_text()

    assert len(reason) <= 960
    assert 'ErrorMessage "ZeroDivisionError: division by zero\n' in reason
    assert reason.endswith(' ..."')


def test_an_environment_of_its_own_does_not_change_the_reason(folder):
    """The script is then a program of its own."""
    folder.add("requirements.txt", "numpy\n")
    folder.add("train.py", "raise RuntimeError('in here')\n")

    folder.train()

    assert (
        f'RuntimeError: in here\n  File "{folder.root}/code/train.py", line 1, in <module>'
        in folder.failure.read_text()
    )


def test_the_exception_of_the_users_is_found_among_those_of_drivers(tmp_path):
    """SDK v3 prints the script's lines without their indentation, and then a traceback of its own."""
    said = (
        "Traceback (most recent call last):\n"
        f'File "{tmp_path}/input/data/code/train.py", line 3, in <module>\n'
        "fit(None)\n"
        "^^^^^^^^^\n"
        f'File "{tmp_path}/input/data/code/train.py", line 2, in fit\n'
        'raise ValueError("no rows")\n'
        "ValueError: no rows\n"
        "Command failed with exit code 1. Traceback: Traceback (most recent call last):\n"
        f'  File "{tmp_path}/input/data/sm_drivers/common/utils.py", line 169, in execute_commands\n'
        "    raise subprocess.CalledProcessError(exitcode, commands)\n"
        "subprocess.CalledProcessError: Command '['python3', 'train.py']' returned non-zero exit status 1.\n"
        "\nAn error occurred with exit code 1\n"
    )

    assert explain(said, tmp_path).text == (
        "ValueError: no rows\n"
        f'File "{tmp_path}/input/data/code/train.py", line 2, in fit\nraise ValueError("no rows")\n'
        f'File "{tmp_path}/input/data/code/train.py", line 3, in <module>\nfit(None)'
    )


def test_a_signal_that_ends_a_script_is_told_as_a_shell_tells_it(folder):
    """128 and its number."""
    folder.add("train.sh", "kill -ABRT $$\n")

    folder.train("train.sh")

    assert f"ExitCode {128 + signal.SIGABRT}\n" in folder.failure.read_text()
