"""Run the benchmarks, all or those named: python benchmarks/run.py [--quick] [NAME ...]."""

import argparse
from datetime import UTC, datetime

import boosting
import capturing
import factorization_machines
import forest
import image_classification
import kmeans
import knn
import linear_learner
import listing_a_million
import machine
import many_jobs
import objects
import pace
import pca
import peers
import predictions
import restart
import scripts
import small_operations
import startup
import training
import transform

BENCHMARKS = {
    "startup": startup.run,
    "small_operations": small_operations.run,
    "listing_a_million": listing_a_million.run,
    "objects": objects.run,
    "training": training.run,
    "boosting": boosting.run,
    "scripts": scripts.run,
    "many_jobs": many_jobs.run,
    "transform": transform.run,
    "predictions": predictions.run,
    "kmeans": kmeans.run,
    "linear_learner": linear_learner.run,
    "knn": knn.run,
    "factorization_machines": factorization_machines.run,
    "image_classification": image_classification.run,
    "pca": pca.run,
    "capturing": capturing.run,
    "peers": peers.run,
    "restart": restart.run,
    "forest": forest.run,
}


def main() -> None:
    """Run what the command line names, between a description of the machine and its load."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    pace.add_option(parser)
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(BENCHMARKS):
        parser.error(f"there is no {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {machine.load()}\n{machine.describe()}")
    for name in arguments.names or BENCHMARKS:
        BENCHMARKS[name](pace.QUICK if arguments.quick else pace.Pace())
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {machine.load()}")


if __name__ == "__main__":
    main()
