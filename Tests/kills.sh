#!/usr/bin/env bash
# Kills trainings at random moments and looks whether they end as if nothing had happened.
#
#     swift build -c release --product trireme
#     bash Tests/kills.sh [--count N] [--seed S] [JOB.yaml:STEPS...]
#
# Of each run one random rank, or all processes, are killed by SIGKILL after a random step; as every
# second step writes a checkpoint, many are killed in the middle of one. The run is resumed on a random
# number of ranks and must end with the parameters, to the bit, of one that was left alone. 200 kills of
# a CNN, an LSTM and a transformer take a quarter of an hour on two cores.

set -u
exec </dev/null
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

count=200
seed=1
jobs=()
while [ $# -gt 0 ]; do
  case $1 in
  --count) count=$2 && shift 2 ;;
  --seed) seed=$2 && shift 2 ;;
  *) jobs+=("$1") && shift ;;
  esac
done
[ ${#jobs[@]} -gt 0 ] || jobs=(jobs/digits-cnn.yaml:90 Tests/Fixtures/jobs/digits-lstm.yaml:60
  Tests/Fixtures/jobs/digits-transformer.yaml:60)
RANDOM=$seed

trireme=${TRIREME:-$PWD/.build/release/trireme}
[ -x "$trireme" ] || {
  echo "no $trireme: swift build -c release --product trireme" >&2
  exit 1
}
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_mpi_yield_when_idle=1
work=$(mktemp -d)
# What killed ranks leave in shared memory goes with the folder.
export TMPDIR=$work OMPI_MCA_btl_vader_backing_directory=$work OMPI_MCA_osc_sm_backing_directory=$work
group=
finish() {
  [ -z "$group" ] || kill -KILL -- "-$group" 2>/dev/null
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' INT TERM

# Starts a training in a session of its own: folder, job, steps, ranks. Sets `group`.
start() {
  setsid mpirun -n "$4" "$trireme" train "$2" --output "$1" --resume auto --set "training.steps=$3" \
    --set training.threads=1 --set training.microBatches=4 --set checkpoint.everySteps=2 \
    --set checkpoint.keep=2 >>"$1.log" 2>&1 &
  group=$!
}

# Waits for the end, for so many seconds; the exit code is in `code`.
await() {
  local until=$((SECONDS + $1))
  while kill -0 "$group" 2>/dev/null; do
    if [ "$SECONDS" -ge "$until" ]; then
      kill_all
      code=124
      return
    fi
    sleep 0.02
  done
  wait "$group" 2>/dev/null
  code=$?
  group=
}

# All processes of the session: mpirun gives each rank a process group of its own.
members() { ps -o pid= -s "$group"; }
kill_all() {
  local left
  while left=$(members) && [ -n "$left" ]; do
    # shellcheck disable=SC2086
    kill -KILL $left 2>/dev/null
    sleep 0.02
  done
  wait "$group" 2>/dev/null
  group=
}

step_of() { tail -c 4096 "$1/metrics.jsonl" 2>/dev/null | grep -oE '"step":[0-9]+' | tail -n 1 | grep -oE '[0-9]+'; }

# Kills a run of $2 after a random step, resumes it, compares; prints a line. Fails if bits differ.
trial() {
  local number=$1 job=${2%:*} steps=${2##*:} name run before after target victim ranks
  name=$(basename "$job" .yaml)
  run=$work/run-$number
  before=$((1 << RANDOM % 3)) after=$((1 << RANDOM % 3))
  if [ ! -d "$work/whole-$name" ]; then
    start "$work/whole-$name" "$job" "$steps" 1
    await 300
    [ "$code" -eq 0 ] || { cat "$work/whole-$name.log" && echo "the undisturbed run failed" && exit 1; }
  fi
  while :; do
    rm -rf "$run" "$run.log"
    target=$((RANDOM % (steps - 5)))
    start "$run" "$job" "$steps" "$before"
    while kill -0 "$group" 2>/dev/null && [ "$(step_of "$run" || true)0" -lt "${target}0" ]; do :; done
    # Into the step or the checkpoint that follows.
    sleep "0.0$((RANDOM % 30))"
    # The children of mpirun are its ranks.
    mapfile -t ranks < <(pgrep -P "$group")
    if [ $((RANDOM % 2)) -eq 0 ] && [ ${#ranks[@]} -gt 0 ]; then
      victim="rank $((RANDOM % ${#ranks[@]}))"
      kill -KILL "${ranks[${victim#rank }]}" 2>/dev/null
      await 20
    else
      victim=all
      kill_all
    fi
    grep -q '"event":"end"' "$run/metrics.jsonl" 2>/dev/null || break
  done
  local at partial
  at=$(step_of "$run") partial=$(find "$run" -name '*.partial' 2>/dev/null | wc -l)
  start "$run" "$job" "$steps" "$after"
  await 300
  if [ "$code" -eq 0 ] && "$trireme" checkpoint compare "$work/whole-$name/checkpoints/latest" \
    "$run/checkpoints/latest" >"$run.compare"; then
    printf 'ok      %3d  %s: %s of %d killed at step %s%s, resumed on %d\n' "$number" "$name" "$victim" \
      "$before" "${at:-0}" "$([ "$partial" -eq 0 ] || echo ' in a checkpoint')" "$after"
    rm -rf "$run" "$run".*
    return 0
  fi
  printf 'FAILED  %3d  %s: %s of %d killed at step %s, resumed on %d: exit code %d\n' "$number" "$name" \
    "$victim" "$before" "${at:-0}" "$after" "$code"
  head -n 5 "$run.compare" 2>/dev/null
  tail -n 5 "$run.log"
  return 1
}

good=0
for ((number = 1; number <= count; number++)); do
  # What the shell says of killed children is no news.
  trial "$number" "${jobs[number % ${#jobs[@]}]}" 2>/dev/null && good=$((good + 1))
done
echo "$good of $count kills ended with the same bits"
[ "$good" -eq "$count" ]
