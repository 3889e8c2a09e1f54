#!/usr/bin/env bash
# Hosts for tests on one machine: each has its own network, host name, processes and /dev/shm. Needs
# root, iproute2 and, for delay and loss, cc and /dev/net/tun.
#
#     hosts.sh up N [RATE]                 N hosts, host1 to hostN; links of RATE (tc: 200mbit), or as fast as they go
#     hosts.sh up N RATE DELAY_US [PPM]    the same through a switch with a delay in each direction, and loss
#     hosts.sh mpirun RANKS PROGRAM...     RANKS ranks on each host, through mpirun
#     hosts.sh in HOST PROGRAM...          runs a program on a host
#     hosts.sh cut HOST | heal HOST        pulls the cable, plugs it in again
#     hosts.sh bytes HOST                  what the host has sent, in bytes
#     hosts.sh down
#
#        head ──┐                      host1: 10.98.0.1
#       host1 ──┤ bridge, or           ...
#       host2 ──┤ switch.c             hostN: 10.98.0.N
#         ... ──┘                      head:  10.98.0.250, where mpirun runs
#
# A bridge with `tc tbf` limits the rate and costs least; a kernel need not have netem, so delay and
# loss come from a program. The network of the machine itself is not touched.

set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
name=${HOSTS_NAME:-trireme}
state=${HOSTS_FOLDER:-/tmp/$name-hosts}
shared=$state/private # a folder of this path on every host, each with its own content
net=10.98.0
# Frames as long as clusters set them: a frame costs a core as much whatever is in it.
mtu=${HOSTS_MTU:-9000}

# How to enter a host: everything of its own. Processes of a namespace cannot enter a sibling, so
# head, from which mpirun starts its daemons, shares the machine's.
enter() {
  local host=$1 pid spaces
  shift
  pid=$(<"$state/$host.pid")
  spaces=(-t "$pid" -n -u -m)
  [ "$host" = head ] || spaces+=(-p)
  exec nsenter "${spaces[@]}" --wdns="$PWD" -- "$@"
}

hosts() { seq -f host%g "$(<"$state/count")"; }

# The first process of a host: makes it what it is, then sleeps for ever.
start_host() {
  local host=$1 flags=(-u -m) outer
  [ "$host" = head ] || flags+=(-p --fork --kill-child)
  setsid nsenter --net="/run/netns/$name-$host" unshare "${flags[@]}" --propagation private bash -c '
    hostname "$1"
    [ $$ = 1 ] && mount -t proc proc /proc
    mount -t tmpfs -o size=2g tmpfs /dev/shm
    mount -t tmpfs -o size=1g tmpfs "$2"
    mount --bind "$3" /etc/hosts
    touch "$2/.ready"
    trap : TERM INT
    while :; do sleep 3600 & wait $!; done' host "$host" "$shared" "$state/hosts" \
    </dev/null >"$state/$host.log" 2>&1 &
  outer=$!
  echo "$outer" >"$state/$host.pid"
  for _ in $(seq 250); do
    [ "$host" = head ] || cut -d' ' -f1 "/proc/$outer/task/$outer/children" >"$state/$host.pid" 2>/dev/null || true
    if [ -s "$state/$host.pid" ] &&
      nsenter -t "$(<"$state/$host.pid")" -m test -e "$shared/.ready" 2>/dev/null; then
      return
    fi
    sleep 0.02
  done
  echo "$host did not start" >&2
  cat "$state/$host.log" >&2
  exit 1
}

# The two ends of a link: $1 the host's namespace and device, $2 the bridge's.
limit() {
  local rate=$1 host=$2
  ip netns exec "$name-$host" tc qdisc replace dev eth0 root tbf rate "$rate" burst 32kb latency 100ms
  ip netns exec "$name-bridge" tc qdisc replace dev "$host" root tbf rate "$rate" burst 32kb latency 100ms
}

