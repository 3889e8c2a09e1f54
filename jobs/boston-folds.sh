#!/bin/bash
# Five-fold cross-validation of jobs/boston-mlp.yaml on two ranks: each shard is held back once.
#
# Usage: bash jobs/boston-folds.sh [folder of the five shards] [output folder]
# Prints the root of the mean squared error on each fold, and their mean.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

data=${1:-runs/data/boston}
output=${2:-runs/boston}
trireme=.build/release/trireme
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1

shards=("$data"/train-*.h5)
[ "${#shards[@]}" -eq 5 ] || { echo "$data: wanted five shards train-*.h5" >&2; exit 2; }

total=0
for fold in 0 1 2 3 4; do
  train=$(printf '%s\n' "${shards[@]}" | sed "$((fold + 1))d" | paste -sd,)
  mpirun -n 2 --oversubscribe "$trireme" train jobs/boston-mlp.yaml --output "$output/fold-$fold" \
    --set "data.train=[$train]" --set "data.test=${shards[$fold]}" >"$output-fold-$fold.log"
  loss=$("$trireme" evaluate "$output/fold-$fold/checkpoints/latest" --json |
    sed 's/.*"loss":\([^,]*\).*/\1/')
  rmse=$(awk -v x="$loss" 'BEGIN { printf "%.4f", sqrt(x) }')
  echo "fold $fold  test RMSE $rmse"
  total=$(awk -v a="$total" -v b="$rmse" 'BEGIN { print a + b }')
done
awk -v x="$total" 'BEGIN { printf "mean test RMSE %.4f\n", x / 5 }'
