#!/usr/bin/env bash
# FedAvg beside FedSGD on MNIST, as McMahan et al. (2017) compare them: both with the best learning rate of a small grid,
# then test accuracy by round as a plot. The network is that of jobs/mnist-fedavg-2nn.yaml; --cnn adds a grid for the
# network of jobs/mnist-fedavg-cnn.yaml, five local epochs, over few rounds.
#
#     trireme data import mnist ...                              # see jobs/mnist-fedavg-2nn.yaml
#     bash Benchmarks/fedavg-curves.sh OUTPUT [--cnn]
#
# Writes OUTPUT/curves.csv (curve, round, accuracy) and OUTPUT/curves.svg and .png (gnuplot); prints a table. Needs the
# release build, or another binary in TRIREME; RANKS is the number of ranks (1). Runs that are there are not repeated.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
output=$(realpath -m "${1:?the folder for the curves}")
trireme=${TRIREME:-.build/release/trireme}
jobs=${JOBS:-jobs}
mkdir -p "$output"
launch=()
[ "${RANKS:-1}" = 1 ] || launch=(mpirun -n "$RANKS" --bind-to none)

# train NAME JOB KEY=VALUE...
train() {
  local folder=$output/$1 job=$2
  shift 2
  local arguments=()
  for pair in "$@"; do arguments+=(--set "$pair"); done
  if ! grep -qs '"event":"end"' "$folder/metrics.jsonl"; then
    rm -rf "$folder"
    "${launch[@]}" "$trireme" federate "$jobs/$job.yaml" --output "$folder" "${arguments[@]}" >"$folder.log" 2>&1 ||
      echo "$(tail -1 "$folder.log")  ($folder.log)" >&2
  fi
}

# Accuracy by round.
curve() {
  sed -n 's/.*"event":"evaluate".*"round":\([0-9]*\),.*"accuracy":\([0-9.e-]*\).*/\1 \2/p' "$output/$1/metrics.jsonl"
}

# First crossing of TARGET by the running maximum, between rounds by a line, as the paper measures; and the best accuracy.
row() {
  curve "$1" | awk -v name="$1" -v target="$2" '
    $2 > best { if (!at && $2 >= target) at = from + ($1 - from) * (target - best) / ($2 - best); best = $2 }
    { from = $1 }
    END { printf "%-24s %8s %10.4f %8d\n", name, at ? sprintf("%.1f", at) : "-", best, from }'
}

printf '%-24s %8s %10s %8s\n' "run (rate)" "to 97 %" "best" "rounds"
for rate in 0.0464 0.1 0.215 0.464; do
  train "fedavg-$rate" mnist-fedavg-2nn "optimizer={sgd: {learningRate: $rate}}" federated.rounds=60 \
    'federated.evaluation={everyRounds: 1}'
  row "fedavg-$rate" 0.97
done
for rate in 0.1 0.215 0.464 1.0; do
  train "fedsgd-$rate" mnist-fedavg-2nn "optimizer={sgd: {learningRate: $rate}}" federated.rounds=300 \
    federated.algorithm=fedSGD 'federated.evaluation={everyRounds: 5}'
  row "fedsgd-$rate" 0.97
done
if [ "${2:-}" = --cnn ]; then
  printf '%-24s %8s %10s %8s\n' "" "to 99 %" "" ""
  for rate in 0.0464 0.1 0.215; do
    train "cnn-$rate" mnist-fedavg-cnn "optimizer={sgd: {learningRate: $rate}}" federated.rounds=3 \
      'federated.evaluation={everyRounds: 1}'
    row "cnn-$rate" 0.99
  done
fi

# The best of each grid: the earliest to cross, or the highest.
best() {
  for folder in "$output/$1"-*/; do
    name=$(basename "$folder")
    row "$name" 0.97 | awk '{ print ($2 == "-" ? 1e9 - $3 : $2), $1 }'
  done | sort -g | awk 'NR == 1 { print $2 }'
}
average=$(best fedavg) sgd=$(best fedsgd)
{
  echo curve,round,accuracy
  for name in "$average" "$sgd"; do curve "$name" | awk -v name="$name" '{ print name "," $1 "," $2 }'; done
} >"$output/curves.csv"
for kind in svg png; do
  gnuplot <<END
set terminal $([ $kind = svg ] && echo "svg size 720,480" || echo "pngcairo size 720,480")
set output "$output/curves.$kind"
set xlabel "round (10 of 100 clients)"
set ylabel "test accuracy"
set yrange [0.8:1]
set xrange [1:300]
set logscale x
set xtics (1, 3, 10, 30, 100, 300)
set key above left vertical Left reverse
set grid
plot 0.97 with lines dashtype 2 linecolor "gray40" title "97 %", \
  "< awk -F, '\$1 == \"$average\"' $output/curves.csv | tr , ' '" using 2:3 with lines linewidth 2 \
    title "FedAvg, 1 epoch in batches of 10, rate ${average#fedavg-}", \
  "< awk -F, '\$1 == \"$sgd\"' $output/curves.csv | tr , ' '" using 2:3 with lines linewidth 2 \
    title "FedSGD, 1 step of all samples, rate ${sgd#fedsgd-}"
END
done
echo "plot: $output/curves.svg"
