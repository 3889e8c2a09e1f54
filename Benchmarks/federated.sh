#!/usr/bin/env bash
# Seconds of a federated round on one core: Trireme, a plain PyTorch loop and Flower's simulation on the same work, in
# turns; Trireme on two cores, against the mean of the two; and Trireme with secure aggregation and without.
#
#     bash Benchmarks/federated.sh --python PYTHON [--flower PYTHON] [--turns 5] [--network 2nn,cnn] [--secure]
#
# Needs the release build (or TRIREME) and MNIST as trireme data import mnist leaves it. PYTHON has torch; that of
# --flower has flwr[simulation] and torch. Prints every round, then medians and ratios.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
trireme=${TRIREME:-.build/release/trireme}
jobs=${JOBS:-jobs}
python=${PYTHON:-python3} flower="" turns=5 networks="2nn cnn" secure=""
while [ $# -gt 0 ]; do
  case $1 in
    --python) python=$2; shift 2 ;;
    --flower) flower=$2; shift 2 ;;
    --turns) turns=$2; shift 2 ;;
    --network) networks=${2//,/ }; shift 2 ;;
    --secure) secure=yes; shift ;;
    *) echo "unknown option $1" >&2; exit 2 ;;
  esac
done
export OMP_NUM_THREADS=1 NO_COLOR=1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# federate NAME NETWORK ROUNDS LAUNCHER... -- ARGUMENT...: seconds of each round but the first, into $folder/NAME
federate() {
  local name=$1 network=$2 rounds=$3 launcher=()
  shift 3
  while [ "$1" != -- ]; do launcher+=("$1"); shift; done
  shift
  rm -rf "$folder/run"
  "${launcher[@]}" "$trireme" federate "$jobs/mnist-fedavg-$network.yaml" --output "$folder/run" \
    --set federated.localEpochs=1 --set "federated.rounds=$rounds" \
    --set 'federated.evaluation={everyRounds: 1000}' "$@" >/dev/null
  sed -n 's/.*"event":"round".*"round":\([0-9]*\),.*"seconds":\([0-9.e-]*\).*/\1 \2/p' "$folder/run/metrics.jsonl" |
    awk '$1 > 1 { print $2 }' >>"$folder/$name"
}
median() { sort -g "$folder/$1" | awk '{ x[NR] = $1 } END { print NR ? x[int((NR + 1) / 2)] : 0 }'; }
quickest() { sort -g "$folder/$1" | head -n 1; }
ratio() { awk -v a="$(median "$1")" -v b="$(median "$2")" 'BEGIN { printf "%.2f", a / b }'; }
line() { printf '%-22s %8.3f s   %s\n' "$1" "$(median "$1")" "$2"; }

for network in $networks; do
  if [ "$network" = cnn ]; then rounds=4 others=1; else rounds=16 others=4; fi
  for ((turn = 0; turn < turns; turn++)); do
    # Two ranks have both cores, and cores differ, from each other and from minute to minute: each turn times one core,
    # both, then the other core, and compares two ranks with the mean of the two.
    federate "$network-first-$turn" "$network" "$rounds" taskset -c 0 --
    federate "$network-both-$turn" "$network" "$rounds" mpirun -n 2 --bind-to core --
    federate "$network-second-$turn" "$network" "$rounds" taskset -c 1 --
    cat "$folder/$network-first-$turn" "$folder/$network-second-$turn" >>"$folder/$network-trireme"
    cat "$folder/$network-both-$turn" >>"$folder/$network-two-ranks"
    awk -v a="$(median "$network-first-$turn")" -v b="$(median "$network-second-$turn")" \
      -v c="$(median "$network-both-$turn")" 'BEGIN {
        printf "  turn: one core %.4f s, the other %.4f s, two ranks %.4f s\n", a, b, c
        printf "%.2f\n", (a + b) / 2 / c >>"'"$folder/$network-speedup"'"
        printf "%.2f\n", c / ((a > b ? a : b) / 2) >>"'"$folder/$network-bound"'" }'
    taskset -c $((turn % 2)) "$python" Benchmarks/pytorch_fedavg.py "$network" --rounds "$others" |
      awk '{ print $1 }' >>"$folder/$network-pytorch"
    if [ -n "$flower" ]; then
      taskset -c $((turn % 2)) "$flower" Benchmarks/flower_fedavg.py "$network" --rounds $((others + 1)) 2>/dev/null |
        awk '/to start/ { print "  Flower: " $0 } / a round/ { print $1 >>"'"$folder/$network-flower"'" }'
    fi
  done
  line "$network-trireme" "one core; $(wc -l <"$folder/$network-trireme") rounds, quickest $(quickest "$network-trireme") s"
  line "$network-pytorch" "$(ratio "$network-pytorch" "$network-trireme") x Trireme's"
  if [ -n "$flower" ]; then line "$network-flower" "$(ratio "$network-flower" "$network-trireme") x Trireme's"; fi
  line "$network-two-ranks" "one core takes $(median "$network-speedup") x as long; turns: $(
    sort -g "$folder/$network-speedup" | tr '\n' ' ')"
  echo "  $(median "$network-bound") x half of what the slower core takes; quickest round $(quickest "$network-two-ranks") s"
done
if [ -n "$secure" ]; then
  for ((turn = 0; turn < turns; turn++)); do
    for kind in open masked; do
      federate "cnn20-$kind" cnn 2 mpirun -n 2 --bind-to core -- --set federated.cohort=20 \
        --set "privacy={secureAggregation: $([ $kind = masked ] && echo true || echo false)}"
    done
  done
  line cnn20-open "20 clients, 1,663,370 parameters, 2 ranks"
  line cnn20-masked "secure aggregation: $(ratio cnn20-masked cnn20-open) x"
fi
