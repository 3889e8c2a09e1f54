#!/usr/bin/env bash
# Builds trireme with an MPI library of your own in place of Debian's: a newer Open MPI, a cluster's.
#
#     bash jobs/build-with-mpi.sh PREFIX [OPTIONS OF swift build]    # PREFIX/bin/mpicc is there
#
# The command is then .build/other-mpi/release/trireme; start it with PREFIX/bin/mpirun. The package
# finds MPI by pkg-config's ompi-c, which is written here from what mpicc says.

set -euo pipefail

[ $# -gt 0 ] || { sed -n '2,/^$/s/^# \{0,1\}//p' "$0"; exit 2; }
prefix=$(cd "$1" && pwd)
shift
cd "$(dirname "${BASH_SOURCE[0]}")/.."
mpicc=$prefix/bin/mpicc
[ -x "$mpicc" ] || { echo "no $mpicc" >&2; exit 2; }

scratch=$PWD/.build/other-mpi
mkdir -p "$scratch/pkgconfig"
includes=$("$mpicc" --showme:incdirs | tr ' ' '\n' | sed 's/^/-I/' | tr '\n' ' ')
folders=$("$mpicc" --showme:libdirs)
cat >"$scratch/pkgconfig/ompi-c.pc" <<END
Name: ompi-c
Description: the MPI library of $prefix
Version: $("$mpicc" --showme:version | grep -oE '[0-9]+\.[0-9.]+' | head -n 1)
Cflags: $includes
Libs: $(tr ' ' '\n' <<<"$folders" | sed 's/^/-L/' | tr '\n' ' ') -lmpi
END
options=()
for folder in $folders; do options+=(-Xlinker -rpath -Xlinker "$folder"); done
PKG_CONFIG_PATH=$scratch/pkgconfig${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH} swift build -c release --product trireme \
  --scratch-path "$scratch" "${options[@]}" "$@"
