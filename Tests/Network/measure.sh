#!/usr/bin/env bash
# Measures sums over ranks and training on hosts of their own, with links of real rates. Prints tables;
# takes some minutes. Needs root and the release build.
#
#     bash Tests/Network/measure.sh [tests|lost|allreduce|delay|compression|overlap]...      all by default

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
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
      --set training.epochs=60 --set "parallel.timeoutSeconds=$limit" >"$PWD/.build/cut.log" 2>&1 &
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

overlap() {
  section "4 hosts x 1 rank, 200 Mbit/s, MLP of 6 million parameters: with and without overlap"
  bash $hosts up 4 200mbit
  for megabytes in 1000 4; do
    printf 'buckets of %4s MB: ' "$megabytes"
    bash $hosts mpirun 1 "$trireme" bench train jobs/bench-mlp.yaml --efficiency --steps 5 --warmup 2 \
      --set training.threads=1 --set training.globalBatch=8192 --set "parallel.bucketMegabytes=$megabytes"
  done
  bash $hosts down
}

[ $# -gt 0 ] || set -- tests lost allreduce delay compression overlap
for part in "$@"; do "$part"; done
