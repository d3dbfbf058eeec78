"""The channels of a job: which there must be, and the images that they give."""

from collections.abc import Mapping

from fieldstone.algorithms.amazon.channels import check_names
from fieldstone.algorithms.amazon.content_types import ContentType
from fieldstone.algorithms.image_classification.hyperparameters import Options
from fieldstone.algorithms.image_classification.indexed import Foldered, Listed, RecordFiles
from fieldstone.algorithms.image_classification.labels import CLASS_ID, FORMATS, Labels
from fieldstone.algorithms.image_classification.piped import Piped
from fieldstone.algorithms.image_classification.samples import Source
from fieldstone.contract.training import Channel, UserError

RECORDIO = "application/x-recordio"
IMAGES = ("application/x-image", "image/jpeg", "image/png")
MODEL = "model"
_DATA = ("train", "validation")
_KNOWN = (*_DATA, "train_lst", "validation_lst", MODEL)


def check(channels: Mapping[str, Channel], hosts: int) -> None:
    """Look whether a job has the channels that it must have.

    Raises:
        UserError: One is missing, unknown, or holds or comes as what is not read here.
    """
    check_names(channels, _KNOWN, required=_DATA)
    for name in _DATA:
        channel = channels[name]
        content = ContentType.parse(channel.content_type or RECORDIO)
        if content.name not in {RECORDIO, *IMAGES}:
            raise UserError(f"No iterator has been registered for ContentType ('{channel.content_type}', '1.0')")
        if content.parameters.get("label-format", CLASS_ID) not in FORMATS:
            raise UserError(f"label-format in ContentType {channel.content_type} must be one of {list(FORMATS)}")
        if channel.mode == "Pipe" and hosts > 1:
            raise UserError("Distributed training is not supported in Pipe mode: use File mode, or one instance")
        if channel.mode == "Pipe" and content.name != RECORDIO and channel.record_wrapper != "RecordIO":
            raise UserError(
                f"The {name} channel has ContentType {channel.content_type} in Pipe mode, which needs an augmented "
                "manifest: S3DataType AugmentedManifestFile, and RecordWrapperType RecordIO"
            )


def find_source(name: str, channels: Mapping[str, Channel], options: Options) -> Source:
    """The images of a channel.

    Raises:
        UserError: There are none, or one is wrong; names it.
    """
    channel = channels[name]
    content = ContentType.parse(channel.content_type or RECORDIO)
    by_number = content.parameters.get("label-format") == CLASS_ID
    labels = Labels(options["num_classes"], options["multi_label"], by_number)
    if channel.mode == "Pipe":
        return Piped(channel, labels)
    if content.name == RECORDIO:
        return RecordFiles(channel, labels)
    if f"{name}_lst" in channels:
        return Listed(channel, channels[f"{name}_lst"], labels)
    return Foldered(channel, labels)
