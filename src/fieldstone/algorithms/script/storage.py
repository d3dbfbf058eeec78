"""Files from S3, with the job's own key and at the endpoint that its environment names."""

import os
import shutil
from pathlib import Path
from typing import Any

from fieldstone.contract.training import UserError


def download(uri: str, target: Path) -> None:
    """Download an object.

    Raises:
        UserError: It is not there, or cannot be had.
    """
    # botocore takes a quarter of a second to import, and code that lies in a channel needs none of it.
    import botocore.session  # noqa: PLC0415 - see above
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - see above

    bucket, _, key = uri.removeprefix("s3://").partition("/")
    region = os.environ.get("AWS_REGION") or os.environ.get("SAGEMAKER_REGION") or "us-east-1"
    endpoint = os.environ.get("S3_ENDPOINT_URL")
    try:
        client: Any = botocore.session.get_session().create_client("s3", region, endpoint_url=endpoint)
        body = client.get_object(Bucket=bucket, Key=key)["Body"]
        with target.open("wb") as writing:
            shutil.copyfileobj(body, writing, 1 << 20)
    except (BotoCoreError, ClientError) as error:
        raise UserError(f"the code at {uri} cannot be downloaded: {error}") from None
