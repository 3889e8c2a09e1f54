#!/usr/bin/env bash
# Measures sums over ranks and training on hosts of their own, with links of real rates. Prints tables;
# takes some minutes. Needs root and the release build.
#
#     bash Tests/Network/measure.sh [tests|lost|allreduce|delay|compression|overlap]...      all by default

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
export HOSTS_NAME=${HOSTS_NAME:-measure}
hosts=Tests/Network/hosts.sh
trireme=$PWD/.build/release/trireme
trap 'bash $hosts down' EXIT

section() { printf '\n== %s\n' "$1"; }

# The rank tests of everything that sends messages, where hosts are real. Needs the built tests.
tests() {
  local layout
  for layout in "2 2" "4 1"; do
    read -r count ranks <<<"$layout"
    section "Rank tests on $count hosts x $ranks"
    bash $hosts up "$count" 1gbit
    RANK_TEST_SECONDS=300 bash $hosts mpirun "$ranks" "$PWD/.build/release/triremePackageTests.xctest" \
      --testing-library swift-testing --no-parallel \
      --filter 'RankTests\.Ranks/(DataParallel|Shard|Adasum|OrderedSums)' 2>&1 | grep -E '✘|hangs|Test run with'
    bash $hosts down
  done
}

# A network cut of 12 s, and one that is longer than the limit.
lost() {
  local limit
  for limit in 60 6; do
    section "4 hosts x 1 rank, host3 cut for 12 s, the limit is $limit s"
    bash $hosts up 4 200mbit
    bash $hosts mpirun 1 "$trireme" train "$PWD/jobs/digits-cnn.yaml" --output "$PWD/.build/cut" \
      --set training.epochs=500 --set "parallel.timeoutSeconds=$limit" >"$PWD/.build/cut.log" 2>&1 &
    sleep 8
    bash $hosts cut host3
    sleep 12
    bash $hosts heal host3
    wait $! || echo "exit code $?"
    grep -E '^test|lost' "$PWD/.build/cut.log" || true
    rm -rf "$PWD/.build/cut"
    bash $hosts down
  done
}

# Limits: 2 (P - 1) / P N over the rate of a link.
allreduce() {
  section "4 hosts x 1 rank, 200 Mbit/s, 64 MB: the limit is 3840 ms, of 25 MB 1500 ms"
  bash $hosts up 4 200mbit
  bash $hosts mpirun 1 "$trireme" bench allreduce --sizes 64000000,25000000 --algorithms ring,halving,native --repeat 3
  bash $hosts down
  section "2 hosts x 2 ranks, 200 Mbit/s, 64 MB: a link carries N (2560 ms), in a flat ring 1.5 N (3840 ms)"
  bash $hosts up 2 200mbit
  bash $hosts mpirun 2 "$trireme" bench allreduce --sizes 64000000 --algorithms hierarchical,ring,native --repeat 3
  bash $hosts down
}

delay() {
  section "4 hosts x 1 rank, 5 ms each way, 4 KB: doubling takes 2 exchanges, the ring 6 hops"
  bash $hosts up 4 200mbit 5000
  bash $hosts mpirun 1 "$trireme" bench allreduce --sizes 4096 --algorithms doubling,ring,auto --repeat 11 --tune "$PWD/.build/model.json"
  bash $hosts down
}

compression() {
  section "4 hosts x 1 rank, 100 Mbit/s, MLP of 6 million parameters: a step"
  bash $hosts up 4 100mbit
  for setting in none bf16 fp16 sign "{topK: {share: 0.01}}" "{randomK: {share: 0.01}}" "{powerSGD: {rank: 4}}"; do
    printf '%-26s' "$setting"
    bash $hosts mpirun 1 "$trireme" bench train jobs/bench-mlp.yaml --steps 5 --warmup 2 --set training.threads=1 \
      --set training.globalBatch=128 --set "parallel.compression=$setting" | head -n 1
  done
  bash $hosts down
}

# Ranks sleep as long as they would compute, so that four of them do not compete for the machine's cores; sums
# are real. A trace of the steps that overlap goes to .build/overlap.json.
overlap() {
  local job=$PWD/jobs/shakespeare-gpt.yaml profile=$PWD/.build/overlap-profile.json ways=$PWD/.build/overlap
  section "4 hosts x 1 rank, 200 Mbit/s, GPT of 0.8 million parameters, 128 samples a rank: how much of the sums is hidden"
  "$trireme" bench train "$job" --set training.globalBatch=128 --profile "$profile" --steps 10 >/dev/null
  # Without jitter: what ranks wait for each other is no communication.
  sed -i -E 's/("jitterMicroseconds" *: *)[0-9.e+-]+/\10/' "$profile"
  simulated() {
    "$trireme" bench train "$job" --simulate-compute "$profile" --json --warmup 2 --steps 9 "$@"
  }
  echo "alone $(simulated --set training.globalBatch=128)" >"$ways"
  bash $hosts up 4 200mbit
  for turn in 1 2 3; do
    for way in "end --sum-at-end" "buckets --trace $PWD/.build/overlap.json"; do
      # shellcheck disable=SC2086
      echo "${way%% *} $(bash $hosts mpirun 1 "$trireme" bench train "$job" --simulate-compute "$profile" --json \
        --warmup 2 --steps 9 --set training.globalBatch=512 --set parallel.bucketMegabytes=0.25 ${way#* } 2>/dev/null)"
    done
  done >>"$ways"
  bash $hosts down
  "${PYTHON:-python3}" - "$ways" "$PWD/.build/overlap.json" <<'PYTHON'
import json, statistics, sys
steps = {}
for line in open(sys.argv[1]):
    way, report = line.split(" ", 1)
    steps.setdefault(way, []).append(json.loads(report)["stepMicroseconds"] / 1e3)
alone, end, buckets = (statistics.median(steps[way]) for way in ("alone", "end", "buckets"))
print(f"step alone {alone:.1f} ms, one sum at the end {end:.1f} ms, buckets that overlap {buckets:.1f} ms")
print(f"sums take {end - alone:.1f} ms, of which {100 * (end - buckets) / (end - alone):.1f} % are hidden")
events = json.load(open(sys.argv[2]))
events = events["traceEvents"] if isinstance(events, dict) else events
def spans(word):
    return [(e["ts"], e["ts"] + e["dur"]) for e in events
            if e.get("ph") == "X" and e["pid"] == 0 and e["name"].startswith(word)]
sums, waits = spans("bucket"), spans("wait")
under_way, waited = (sum(end - start for start, end in found) for found in (sums, waits))
print(f"the trace: sums under way {under_way / 1e3:.1f} ms on rank 0, {waited / 1e3:.1f} ms of them waited for")
PYTHON
}

[ $# -gt 0 ] || set -- tests lost allreduce delay compression overlap
for part in "$@"; do "$part"; done
