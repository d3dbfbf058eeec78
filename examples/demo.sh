#!/usr/bin/env bash
# Runs examples/churn.py on a server of its own: a free port, a fresh data folder. `make demo` calls it.
set -euo pipefail
cd "$(dirname "$0")/.."

fieldstone=.venv/bin/fieldstone
data=$(mktemp -d "${TMPDIR:-/tmp}/fieldstone-demo-XXXXXX")
trap '$fieldstone down --data-dir "$data" >/dev/null' EXIT

$fieldstone up --port 0 --data-dir "$data" --detach
eval "$($fieldstone env --data-dir "$data")"
echo
echo "examples/churn.py: the program you would run against AWS. Only the environment differs."
echo
.venv/bin/python examples/churn.py --keep

cat <<END

Everything is in $data: rows in fieldstone.db, S3 objects below objects/, logs below logs/.
The server ends now; nothing is lost. Start it again, and the endpoint answers again:

  source .venv/bin/activate
  fieldstone up --data-dir $data --detach
  eval "\$(fieldstone env --data-dir $data)"
  python -c 'import boto3; print(boto3.client("sagemaker").list_endpoints()["Endpoints"])'

END
