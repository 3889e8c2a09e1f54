#!/usr/bin/env bash
# What a checkpoint of a large model costs: 100 million parameters with Adam, 1.2 GB.
#
#     swift build -c release --product trireme
#     bash Benchmarks/checkpoint.sh [FOLDER]      # on the disk of FOLDER, which is the temporary one unless given
#
# Trains for about a minute without a checkpoint and with one in the middle, in turns; the difference is
# what it costs the training. Writes as many bytes by `dd conv=fsync` beside each, for the rate of the
# disk. `dd` overwrites nothing, and the time of a checkpoint ends before older ones are removed. Wants a
# machine that does nothing else; takes some five minutes.

set -eu
exec </dev/null
cd "$(dirname "${BASH_SOURCE[0]}")/.."
trireme=${TRIREME:-$PWD/.build/release/trireme}
rounds=${ROUNDS:-2}
work=$(mktemp -d "${1:-${TMPDIR:-/tmp}}/checkpoint-XXXXXX")
trap 'rm -rf "$work"' EXIT

cat >"$work/job.yaml" <<END
data: {synthetic: {shape: [784], classes: 10, samples: 100000}}
model:
  input: [784]
  layers:
    - dense: {units: 8192, activation: relu}
    - dense: {units: 8192, activation: relu}
    - dense: {units: 3250, activation: relu}
    - dense: {units: 10}
loss: softmaxCrossEntropy
optimizer: {adam: {learningRate: 0.0001}}
training: {globalBatch: 32, seed: 7}
END

# Trains for $1 steps, which are one epoch, with further settings, into $work/run. The evaluation at the end
# takes as many samples.
train() {
  local steps=$1 options=()
  shift
  for setting in "training.steps=$steps" "data.synthetic.samples=$((32 * steps))" "$@"; do options+=(--set "$setting"); done
  rm -rf "$work/run"
  "$trireme" train "$work/job.yaml" --output "$work/run" "${options[@]}" >"$work/log" 2>&1 ||
    { cat "$work/log" && exit 1; }
}
# A number of the last event $2 with the key $1 (or of the first, with head).
number() { grep "\"event\":\"$2\"" "$work/run/metrics.jsonl" | "${3:-tail}" -n 1 | sed -E "s/.*\"$1\":([0-9.e+-]+).*/\\1/"; }
# Seconds from the first step's start to the last one's end: all are of one epoch.
seconds() { awk -v n="$(number step train)" -v r="$(number samplesPerSecond train)" 'BEGIN { printf "%.3f", n * 32 / r }'; }
calculate() { awk "BEGIN { printf \"$1\", $2 }"; }

train 10 checkpoint.everySteps=1000
steps=$(calculate %d "10 * ${SECONDS_PER_RUN:-60} / $(seconds)")
bytes=$(stat --dereference --format=%s "$work/run/checkpoints/latest")
echo "$(number parameters start) parameters, $bytes bytes, $steps steps, load $(cut -d' ' -f1 /proc/loadavg)"
echo "| round | without (s) | with one (s) | cost | written while training | at the end | dd conv=fsync | share of dd |"
echo "|--:|--:|--:|--:|--:|--:|--:|--:|"
for round in $(seq "$rounds"); do
  train "$steps" checkpoint.everySteps=$((10 * steps))
  without=$(seconds)
  # Before, between and after: a disk has moods.
  dd_rate() {
    rm -f "$work/dd" && sync
    dd if=/dev/zero of="$work/dd" bs=4M count=$((bytes / 4194304)) conv=fsync 2>&1 |
      tail -n 1 | sed -E 's/.* copied, ([0-9.e+-]+) s.*/\1/'
    rm -f "$work/dd"
  }
  first=$(dd_rate)
  train "$steps" checkpoint.everySteps=$((steps / 2 + 1)) checkpoint.keep=1
  with=$(seconds) beside=$(number seconds checkpoint head) end=$(number seconds checkpoint)
  second=$(dd_rate)
  dd=$(calculate %.3f "($first + $second) / 2")
  echo "| $round | $without | $with | $(calculate %.1f%% "100 * ($with - $without) / $without") | $beside s | $end s = $(calculate %.0f "$bytes / 1e6 / $end") MB/s | $first, $second s = $(calculate %.0f "$bytes / 1e6 / $dd") MB/s | $(calculate %.0f%% "100 * $dd / $end") |"
done
