#!/usr/bin/env bash
# Holds `trireme plan` against steps on hosts of their own: 1, 2, 4 and 8 hosts, links of 100 Mbit/s and 1 Gbit/s,
# two delays. Ranks sleep in place of computing, so that their number does not matter to two cores; sums over
# ranks and their overlap are real. Constants come from one host (the profile) and two hosts (the network).
# Needs root, the release build and PYTHON (python3). Six minutes; LINKS names some of the links only, and KEEP=1
# adds to the table of the last run.
#
#     bash Tests/Network/predict.sh [JOB:BATCH:ALGORITHM]...   the MLP and the GPT job by default
#     bash Tests/Network/predict.sh overlap [JOB:BATCH]...     8 hosts: buckets against one sum at the end

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
export HOSTS_NAME=${HOSTS_NAME:-predict}
hosts=Tests/Network/hosts.sh
trireme=$PWD/.build/release/trireme
python=${PYTHON:-python3}
out=$PWD/.build/predict
mkdir -p "$out"
trap 'bash $hosts down' EXIT
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 NO_COLOR=1

number() { "$python" -c 'import json, sys; print(json.load(sys.stdin)'"$1"')'; }

# The profile of a job, made once.
profile() {
  local job=$1 batch=$2
  [ -s "$out/$job-$batch.json" ] || "$trireme" bench train "jobs/$job.yaml" --set "training.globalBatch=$batch" \
    --profile "$out/$job-$batch.json" --steps 60 >/dev/null
}

# What two hosts say of the network.
tune() {
  bash $hosts up 2 "$@"
  bash $hosts mpirun 1 "$trireme" bench allreduce --sizes 4 --algorithms ring --repeat 1 \
    --tune "$out/network.json" >/dev/null
  bash $hosts down
  echo "network: $(tr -d ' \n' <"$out/network.json")"
}

step() {
  local job=$1 batch=$2 count=$3
  shift 3
  bash $hosts mpirun 1 "$trireme" bench train "jobs/$job.yaml" --simulate-compute "$out/$job-$batch.json" --json \
    --steps "${STEPS:-9}" --warmup "${WARMUP:-4}" --set "training.globalBatch=$((batch * count))" "$@" |
    number '["stepMicroseconds"]'
}

matrix() {
  local job batch link count measured predicted
  for link in "${links[@]}"; do
    # shellcheck disable=SC2086
    tune $link
    for count in 1 2 4 8; do
      # shellcheck disable=SC2086
      bash $hosts up $count $link
      for job in "${jobs[@]}"; do
        IFS=: read -r job batch algorithm <<<"$job"
        profile "$job" "$batch"
        measured=$(step "$job" "$batch" "$count" --set "parallel.allReduce=$algorithm" --set parallel.bucketMegabytes=1)
        predicted=$("$trireme" plan "jobs/$job.yaml" --profile "$out/$job-$batch.json" --network "$out/network.json" \
          --ranks "$count" --json --set "parallel.allReduce=$algorithm" --set parallel.bucketMegabytes=1 |
          number '["rows"][0]["step"]')
        echo "$job $algorithm ${link// /+} $count $measured $predicted" | tee -a "$out/table"
      done
      bash $hosts down
    done
  done
}

# Both ways in turns on 8 hosts, each job alone before.
overlap() {
  local job batch alone way turn
  for job in "$@"; do profile "${job%:*}" "${job#*:}"; done
  rm -f "$out/overlap"
  bash $hosts up 8 1000mbit
  for job in "$@"; do
    IFS=: read -r job batch <<<"$job"
    alone=$("$trireme" bench train "jobs/$job.yaml" --simulate-compute "$out/$job-$batch.json" --json --steps 20 \
      --set "training.globalBatch=$batch" | number '["stepMicroseconds"]')
    for turn in 1 2 3; do
      for way in "hierarchical --set parallel.bucketMegabytes=0.5 --set parallel.progressThread=true" \
        "native --sum-at-end"; do
        # shellcheck disable=SC2086
        echo "$job:$batch $alone ${way%% *} $(STEPS=15 step "$job" "$batch" 8 --set parallel.allReduce=$way)"
      done
    done >>"$out/overlap"
  done
  "$python" - "$out/overlap" <<'PYTHON'
import sys, statistics
steps = {}
for line in open(sys.argv[1]):
    job, alone, way, time = line.split()
    steps.setdefault((job, float(alone)), {}).setdefault(way, []).append(float(time))
print("job, samples a rank    alone ms  overlapped ms, efficiency  at the end ms, efficiency  times as efficient")
for (job, alone), ways in steps.items():
    ours, native = (statistics.median(ways[way]) for way in ("hierarchical", "native"))
    print(f"{job:21} {alone / 1e3:9.1f} {ours / 1e3:14.1f} {100 * alone / ours:9.1f} %"
          f" {native / 1e3:15.1f} {100 * alone / native:8.1f} % {native / ours:19.2f}")
PYTHON
}

if [ "${1:-}" = overlap ]; then
  shift
  [ $# -gt 0 ] || set -- shakespeare-gpt:16 shakespeare-gpt:32 cifar-cnn:32 cifar-resnet20:16 bench-mlp:128
  overlap "$@"
  exit
fi
IFS=, read -r -a links <<<"${LINKS:-100mbit,100mbit 1000,1000mbit,1000mbit 1000}"
jobs=("$@")
[ $# -gt 0 ] || jobs=(bench-mlp:128:ring shakespeare-gpt:16:halving)
[ -n "${KEEP:-}" ] || rm -f "$out/table"
matrix
"$python" - "$out/table" <<'PYTHON'
import sys, statistics
rows = [line.split() for line in open(sys.argv[1])]
print(f"{'job':18} {'sum':13} {'link':15} hosts  measured ms  predicted ms  error")
errors = []
for job, way, link, hosts, measured, predicted in rows:
    error = float(predicted) / float(measured) - 1
    errors.append(abs(error))
    print(f"{job:18} {way:13} {link:15} {hosts:>5} {float(measured) / 1e3:12.2f} {float(predicted) / 1e3:13.2f} {100 * error:+6.1f} %")
print(f"{len(errors)} cases: median {100 * statistics.median(errors):.1f} %, worst {100 * max(errors):.1f} %")
PYTHON
