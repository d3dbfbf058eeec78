"""What there is to learn from and what a model of it must look like: told in the log, refused where it does not fit."""

from collections.abc import Mapping
from typing import NamedTuple

from fieldstone.algorithms.amazon import log
from fieldstone.algorithms.amazon.algorithm import Options
from fieldstone.algorithms.amazon.channels import check_names
from fieldstone.algorithms.amazon.hyperparameters import AUTO
from fieldstone.algorithms.deepar import schema, statistics
from fieldstone.algorithms.deepar.hosts import Known, Team
from fieldstone.algorithms.deepar.hyperparameters import Shape, find_shape
from fieldstone.algorithms.deepar.reading import Data, read
from fieldstone.algorithms.deepar.series import SeriesError
from fieldstone.algorithms.deepar.windows import Norms, count_passes
from fieldstone.contract.training import Job, UserError

CHANNELS = ("train", "test")
NO_DATA = "No training data processed. The training channel is empty."


class Prepared(NamedTuple):
    """What a training begins with.

    Attributes:
        data: The series, by channel.
        shape: What the model looks like.
        norms: What numbers are divided by.
        given: The fields that the series have, used or not: `cat`, `dynamic_feat`.
    """

    data: Mapping[str, Data]
    shape: Shape
    norms: Norms
    given: tuple[str, ...]


def prepare(job: Job, options: Options, team: Team) -> Prepared:
    """Read the channels, and find out what model they need.

    Raises:
        UserError: They are not what they must be, or not what the hyperparameters say.
    """
    check_names(job.channels, CHANNELS, required=CHANNELS[:1])
    data = {name: read(channel) for name, channel in job.channels.items()}
    try:
        known = team.meet(data["train"].series)
        shape = _find_shape(options, known, data["train"])
        _check(data, shape, known)
    except SeriesError as error:
        raise UserError(str(error)) from error
    _tell(data, known, options, team)
    norms = team.find_norms(data["train"].series, known.statistics.scale, shape.num_dynamic_feat)
    given = {"cat": known.cardinality, "dynamic_feat": known.features}
    return Prepared(data, shape, norms, tuple(field for field, there in given.items() if there))


def _find_shape(options: Options, known: Known, data: Data) -> Shape:
    if not known.statistics.series:
        raise SeriesError(NO_DATA)
    cardinality = schema.settle(options["cardinality"], known.cardinality, "cat")
    features = schema.settle(options["num_dynamic_feat"], known.features, "dynamic_feat")
    inferred = list(cardinality) if cardinality else None
    for name, field, value in (("cardinality", "cat", inferred), ("num_dynamic_feat", "dynamic_feat", features)):
        if options[name] != AUTO:
            continue
        was, will = ("was", "will") if value else ("was NOT", "will NOT")
        file = f"the file `{data.first}`" if data.first else "the files of this host"
        log.info(f"[{name}=auto] `{field}` field {was} found in {file} and {will} be used for training.")
        if value:
            log.info(f"[{name}=auto] Inferred value {name}={value} from dataset.")
    return find_shape(options, cardinality, features)


def _check(data: Mapping[str, Data], shape: Shape, known: Known) -> None:
    for part in data.values():
        schema.check(part.series, shape.cardinality, shape.num_dynamic_feat)
        schema.check_range(part.series, shape.likelihood)
    counted = known.statistics
    if counted.observations < schema.ENOUGH:
        raise SeriesError(
            f"Very low number of time observations (found {counted.observations} observations in {counted.series} time "
            f"series). DeepAR requires at least {schema.ENOUGH} observations."
        )
    if counted.longest < shape.prediction_length:
        raise SeriesError(
            f"The longest of the training series has {counted.longest} points, and prediction_length is "
            f"{shape.prediction_length}: shorter series are not learned from, so that there are none left."
        )


def _tell(data: Mapping[str, Data], known: Known, options: Options, team: Team) -> None:
    log.info("Training set statistics:")
    for line in known.statistics.lines():
        log.info(line)
    passes, chance = count_passes(known.statistics.series * team.share("train"), options["mini_batch_size"])
    if passes > 1 and options["num_batches_per_epoch"] is None:
        log.info(f"Small number of time series. Doing {passes} passes over dataset with prob {chance} per epoch.")
    if "test" not in data:
        log.info("Test data is not provided.")
        return
    log.info("Test set statistics:")
    for line in statistics.measure(data["test"].series).lines():
        log.info(line)
