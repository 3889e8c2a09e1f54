#!/usr/bin/env bash
# From a fresh Debian 12 machine with a Swift toolchain to a trained network: installs the packages
# that are missing, builds, trains jobs/digits-cnn.yaml on two ranks, and says how to go on.
#
#     bash jobs/quickstart.sh
#
# Writes to .build/ and to a new folder below runs/; touches nothing that is there.

set -u
started_in=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
source jobs/install.sh
exec </dev/null

fail() {
  printf '%s\n' "$@" >&2
  exit 1
}

# The toolchain must not be older than the manifest, whose first line names a version.
require_new_swift() {
  local wanted found
  wanted=$(sed -n '1s/.*swift-tools-version: *\([0-9.]*\).*/\1/p' Package.swift)
  found=$(swift --version 2>&1 | sed -n 's/.*Swift version \([0-9][0-9.]*\).*/\1/p' | head -n 1)
  [ -n "$found" ] || fail "$(command -v swift) does not run: \"swift --version\" says" "$(swift --version 2>&1)"
  [ "$(printf '%s\n' "$wanted" "$found" | sort -V | head -n 1)" = "$wanted" ] ||
    fail "Swift $found is too old: Trireme needs $wanted or later, see https://swift.org/install"
}

# runs/digits-cnn, or the first of runs/digits-cnn-2, -3, ... that does not exist.
new_output() {
  local number=2 path=runs/digits-cnn
  while [ -e "$path" ]; do
    path=runs/digits-cnn-$number
    number=$((number + 1))
  done
  echo "$path"
}

require_swift || exit 1
require_new_swift
install_packages || fail "The packages could not be installed."

echo "Building in release mode; the first time takes some minutes"
swift build -c release --product trireme || fail "The build failed."

trireme=.build/release/trireme
launch="mpirun -n 2"
# Two ranks on any machine, be it of one core; and no binding, so that they share what cores there are.
options=(--oversubscribe --bind-to none)
as_root=
if [ "$(id -u)" -eq 0 ]; then
  as_root="export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1"
  $as_root
fi

output=$(new_output)
[ "$output" = runs/digits-cnn ] || echo "runs/digits-cnn exists: it stays as it is, this run goes to $output (to go on in the old one: --resume auto)"

echo
echo "\$ $launch $trireme train jobs/digits-cnn.yaml --output $output"
start=$(date +%s.%N)
$launch "${options[@]}" "$trireme" train jobs/digits-cnn.yaml --output "$output"
code=$?
[ "$code" -eq 0 ] || fail "The training ended with exit code $code." \
  "What the codes mean: Documentation/command-line.md"
seconds=$(awk -v start="$start" -v end="$(date +%s.%N)" 'BEGIN { printf "%.1f", end - start }')

accuracy=$(grep '"event":"evaluate"' "$output/metrics.jsonl" | tail -n 1 |
  sed -n 's/.*"accuracy":\([0-9.]*\).*/\1/p')
[ -n "$accuracy" ] || fail "$output/metrics.jsonl has no test accuracy."

printf '\nTest accuracy %.4f after %s s of training on two ranks.\n\nTo go on, from here:\n\n' \
  "$accuracy" "$seconds"
{
  [ "$started_in" = "$PWD" ] || printf 'cd %q\n' "$PWD"
  [ "$(nproc)" -ge 2 ] || launch="$launch --oversubscribe"
  [ -z "$as_root" ] || printf '%s   # Open MPI asks root for this\n' "$as_root"
  cat <<END
# resume, for ten epochs more
$launch $trireme train jobs/digits-cnn.yaml --output $output --resume auto --set training.epochs=30
# measure loss and accuracy on the test split
$trireme evaluate $output/checkpoints/latest
# predict the digits of a file
$trireme predict $output/checkpoints/latest --input Data/digits/test.h5 --output $output/digits.csv
END
} | sed 's/^/    /'