up() {
  local count=$1 rate=${2:-} delay=${3:-} loss=${4:-0} host number all
  mkdir -p "$state" "$shared"
  echo "$count" >"$state/count"
  all="head $(hosts | tr '\n' ' ')"
  {
    echo "127.0.0.1 localhost"
    echo "$net.250 head"
    for number in $(seq "$count"); do echo "$net.$number host$number"; done
  } >"$state/hosts"
  for host in $all; do ip netns add "$name-$host"; done
  if [ -n "$delay" ]; then
    cc -O2 -Wall -o "$state/switch" "$here/switch.c"
    # shellcheck disable=SC2046
    setsid "$state/switch" "${rate%mbit}" "$delay" "$loss" $(for host in $all; do echo "/run/netns/$name-$host"; done) \
      </dev/null >"$state/switch.log" 2>&1 &
    echo $! >"$state/switch.pid"
    for _ in $(seq 250); do grep -q ready "$state/switch.log" && break; sleep 0.02; done
  else
    ip netns add "$name-bridge"
    ip -n "$name-bridge" link add bridge type bridge
    ip -n "$name-bridge" link set bridge up
    for host in $all; do
      ip link add "$host" mtu "$mtu" netns "$name-bridge" type veth peer name eth0 mtu "$mtu" netns "$name-$host"
      ip -n "$name-bridge" link set "$host" master bridge up
    done
  fi
  for host in $all; do
    number=${host#host}
    [ "$host" = head ] && number=250
    ip -n "$name-$host" link set lo up
    ip -n "$name-$host" link set eth0 mtu "$mtu" up
    ip -n "$name-$host" addr add "$net.$number/24" dev eth0
    # As clusters are set: a connection that has been idle for a step does not begin slowly again.
    ip netns exec "$name-$host" sh -c 'echo 0 >/proc/sys/net/ipv4/tcp_slow_start_after_idle'
    # A fast link through the switch takes long frames, a slow one the usual ones.
    if [ -n "$delay" ]; then
      if [ "${rate%mbit}" -gt 300 ]; then
        ip -n "$name-$host" link set eth0 gso_max_size 65536
      else
        ip -n "$name-$host" link set eth0 gso_max_segs 1
      fi
    fi
    [ -z "$delay" ] && [ -n "$rate" ] && [ "$host" != head ] && limit "$rate" "$host"
    start_host "$host"
  done
  # What mpirun calls in place of ssh.
  cat >"$state/agent" <<AGENT
#!/bin/sh
host=\$1
shift
exec nsenter -t \$(cat $state/\$host.pid) -n -u -m -p -- env -i HOME=/root PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin \\
  OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 TMPDIR=$shared sh -c "\$*"
AGENT
  chmod +x "$state/agent"
}

run_ranks() {
  local ranks=$1 list
  shift
  list=$(hosts | sed "s/\$/:$ranks/" | paste -sd,)
  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 TMPDIR=$shared
  # shellcheck disable=SC2086
  enter head mpirun --host "$list" --map-by slot --bind-to none \
    --mca plm rsh --mca plm_rsh_agent "$state/agent" --mca mpi_yield_when_idle 1 \
    --mca pml ob1 --mca btl tcp,self,vader \
    --mca btl_tcp_if_include "$net.0/24" --mca oob_tcp_if_include "$net.0/24" ${MPIRUN_OPTIONS:-} "$@"
}

# Without the bridge's port a cable leads nowhere; behind a switch the device itself goes down.
link() {
  if [ -e "$state/switch.pid" ]; then
    ip -n "$name-$1" link set eth0 "$2"
  else
    ip -n "$name-bridge" link set "$1" "$2"
  fi
}

down() {
  local file pid space
  [ -d "$state" ] || return 0
  for file in "$state"/*.pid; do
    [ -e "$file" ] || continue
    pid=$(<"$file")
    # Only what this script has started: it runs in one of the namespaces, or is the switch.
    case $(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null || true) in
    *"$state"*) kill -9 -- "-$pid" 2>/dev/null || kill -9 "$pid" ;;
    esac
  done
  sleep 0.2
  for space in $(ip netns list | cut -d' ' -f1 | grep "^$name-" || true); do ip netns del "$space"; done
  rm -rf "$state"
}

command=${1:-help}
shift || true
case $command in
up) up "$@" ;;
mpirun) run_ranks "$@" ;;
in) enter "$@" ;;
cut) link "$1" down ;;
heal) link "$1" up ;;
bytes) ip netns exec "$name-$1" cat /sys/class/net/eth0/statistics/tx_bytes ;;
down) down ;;
*) sed -n 2,12p "${BASH_SOURCE[0]}" ;;
esac
