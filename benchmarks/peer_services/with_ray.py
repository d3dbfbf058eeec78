"""The model behind Ray Serve: one replica, which gathers requests with `serve.batch`.

The high-throughput mode (HAProxy in front, replicas that speak HTTP themselves) is chosen by environment variables.
"""

import os
from pathlib import Path

import numpy as np
import ray
import xgboost
from ray import serve


@serve.deployment(num_replicas=1, max_ongoing_requests=256)
class Predictor:
    def __init__(self):
        self.booster = xgboost.Booster(model_file=os.environ["MODEL"])

    @serve.batch(max_batch_size=64, batch_wait_timeout_s=0.001)
    async def score(self, rows):
        return self.booster.inplace_predict(np.array(rows, np.float32)).tolist()

    async def __call__(self, request):
        return {"prediction": await self.score((await request.json())["features"])}


if __name__ == "__main__":
    # The folder's name is short: Ray keeps sockets below it, whose names may have 107 letters.
    folder = str(Path("ray").absolute())
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, object_store_memory=128 << 20, _temp_dir=folder)
    serve.start(http_options={"host": "127.0.0.1", "port": int(os.environ["PORT"])})
    serve.run(Predictor.bind(), route_prefix="/predict", blocking=True)
