"""How often framing is right where the truth is known, and how long it takes: python benchmarks/framing.py [NAME ...].

Each part is a command of its own with options of its own; this runs them one after the other.
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path

PARTS = {
    "checks": "what the data can answer: signal, leaks, rules, drift, noise, learning curves",
    "structure": "groups, places and anomalies that are there, and none where there are none",
    "recommending": "lists for persons, against the most popular",
    "choice": "thresholds and answers under costs, against the optimum",
    "ab": "A/B tests: false alarms, power, coverage",
    "events": "20 million events made into cases, against one DuckDB query",
    "scale": "a million rows framed, against five folds of XGBoost by hand",
}


def main() -> None:
    """Run the parts that the command line names, or all."""
    listed = "\n".join(f"  {name:13} {what}" for name, what in PARTS.items())
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=f"parts:\n{listed}", formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", choices=[*PARTS, []], help="parts to run; all if none")
    for name in parser.parse_args().names or PARTS:
        print(f"\n## {name}: {PARTS[name]}\n", flush=True)
        began = time.monotonic()
        subprocess.run([sys.executable, Path(__file__).with_name(f"framing_{name}.py")], check=True)
        print(f"{name}: {time.monotonic() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()
