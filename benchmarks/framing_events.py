"""Events into cases: 20 million purchases, by us and by the query that one would write first.

The peer is one DuckDB query: every event with the next one of its customer, from these the cases and labels, each case
joined to the events of its customer's last year, one aggregate with a filter for each window. It makes fewer features:
counts, sums and means. Each runs in a process of its own, on a Parquet file, so its peak of memory is its own.

    python benchmarks/framing_events.py [--events 20000000]
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import machine
import numpy as np
import pyarrow as pa
from pyarrow import parquet

from fieldstone.framing.data.events import cases_from_events
from fieldstone.framing.problem import Data, Problem, Silence, Target, Window

WINDOWS = (30, 90, 180, 365)
PIECE = 2_000_000
PROBLEM = Problem(
    question="Who stays away?",
    data=Data(path="log.parquet", events=Window(entity="customer", time="moment", value="amount")),
    target=Target(silence=Silence(none_for_days=90, days_ahead=30)),
)
PEER = """
WITH ends AS (SELECT min(moment) AS earliest, max(moment) AS latest FROM log),
  moments AS (
    SELECT unnest(generate_series(date_trunc('day', earliest + INTERVAL 366 DAY - INTERVAL 1 MICROSECOND),
                                  latest - INTERVAL 30 DAY, INTERVAL 30 DAY)) AS t FROM ends),
  steps AS (SELECT customer, moment, lead(moment) OVER (PARTITION BY customer ORDER BY moment) AS next FROM log),
  cases AS (
    SELECT customer, t, next IS NULL OR next > moment + INTERVAL 90 DAY AS label FROM steps JOIN moments
    ON t >= moment + INTERVAL 60 DAY AND t < moment + INTERVAL 90 DAY AND (next IS NULL OR next > t))
SELECT customer, t, any_value(label) AS label, {windows}
FROM cases JOIN log USING (customer) WHERE moment <= t AND moment > t - INTERVAL 365 DAY GROUP BY customer, t
"""
WINDOW = """
  count(*) FILTER (moment > t - INTERVAL {0} DAY) AS events_{0}d,
  sum(amount) FILTER (moment > t - INTERVAL {0} DAY) AS value_{0}d,
  avg(amount) FILTER (moment > t - INTERVAL {0} DAY) AS value_mean_{0}d"""


def generate(count: int, seed: int = 1) -> Iterator[pa.Table]:
    """Nine hundred days of purchases: few customers buy often, most seldom; amounts are skewed, products too."""
    rng = np.random.default_rng(seed)
    customers = count // 20
    for start in range(0, count, PIECE):
        size = min(PIECE, count - start)
        micros = (rng.random(size) * 900 * 86400e6).astype(np.int64)
        yield pa.table(
            {
                "customer": (customers * rng.random(size) ** 1.6).astype(np.int64),
                "moment": np.datetime64("2024-01-01", "us") + micros,
                "amount": rng.gamma(2, 20, size).round(2),
                "product": pa.array([f"p{number}" for number in range(40)]).take(
                    pa.array((40 * rng.random(size) ** 2).astype(np.int64))
                ),
            }
        )


def ours(folder: Path) -> dict[str, float]:
    cases = cases_from_events(folder, PROBLEM)
    assert cases.target is not None
    value = float(np.nansum(cases.table["value_365d"].to_numpy()))
    return {"cases": len(cases), "features": len(cases.columns), "positive": float(cases.target.sum()), "value": value}


def peers(folder: Path) -> dict[str, float]:
    query = PEER.format(windows=",".join(WINDOW.format(days) for days in WINDOWS))
    with duckdb.connect(config={"temp_directory": str(folder)}) as connection:
        connection.execute(f"CREATE VIEW log AS SELECT * FROM read_parquet('{folder / 'log.parquet'}')")
        table = connection.sql(query).to_arrow_table()
    found = {name: table[name].to_numpy() for name in ("label", "value_365d")}
    features = table.num_columns - 3
    return {
        "cases": table.num_rows,
        "features": features,
        "positive": float(found["label"].sum()),
        "value": float(found["value_365d"].sum()),
    }


def measure(name: str, folder: Path) -> dict[str, float]:
    """Run one of the two in a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, "--child", name, "--folder", str(folder)], stdout=subprocess.PIPE, check=True
    )
    return json.loads(done.stdout)


def child(name: str, folder: Path) -> None:
    """Be that process: print the seconds, the peak of memory and what came out."""
    began = time.perf_counter()
    found = {"ours": ours, "peer": peers}[name](folder)
    seconds = time.perf_counter() - began
    gigabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(json.dumps(found | {"seconds": seconds, "gigabytes": gigabytes}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=20_000_000)
    parser.add_argument("--child")
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    if arguments.child:
        child(arguments.child, arguments.folder)
        return
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {machine.load()}")
    with tempfile.TemporaryDirectory() as made:
        pieces = generate(arguments.events)
        first = next(pieces)
        with parquet.ParquetWriter(Path(made, "log.parquet"), first.schema) as writer:
            writer.write_table(first)
            for piece in pieces:
                writer.write_table(piece)
        results = {name: measure(name, Path(made)) for name in ("ours", "peer")}
    for name, label in (("ours", "fieldstone"), ("peer", "one DuckDB query")):
        found = results[name]
        print(
            f"{label:18} {found['seconds']:6.1f} s {found['gigabytes']:5.1f} GB  {found['cases']:,.0f} cases, "
            f"{found['features']:.0f} features"
        )
    assert all(
        np.isclose(results["ours"][key], results["peer"][key], rtol=1e-9) for key in ("cases", "positive", "value")
    )
    print("both found the same cases, labels and sums")


if __name__ == "__main__":
    main()
