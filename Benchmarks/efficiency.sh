#!/usr/bin/env bash
# What the sum over ranks costs a step: prints one table. Each row alternates steps with and without
# the sum, on the same ranks, several times; the median of the runs counts. The last rank is that which
# ends a step last, with the sum or without: cores are rarely of the same speed.
#
#     bash Benchmarks/efficiency.sh [RANKS] [RUNS]
#
# Needs the release build, and RANKS (2) quiet cores.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
ranks=${1:-2}
runs=${2:-5}
trireme=.build/release/trireme
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1

# The median of a field over runs of one job.
row() {
  local name=$1 wanted=$2 job=$3 steps=$4 lines=""
  shift 4
  for _ in $(seq "$runs"); do
    lines+=$(mpirun -n "$ranks" --bind-to core "$trireme" bench train "$job" --efficiency --json \
      --steps "$steps" --warmup 10 --set training.threads=1 "$@" | tail -n 1)$'\n'
  done
  NAME=$name WANTED=$wanted python3 -c '
import json, os, statistics, sys
rows = [json.loads(line) for line in sys.stdin if line.strip()]
median = lambda key: statistics.median(row[key] for row in rows)
shares = [100 * row["efficiency"] for row in rows]
last = [100 * row["lastEfficiency"] for row in rows]
name, wanted = os.environ["NAME"], os.environ["WANTED"]
together, alone = median("stepMicroseconds"), median("aloneMicroseconds")
print(f"| {name} | {together:.0f} | {alone:.0f} "
      f"| {statistics.median(shares):.1f} | {min(shares):.1f} - {max(shares):.1f} "
      f"| {statistics.median(last):.1f} | {min(last):.1f} - {max(last):.1f} | >= {wanted} |")
' <<<"$lines"
}

echo "$ranks ranks, $runs runs, load $(cut -d' ' -f1 /proc/loadavg) at the start, $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1)"
echo
echo "| step of | us with the sum | us without | efficiency %, mean of ranks | from - to | of the last rank | from - to | wanted |"
echo "| --- | --: | --: | --: | --- | --: | --- | --: |"
row "CIFAR CNN, batch 32 a rank" 97 jobs/cifar-cnn.yaml 100 --set "training.globalBatch=$((32 * ranks))"
row "MLP 784-2048-2048-10, batch 128 a rank" 92 jobs/bench-mlp.yaml 60 --set "training.globalBatch=$((128 * ranks))"
row "MLP 784-2048-2048-10, batch 32 a rank" 85 jobs/bench-mlp.yaml 100 --set "training.globalBatch=$((32 * ranks))"
