#!/usr/bin/env bash
# Installs the Debian packages that Trireme builds and runs on, those that are missing only.
# Run it, or source it and call install_packages with further packages.

trireme_packages=(libopenmpi-dev openmpi-bin libhdf5-dev hdf5-tools libdnnl-dev zlib1g-dev libpng-dev
  libjpeg-dev libdeflate-dev gnuplot-nox)

install_packages() {
  local missing=() package
  for package in "${trireme_packages[@]}" "$@"; do
    dpkg-query -W -f='${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed ||
      missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return 0

  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
      echo "Missing packages: ${missing[*]}. Install them as root: apt-get install ${missing[*]}" >&2
      return 1
    fi
    as_root=(sudo)
  fi
  echo "Installing ${missing[*]}"
  "${as_root[@]}" apt-get update -q </dev/null &&
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
      apt-get install -q -y --no-install-recommends "${missing[@]}" </dev/null
}

# The toolchain is not a Debian package: say where it comes from.
require_swift() {
  command -v swift >/dev/null && return 0
  echo "No swift in PATH: Trireme needs a Swift 6.2 toolchain or later, see https://swift.org/install" >&2
  return 1
}

# Sourced, it only defines; run, it installs.
if [ "${BASH_SOURCE[0]}" = "$0" ]; then
  install_packages "$@"
fi
