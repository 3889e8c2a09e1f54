#!/usr/bin/env bash
# Installs what is missing, builds, and runs every test: one process, then on ranks,
# then the built command. The last line gives the totals; the exit code is 1 if anything failed.
#
#     bash Tests/run.sh

set -u
exec </dev/null
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
source jobs/install.sh

# Open MPI refuses to run as root, and more ranks than cores, unless it is told that this is meant.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_MCA_rmaps_base_oversubscribe=1
# The totals are read from the output: no colours.
export NO_COLOR=1

seconds_per_run=${SECONDS_PER_RUN:-1200}
binary=.build/release/triremePackageTests.xctest
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
passed=0
failed=0

section() { printf '\n== %s\n' "$1"; }

# Ends with what failed, where a reader of a long log looks first.
finish() {
  [ -s "$logs/failures" ] && { section "Failed"; cat "$logs/failures"; }
  printf '\n%d passed, %d failed\n' "$passed" "$failed"
  [ "$failed" -eq 0 ]
  exit
}

# A step without tests of its own counts only when it fails.
step() {
  local name=$1
  shift
  section "$name"
  "$@" && return 0
  echo "FAILED: $name"
  echo "$name" >>"$logs/failures"
  failed=$((failed + 1))
  return 1
}

# Names of the tests in a log that ended with $1, passed or failed. A parameterised test counts
# once.
tests_that() {
  sed -nE "s/^[^ ]+ Test (.*) $1 after [0-9.]+ seconds.*/\\1/p" "${@:2}" |
    grep -vE '^(run with [0-9]+ test|case passing )' | sed -E 's/ with [0-9]+ test cases?$//'
}

# Adds up a run: its name, exit code, and the logs of its ranks. All ranks run the same tests; one
# fails when it fails on any rank.
count() {
  local name=$1 code=$2 failures total
  shift 2
  failures=$(tests_that failed "$@" | sort -u | wc -l)
  total=$(tests_that '(passed|failed)' "$1" | wc -l)
  [ "$total" -ge "$failures" ] || total=$failures
  if [ "$failures" -eq 0 ] && [ "$code" -ne 0 ]; then
    [ "$code" -eq 124 ] && echo "$name did not end within $seconds_per_run s"
    echo "$name ended with exit code $code, but no test says that it failed"
    failures=1
    total=$((total + 1))
  fi
  if [ "$total" -eq 0 ]; then
    echo "$name: no test ran"
    failures=1
    total=1
  fi
  [ "$failures" -eq 0 ] || {
    echo "$name (exit code $code):"
    tests_that failed "$@" | sort -u | sed 's/^/  /'
  } >>"$logs/failures"
  passed=$((passed + total - failures))
  failed=$((failed + failures))
  echo "$name: $((total - failures)) passed, $failures failed"
}

# The lines that say what failed.
problems() { grep -E '✘|^[^ ]+ Test .*(recorded an issue|failed after)|hangs:|rror:' "$1" | head -n 200; }

run_here() {
  local name=$1 log="$logs/here" code
  shift
  section "$name"
  timeout --kill-after=10 "$seconds_per_run" \
    swift test -c release --skip-build --disable-xctest "$@" >"$log" 2>&1
  code=$?
  [ "$code" -eq 0 ] || { problems "$log"; tail -n 15 "$log"; }
  count "$name" "$code" "$log"
}

# Runs the tests that match $2 on $1 ranks.
run_ranks() {
  local ranks=$1 filter=$2 name="Rank tests on $1" code output
  section "$name"
  # Each rank writes files of its own; what mpirun says about the job goes to one more.
  timeout --kill-after=10 "$seconds_per_run" \
    mpirun -n "$ranks" --output-filename "$logs/ranks-$ranks:nojobid,nocopy" "$binary" \
    --testing-library swift-testing --no-parallel --filter "$filter" >"$logs/mpirun" 2>&1
  code=$?
  if [ "$code" -ne 0 ]; then
    for output in "$logs/ranks-$ranks"/rank.*; do
      echo "-- ${output##*/}"
      problems "$output/stderr"
      tail -n 5 "$output/stderr"
    done
    cat "$logs/mpirun"
  fi
  # Swift Testing writes to standard error.
  count "$name" "$code" "$logs/ranks-$ranks"/rank.*/stderr
}

# Builds into the folder of the product: the same modules are not compiled a second time.
try_example() {
  swift build -c release --package-path Examples --scratch-path .build &&
    mpirun -n 2 .build/release/MPIRing &&
    mpirun -n 2 .build/release/HighwayNetwork Examples/highway.yaml "$logs/highway"
}

# Imports against numpy and h5py, likewise.
try_imports() {
  local python=${PYTHON:-python3}
  "$python" -c 'import h5py, numpy' 2>/dev/null || { echo "skipped: $python has no h5py"; return 0; }
  "$python" Tests/import_compare.py
}

# Exported models in onnxruntime, if the Python named by PYTHON has it.
try_onnx() {
  local python=${PYTHON:-python3}
  "$python" -c 'import h5py, onnx, onnxruntime' 2>/dev/null ||
    { echo "skipped: $python has no onnxruntime"; return 0; }
  bash Tests/onnx.sh "$python"
}

# Two ranks, each with a core of its own, keep at least this share of their speed. The bar is low: a
# machine that runs tests is seldom quiet, and this finds ranks that wait for each other, no percents.
# CI keeps .build/scaling; --baseline compares with such a file.
try_scaling() {
  # Held against the same ranks with the sum off: on shared machines a core beside a busy one slows down.
  local judged=(--require-synchronization 0.6)
  [ "$(nproc)" -ge 2 ] || judged=(--oversubscribe)
  .build/release/trireme scale jobs/bench-lstm.yaml --ranks 1,2 --mode weak --repeat 3 --seconds 1 \
    "${judged[@]}" --output .build/scaling
}

# What a plan says against the collectives and the bucket schedule on simulated hosts; 64 are four leaves of a
# fat tree. Takes under a minute, most of it to compile them for SimGrid.
try_simulation() {
  command -v smpirun >/dev/null || { echo "skipped: no smpirun; Debian has it in libsimgrid-dev"; return 0; }
  bash Tests/Simulation/simulate.sh build && bash Tests/Simulation/compare.sh 16 flat ring &&
    bash Tests/Simulation/compare.sh 64 "flat fattree" "halving doubling"
}

# Ranks that outlive others, if ULFM_MPI names an MPI library that lets them.
try_ulfm() { bash Tests/ulfm.sh --count 3; }

step "Packages" install_packages || finish
install_packages libsimgrid-dev || echo "no SimGrid: the simulated cluster will be skipped"
step "Toolchain" require_swift || finish
step "Format" swift format lint --strict --recursive Package.swift Sources Tests Examples/Package.swift \
  Examples/Sources
step "Build" swift build -c release --build-tests || finish
run_here "Unit tests" --skip RankTests --skip EndToEndTests
for ranks in 1 2 3 4; do run_ranks "$ranks" '^RankTests\.'; done
# Numbers that no algorithm finds convenient, and more ranks than cores.
for ranks in 5 7 8; do run_ranks "$ranks" '^RankTests\.Ranks/(AllReduce|OrderedSums|Window)'; done
run_here "End-to-end tests" --filter EndToEndTests
step "Scaling" try_scaling
step "Simulation" try_simulation
step "Examples" try_example
step "Imports" try_imports
step "ONNX" try_onnx
step "Lost ranks" try_ulfm
finish
