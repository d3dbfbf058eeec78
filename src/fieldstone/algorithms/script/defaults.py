"""The handlers that a framework has of its own, for those that a script leaves out."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from fieldstone.algorithms.script.payloads import CSV, TEXTS, UnsupportedFormatError, decode, encode, media_type

_LIBSVM: Final = frozenset({"text/libsvm", "text/x-libsvm"})


@dataclass(frozen=True, slots=True)
class Handlers:
    """What turns a request into a reply: a model is loaded, a body read, a prediction made and written."""

    model_fn: Callable[..., Any]
    input_fn: Callable[..., Any]
    predict_fn: Callable[..., Any]
    output_fn: Callable[..., Any]


def framework_handlers(framework: str) -> Handlers:
    """A framework's own handlers."""
    return _HANDLERS[framework]


def _need_model_fn(_folder: str) -> Any:
    raise NotImplementedError(
        "Please provide a model_fn implementation. "
        "See documentation for model_fn at https://github.com/aws/sagemaker-python-sdk"
    )


def _need_predict_fn(_data: Any, _model: Any) -> Any:
    raise NotImplementedError(
        "Please provide a predict_fn implementation. "
        "See documentation for predict_fn at https://github.com/aws/sagemaker-python-sdk"
    )


def _read_for_sklearn(body: Any, content_type: str) -> Any:
    table = decode(body, content_type)
    return table.astype(np.float32) if media_type(content_type) in TEXTS else table


def _predict_by_method(data: Any, model: Any) -> Any:
    return model.predict(data)


def _read_for_xgboost(body: Any, content_type: str) -> Any:
    import xgboost  # noqa: PLC0415 - only its own models need it

    kind = media_type(content_type)
    if kind == CSV:
        rows = [line.split(",") for line in body.strip().splitlines()]
        return xgboost.DMatrix(np.array([[float(field or "nan") for field in row] for row in rows]))
    if kind in _LIBSVM:
        from sklearn.datasets import load_svmlight_file  # noqa: PLC0415 - seldom needed

        text = body if isinstance(body, str) else body.decode()
        labelled = io.BytesIO("".join(map(_with_label, text.splitlines())).encode())
        return xgboost.DMatrix(load_svmlight_file(labelled, zero_based=True)[0])  # pyright: ignore[reportArgumentType]
    raise UnsupportedFormatError(content_type)


def _with_label(line: str) -> str:
    """A line of libsvm; one that begins with a feature, as rows to predict may, is given a label."""
    return f"0 {line}\n" if ":" in line.partition(" ")[0] else f"{line}\n"


def _predict_with_booster(data: Any, model: Any) -> Any:
    return model.predict(data, validate_features=False)


def _load_torch(folder: str) -> Any:
    """The TorchScript model of a folder: `model.pt`, or the only file of its kind."""
    import torch  # noqa: PLC0415 # pyright: ignore[reportMissingImports] - an extra

    files = [Path(folder, "model.pt")]
    if not files[0].exists():
        files = [file for file in Path(folder).iterdir() if file.suffix in {".pt", ".pth"}]
    if len(files) != 1:
        names = [file.name for file in files]
        raise ValueError(f"Exactly one .pth or .pt file is required for PyTorch models: {names}")
    try:
        return torch.jit.load(str(files[0]), map_location=_device())
    except RuntimeError as error:
        raise RuntimeError(f"Failed to load {files[0]}. Please ensure model is saved using torchscript.") from error


def _read_for_torch(body: Any, content_type: str) -> Any:
    import torch  # noqa: PLC0415 # pyright: ignore[reportMissingImports] - an extra

    table = decode(body, content_type)
    text = media_type(content_type) in TEXTS
    return (torch.FloatTensor(table) if text else torch.from_numpy(table)).to(_device())


def _predict_with_torch(data: Any, model: Any) -> Any:
    import torch  # noqa: PLC0415 # pyright: ignore[reportMissingImports] - an extra

    with torch.no_grad():
        model.to(_device()).eval()
        return model(data.to(_device()))


def _write_from_torch(prediction: Any, accept: str) -> tuple[bytes, str]:
    plain = prediction.detach().cpu().numpy() if hasattr(prediction, "detach") else prediction
    return encode(plain, accept)


def _device() -> Any:
    import torch  # noqa: PLC0415 # pyright: ignore[reportMissingImports] - an extra

    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


_HANDLERS: Final = {
    "python": Handlers(_need_model_fn, decode, _need_predict_fn, encode),
    "scikit-learn": Handlers(_need_model_fn, _read_for_sklearn, _predict_by_method, encode),
    "xgboost": Handlers(_need_model_fn, _read_for_xgboost, _predict_with_booster, encode),
    "pytorch": Handlers(_load_torch, _read_for_torch, _predict_with_torch, _write_from_torch),
}
