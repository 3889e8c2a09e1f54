#!/usr/bin/env bash
# Tests Slurm/ and the commands for it on a real Slurm, which Slurm/test-cluster.sh starts on this
# machine and ends again. Not a part of Tests/run.sh: it takes some minutes.
#
#     swift build -c release --product trireme
#     bash Tests/slurm.sh              # all but the last test
#     bash Tests/slurm.sh --long       # with a job of three one-minute limits
#     bash Tests/slurm.sh NAME...      # these tests alone
#
# Every training that is disturbed must end with the bits of one that was not.

set -u
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
root=$PWD
job=$root/jobs/digits-cnn.yaml
export TRIREME=${TRIREME:-$root/.build/release/trireme}
# Long enough to be disturbed, short enough to wait for.
epochs=${EPOCHS:-150}

work=$(mktemp -d)
# munge wants a way to its socket for all.
chmod 711 "$work"
export CLUSTER_FOLDER=$work/cluster CLUSTER_PORT=${CLUSTER_PORT:-18700} CLUSTER_NODES=2 CLUSTER_CPUS=2
export TRIREME_COMMENT=1
cluster=$root/Slurm/test-cluster.sh
on() { "$cluster" run "$@"; }

finish() {
  "$cluster" down >/dev/null
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' INT TERM

passed=0
failed=0
problem=

# Notes the first thing that is not as expected.
expect() {
  local what=$1
  shift
  "$@" && return 0
  [ -n "$problem" ] || problem=$what
  return 1
}

# MARK: What tests are made of

# Submits a training of two ranks on two nodes: the name of its output, then options of sbatch.
submit() {
  local output=$1
  shift
  on sbatch --parsable --nodes=2 --ntasks-per-node=1 --time=10 "$@" \
    --output="$work/$output.log" "$root/Slurm/train.sbatch" "$job" --output "$work/$output" \
    --set "training.epochs=$epochs"
}

state() { on scontrol show job --oneliner "$1" | sed -nE 's/.* JobState=([A-Z_]+).*/\1/p' | tail -n 1; }
restarts() { on scontrol show job --oneliner "$1" | sed -nE 's/.* Restarts=([0-9]+).*/\1/p' | tail -n 1; }
has_ended() { [[ $(state "$1") =~ ^(COMPLETED|CANCELLED|FAILED|TIMEOUT|NODE_FAIL|PREEMPTED)$ ]]; }
events() {
  local count
  count=$(grep -c "\"event\":\"$2\"" "$work/$1/metrics.jsonl" 2>/dev/null)
  echo "${count:-0}"
}

# Tries a command until it succeeds, for so many seconds.
within() {
  local until=$((SECONDS + $1))
  shift
  until "$@"; do
    [ "$SECONDS" -lt "$until" ] || return 1
    sleep 0.5
  done
}

has_trained() { [ "$(events "$1" train)" -ge "${2:-200}" ]; }

# The undisturbed run.
reference() {
  [ -d "$work/reference" ] || "$TRIREME" train "$job" --output "$work/reference" \
    --set "training.epochs=$epochs" --set training.threads=1 >"$work/reference.log" 2>&1
}

# The job ended well, with the reference's bits, after so many restarts.
expect_same_bits() {
  local number=$1 output=$2 wanted=$3
  expect "the job does not end" within "${4:-180}" has_ended "$number"
  expect "the job ended as $(state "$number")" [ "$(state "$number")" = COMPLETED ]
  expect "$(restarts "$number") restarts instead of $wanted" [ "$(restarts "$number")" = "$wanted" ]
  expect "the undisturbed run failed" reference
  expect "other bits than the undisturbed run's" "$TRIREME" checkpoint compare \
    "$work/reference/checkpoints/latest" "$work/$output/checkpoints/latest" >/dev/null
}

# MARK: Tests

doctor_sees_ranks_under_srun_and_mpirun() {
  expect "srun --mpi=pmix is not well" eval \
    'on srun -N2 --ntasks-per-node=1 --mpi=pmix "$TRIREME" doctor --output "$work" --threads 1 |
      grep -q "^ok *ranks *2 ranks"'
  expect "mpirun is not well" eval \
    'on salloc -N2 --ntasks-per-node=1 -Q mpirun "$TRIREME" doctor --output "$work" --threads 1 |
      grep -q "^ok *ranks *2 ranks"'
}

doctor_finds_singletons() {
  local report code
  report=$(on sbatch --wait --ntasks=2 --output="$work/singleton.log" --wrap \
    "unset SLURM_STEP_ID; $TRIREME doctor --output $work" >/dev/null)
  code=$?
  report=$(cat "$work/singleton.log")
  expect "exit code $code" [ "$code" -eq 2 ]
  expect "not said: $report" grep -q "^problem *ranks" <<<"$report"
}

doctor_finds_mixed_builds() {
  local report code
  cp "$TRIREME" "$work/other"
  printf 'x' >>"$work/other"
  report=$(on env OMPI_MCA_rmaps_base_oversubscribe=1 mpirun --bind-to none \
    -n 1 "$TRIREME" doctor --output "$work" --threads 1 : \
    -n 1 "$work/other" doctor --output "$work" --threads 1 2>/dev/null)
  code=$?
  expect "exit code $code" [ "$code" -eq 2 ]
  expect "not said: $report" grep -q "^problem *binary *rank 1" <<<"$report"
}

told_of_the_time_limit_saves_and_comes_back() {
  local number
  number=$(submit limit)
  expect "does not train" within 60 has_trained limit
  expect "no comment" eval '[[ $(on squeue --noheader --format=%k --jobs="$number") == *epoch*restart\ 0* ]]'
  # What --signal=B:USR2@120 does two minutes before the end.
  on scancel --batch --signal=USR2 "$number"
  expect_same_bits "$number" limit 1
  expect "no record of the stop" [ "$(events limit stop)" = 1 ]
  expect "no common log" eval '[ "$(grep -c "launching with" "$work/limit.log")" = 2 ]'
}

requeued_by_a_person_resumes() {
  local number
  number=$(submit requeue)
  expect "does not train" within 60 has_trained requeue
  on scontrol requeue "$number"
  expect_same_bits "$number" requeue 1
  expect "does not resume" [ "$(events requeue resume)" = 1 ]
}

preempted_by_an_urgent_job_resumes() {
  local number
  number=$(submit preempted)
  expect "does not train" within 60 has_trained preempted
  expect "the urgent job fails" on srun --partition=urgent --nodes=2 --exclusive --quiet sleep 1
  expect_same_bits "$number" preempted 1
}

asked_to_save_saves_and_goes_on() {
  local number before
  number=$(submit save)
  expect "does not train" within 60 has_trained save
  before=$(events save checkpoint)
  on scancel --signal=USR1 "$number"
  expect "no checkpoint" within 10 eval '[ "$(events save checkpoint)" -gt "$before" ]'
  expect_same_bits "$number" save 0
}

mpirun_works_where_srun_does_not() {
  local number
  number=$(TRIREME_LAUNCHER=mpirun submit mpirun)
  expect "does not train" within 60 has_trained mpirun
  on scancel --batch --signal=USR2 "$number"
  expect_same_bits "$number" mpirun 1
}

a_killed_rank_is_made_up_for() {
  local number rank
  number=$(submit killed)
  expect "does not train" within 60 has_trained killed 500
  rank=$(pgrep -f "train $job --output $work/killed --resume" | while read -r id; do
    [[ $(readlink "/proc/$id/exe") == */trireme ]] && echo "$id"
  done | tail -n 1)
  expect "no rank" [ -n "$rank" ] && kill -KILL "$rank"
  expect_same_bits "$number" killed 1
}

a_lost_node_is_made_up_for() {
  local number
  number=$(submit lost)
  expect "does not train" within 60 has_trained lost 500
  on scontrol update nodename=node2 state=down reason=test
  expect "is not requeued" within 30 eval '[ "$(restarts "$number")" = 1 ]'
  sleep 1
  on scontrol update nodename=node2 state=resume
  expect_same_bits "$number" lost 1
}

cancelled_stays_cancelled() {
  local number
  number=$(submit cancelled)
  expect "does not train" within 60 has_trained cancelled
  on scancel "$number"
  expect "does not end" within 60 has_ended "$number"
  expect "ended as $(state "$number")" [ "$(state "$number")" = CANCELLED ]
  sleep 3
  expect "came back" [ "$(state "$number")" = CANCELLED ]
  expect "no checkpoint of the end" [ "$(events cancelled stop)" = 1 ]
}

a_wrong_job_fails_once() {
  local number
  number=$(on sbatch --parsable --time=10 --output="$work/wrong.log" "$root/Slurm/train.sbatch" "$job" \
    --output "$work/wrong" --set training.nonsense=1)
  expect "does not end" within 60 has_ended "$number"
  expect "ended as $(state "$number")" [ "$(state "$number")" = FAILED ]
  expect "was restarted" [ "$(restarts "$number")" = 0 ]
}

the_limit_of_restarts_holds() {
  local number
  number=$(TRIREME_RESTARTS=0 submit once)
  expect "does not train" within 60 has_trained once
  on scancel --batch --signal=USR2 "$number"
  expect "does not end" within 60 has_ended "$number"
  expect "ended as $(state "$number")" [ "$(state "$number")" = FAILED ]
  expect "does not say so" grep -q "giving up after 0 restarts" "$work/once.log"
}

an_array_sweeps_over_values() {
  local number task
  number=$(on sbatch --parsable --array=0-3 --time=10 --output="$work/sweep-%a.log" \
    "$root/Slurm/array.sbatch" "$job" --output "$work/sweep" --set training.epochs=2 \
    --sweep training.seed=7,8 --sweep optimizer.adam.learningRate=0.003,0.001)
  expect "does not end" within 120 eval '[ -z "$(on squeue --noheader --jobs="$number")" ]'
  for task in 0 1 2 3; do
    expect "task $task has not ended" [ "$(events "sweep/$task" end)" = 1 ]
  done
  expect "task 1 has other values" grep -q 'learningRate: 0.001' "$work/sweep/1/job.yaml"
  expect "task 1 has another seed" grep -q 'seed: 7' "$work/sweep/1/job.yaml"
  expect "task 2 has other values" grep -q 'seed: 8' "$work/sweep/2/job.yaml"
}

a_task_of_an_array_comes_back_alone() {
  local number
  number=$(on sbatch --parsable --array=0-1%1 --nodes=2 --ntasks-per-node=1 --time=10 \
    --output="$work/tasks-%a.log" "$root/Slurm/array.sbatch" "$job" --output "$work/tasks" \
    --set "training.epochs=$epochs")
  expect "does not train" within 60 has_trained tasks/0
  on scancel --batch --signal=USR2 "${number}_0"
  expect_same_bits "${number}_0" tasks/0 1
  expect_same_bits "${number}_1" tasks/1 0
}

a_federation_comes_back_too() {
  local number job=$root/jobs/digits-fedavg.yaml set="federated.rounds=${ROUNDS:-300}"
  number=$(on sbatch --parsable --nodes=2 --ntasks-per-node=1 --time=10 --output="$work/federation.log" \
    "$root/Slurm/federate.sbatch" "$job" --output "$work/federation" --set "$set")
  expect "no rounds" within 60 eval '[ "$(events federation round)" -ge 10 ]'
  on scancel --batch --signal=USR2 "$number"
  expect "does not end" within 180 has_ended "$number"
  expect "ended as $(state "$number")" [ "$(state "$number")" = COMPLETED ]
  expect "$(restarts "$number") restarts" [ "$(restarts "$number")" = 1 ]
  expect "no resume" [ "$(events federation resume)" = 1 ]
  expect "the undisturbed run failed" eval '"$TRIREME" federate "$job" --output "$work/federation-whole" \
    --set "$set" --set training.threads=1 >"$work/whole.log" 2>&1'
  expect "other bits than the undisturbed run's" "$TRIREME" checkpoint compare \
    "$work/federation-whole/checkpoints/latest" "$work/federation/checkpoints/latest" >/dev/null
}

submit_writes_and_submits_a_job() {
  local answer number
  answer=$(on "$TRIREME" submit "$job" --nodes 2 --cpus-per-task 1 --time 0:10:00 --partition main \
    --output "$work/submitted" --slurm "output=$work/submitted.log" --script "$work/submitted.sbatch" \
    --set "training.epochs=$epochs")
  number=$(sed -nE 's/^job ([0-9]+) submitted.*/\1/p' <<<"$answer")
  expect "not submitted: $answer" [ -n "$number" ] && expect_same_bits "$number" submitted 0
}

# Nodes are made up and may have fewer cores than they claim.
a_scaling_test_runs_over_nodes() {
  local number
  number=$(on sbatch --parsable --nodes=2 --ntasks-per-node=1 --time=10 --output="$work/scaling.log" \
    "$root/Slurm/scaling.sbatch" "$job" --mode both --repeat 1 --seconds 0.2 --oversubscribe \
    --output "$work/scaling")
  expect "no job" test -n "$number" || return
  expect "no end" within 180 has_ended "$number" || return
  expect "state $(state "$number")" test "$(state "$number")" = COMPLETED
  expect "no two ranks" grep -q '"ranks" : 2' "$work/scaling/results.json"
  expect "no page" grep -q '</html>' "$work/scaling/report.html"
}

# A limit of one minute for a job that needs three.
three_limits_of_a_minute() {
  local number epochs=${LONG_EPOCHS:-1500}
  rm -rf "$work/reference"
  number=$(submit minutes --time=1 --signal=B:USR2@15)
  within 900 has_ended "$number"
  echo "        $(restarts "$number") restarts; the log:"
  grep -vE '^epoch ' "$work/minutes.log" | sed 's/^/        /'
  expect "only $(restarts "$number") restarts" [ "$(restarts "$number")" -ge 2 ]
  expect_same_bits "$number" minutes "$(restarts "$number")"
  rm -rf "$work/reference"
}

all_tests=(
  doctor_sees_ranks_under_srun_and_mpirun doctor_finds_singletons doctor_finds_mixed_builds
  told_of_the_time_limit_saves_and_comes_back requeued_by_a_person_resumes
  preempted_by_an_urgent_job_resumes asked_to_save_saves_and_goes_on
  mpirun_works_where_srun_does_not a_killed_rank_is_made_up_for a_lost_node_is_made_up_for
  cancelled_stays_cancelled a_wrong_job_fails_once the_limit_of_restarts_holds
  an_array_sweeps_over_values a_task_of_an_array_comes_back_alone a_federation_comes_back_too
  submit_writes_and_submits_a_job a_scaling_test_runs_over_nodes
)

run_test() {
  local began=$SECONDS
  problem=
  "$1"
  if [ -z "$problem" ]; then
    echo "ok      $1 ($((SECONDS - began)) s)"
    passed=$((passed + 1))
    return
  fi
  echo "FAILED  $1: $problem"
  failed=$((failed + 1))
  on squeue --long
  # What the jobs of this test have said, without the epochs.
  find "$work" -maxdepth 1 -name '*.log' -mmin -3 | while read -r log; do
    echo "-- ${log##*/}"
    grep -v '^epoch ' "$log" | tail -n 30
  done
  on scancel --user="$(id -un)"
  sleep 2
}

[ -x "$TRIREME" ] || { echo "no $TRIREME: swift build -c release --product trireme" >&2; exit 1; }
"$cluster" up || exit 1
case ${1-} in
'') tests=("${all_tests[@]}") ;;
--long) tests=("${all_tests[@]}" three_limits_of_a_minute) ;;
*) tests=("$@") ;;
esac
for name in "${tests[@]}"; do run_test "$name"; done
printf '\n%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
