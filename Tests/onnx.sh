#!/bin/bash
# Exports the model of each job and holds onnxruntime's predictions against `trireme predict`.
#
# Usage: bash Tests/onnx.sh PYTHON [JOB.yaml...]
# PYTHON has numpy, h5py, onnx and onnxruntime; all jobs by default. A job is trained for two steps on made-up data, so
# that running statistics are not those of the start. Ends with 1 if a difference is above 1e-5 of the largest number.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

python=$1
shift
trireme=${TRIREME:-.build/release/trireme}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
[ $# -gt 0 ] || set -- jobs/*.yaml

for job in "$@"; do
  run=$folder/$(basename "$job" .yaml)
  "$trireme" train "$job" --output "$run" --set 'data={synthetic: {samples: 64}}' --set training.epochs=unlimited \
    --set training.steps=2 --set training.globalBatch=16 --set training.microBatches=auto >"$run.log" 2>&1 ||
    { cat "$run.log" >&2; exit 1; }
  "$trireme" checkpoint export "$run/checkpoints/latest" --format onnx --output "$run.onnx"
  "$python" Tests/onnx_compare.py "$trireme" "$run/checkpoints/latest" "$run.onnx" "$(basename "$job")"
done
