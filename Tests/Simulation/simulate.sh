#!/usr/bin/env bash
# Simulated clusters: the project's collectives and bucket schedule, compiled against SimGrid's MPI (Debian's
# libsimgrid-dev), on as many ranks as asked for. Needs smpirun and swiftc; no root, no network.
#
#     simulate.sh build                                       into .build/simulation
#     simulate.sh platform flat|fattree RANKS                 a platform file on stdout
#     simulate.sh network flat|fattree RANKS                  the same network as `trireme plan` reads it
#     simulate.sh run flat|fattree RANKS PROFILE ALGORITHM BUCKET_BYTES [STEPS]
#
# The network: links of 25 Gbit/s (3.125 GB/s) and 5 us; two links lead from node to node in the flat one, four
# across leaves of the tree, which have 16 nodes and 8 uplinks: half the rate when all talk across.

set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
out=$root/.build/simulation

# SimGrid's handles are pointers as Open MPI's are, but its error codes are an enum: here they become macros,
# as Swift would have them.
headers() {
  rm -rf "$out/objects"
  mkdir -p "$out/CMPI/smpi" "$out/objects"
  cp "$root/Sources/CMPI/shim.h" "$out/CMPI/"
  printf 'module CMPI [system] {\n  header "shim.h"\n  export *\n}\n' >"$out/CMPI/module.modulemap"
  sed 's/^#define GENERATE_ENUM(ENUM) ENUM,/#define GENERATE_ENUM(ENUM) SMPI_##ENUM,/' \
    /usr/include/smpi/smpi.h >"$out/CMPI/smpi/smpi.h"
  grep -o 'ERROR(MPI_[A-Z_0-9]*)' /usr/include/smpi/smpi.h |
    awk -F'[()]' '{print "#define", $2, NR - 1}' >>"$out/CMPI/smpi/smpi.h"
  mkdir -p "$out/CKernels"
  printf 'module CKernels {\n  umbrella header "%s"\n  export *\n}\n' \
    "$root/Sources/CKernels/include/CKernels.h" >"$out/CKernels/module.modulemap"
}

module() {
  local name=$1
  shift
  swiftc -O -wmo -parse-as-library -enforce-exclusivity=unchecked -package-name trireme \
    -enable-upcoming-feature InternalImportsByDefault -module-name "$name" -emit-module \
    -emit-module-path "$out/$name.swiftmodule" -I "$out" -I "$out/CMPI" -I "$out/CKernels" \
    -Xcc "-I$out/CMPI" -Xcc -I/usr/include/smpi -Xcc "-I$root/Sources/CKernels/include" -Xcc -fPIC \
    -c "$@" -o "$out/objects/$name.o"
}

build() {
  headers
  local file lib
  for file in "$root"/Sources/CKernels/*.c; do
    clang -O1 -fPIC -I "$root/Sources/CKernels/include" -c "$file" \
      -o "$out/objects/$(basename "$file" .c).o" &
  done
  module MPI "$root"/Sources/MPI/*.swift
  # shellcheck disable=SC2046
  module Collectives $(find "$root/Sources/Collectives" -name '*.swift' | sort)
  module Simulation "$here/Simulation.swift" "$root/Sources/Parallelism/StepProfile.swift"
  smpicc -O2 -fPIC -DSMPI -c "$here/main.c" -o "$out/objects/main.o"
  lib=$(dirname "$(dirname "$(readlink -f "$(command -v swiftc)")")")/lib/swift/linux
  wait
  smpicc -o "$out/simulation.so" "$out"/objects/*.o "$lib/x86_64/swiftrt.o" -L"$lib" \
    -lswiftCore -lswiftGlibc -lswift_Concurrency -lswift_StringProcessing -lswiftSynchronization \
    -lFoundation -lFoundationEssentials -lm -Wl,-rpath,"$lib"
}

platform() {
  local kind=$1 ranks=$2 topology=
  [ "$kind" = fattree ] && topology="topology=\"FAT_TREE\" topo_parameters=\"2;16,$(((ranks + 15) / 16));1,8;1,1\""
  cat <<XML
<?xml version='1.0'?>
<!DOCTYPE platform SYSTEM "https://simgrid.org/simgrid.dtd">
<platform version="4.1">
  <cluster id="nodes" prefix="n-" radical="0-$((ranks - 1))" suffix="" speed="1Gf" bw="3.125GBps" lat="5us" $topology/>
</platform>
XML
}

# Two links in the flat cluster: one of each node. Four in the tree: up, up, down, down.
network() {
  echo "name: simulated-$1"
  echo "network: {latency: 10, rate: 3.125}"
  if [ "$1" = fattree ]; then
    echo "spine: {nodesPerSwitch: 16, latency: 20, rate: 1.5625}"
  fi
}

run() {
  local kind=$1 ranks=$2
  shift 2
  platform "$kind" "$ranks" >"$out/$kind$ranks.xml"
  seq -f n-%g 0 $((ranks - 1)) >"$out/hosts$ranks"
  # The platform's numbers are what messages get: no factors of SimGrid's own, and computing takes the time
  # that was measured. Messages that a library sends at once leave at once here, too: SimGrid would have each
  # wait for its receive, so that a ring pays for its longest hop at every step. A link carries one message
  # after the other, as a connection does; shared evenly, all messages of a burst would arrive when its last
  # one does.
  smpirun -np "$ranks" -platform "$out/$kind$ranks.xml" -hostfile "$out/hosts$ranks" \
    --cfg=smpi/simulate-computation:no --cfg=smpi/host-speed:1Gf --cfg=network/model:CM02 \
    --cfg=network/crosstraffic:no --cfg=smpi/test:1e-7 --cfg=smpi/coll-selector:ompi \
    --cfg=smpi/async-small-thresh:65536 --cfg=maxmin/concurrency-limit:1 \
    --log=root.thres:warning "$out/simulation.so" "$@"
}

command=${1:-help}
shift || true
case $command in
build) build ;;
platform) platform "$@" ;;
network) network "$@" ;;
run) run "$1" "$2" "${3}" "${@:4:2}" "${6:-1}" ;;
tune) run "$1" "$2" tune ;;
*) sed -n 2,13p "${BASH_SOURCE[0]}" ;;
esac
