"""The model behind LitServe: one worker, which scores what waits together, and two processes that speak HTTP.

Requests cross to the worker over ZeroMQ (`fast_queue`), as its documentation says for more than a hundred a second.
"""

import os

import litserve
import numpy as np
import xgboost


class Predictor(litserve.LitAPI):
    def setup(self, device):  # noqa: ARG002  # LitServe hands it over
        self.booster = xgboost.Booster(model_file=os.environ["MODEL"])

    def decode_request(self, request):
        return request["features"]

    def batch(self, inputs):
        return np.array(inputs, np.float32)

    def predict(self, x):
        return self.booster.inplace_predict(x)

    def unbatch(self, output):
        return output.tolist()

    def encode_response(self, output):
        return {"prediction": output}


if __name__ == "__main__":
    api = Predictor(max_batch_size=64, batch_timeout=0.001)
    server = litserve.LitServer(api, accelerator="cpu", devices=1, workers_per_device=1, fast_queue=True)
    server.run(
        host="127.0.0.1",
        port=int(os.environ["PORT"]),
        num_api_servers=2,
        generate_client_file=False,
        log_level="warning",
        access_log=False,
    )
