#!/usr/bin/env bash
# A throw-away Slurm cluster on this machine: munge, slurmctld and several slurmd, without systemd,
# cgroups or a data base, below one temporary folder and on the loopback interface only.
#
#     Slurm/test-cluster.sh up              # starts it; does nothing if it is up
#     Slurm/test-cluster.sh run sbatch ...  # runs a command on it: sbatch, srun, squeue, bash
#     Slurm/test-cluster.sh down            # ends its jobs and its daemons, removes the folder
#
# Nodes are made up: each claims as many cores as told, whatever the machine has.
#
#   CLUSTER_NODES   nodes (2)
#   CLUSTER_CPUS    cores that each claims (2)
#   CLUSTER_FOLDER  state, spool and logs (trireme-cluster-<user> in the temporary folder)
#   CLUSTER_PORT    first of 300 ports (17300); another folder and port make a second cluster
#
# Two partitions: `main`, the default, and `urgent`, whose jobs preempt and requeue those of `main`.

set -euo pipefail

nodes=${CLUSTER_NODES:-2}
cpus=${CLUSTER_CPUS:-2}
port=${CLUSTER_PORT:-17300}
user=$(id -un)
folder=${CLUSTER_FOLDER:-${TMPDIR:-/tmp}/trireme-cluster-$user}
case $folder in /*) ;; *) folder=$PWD/$folder ;; esac
socket=$folder/munge/socket
export SLURM_CONF=$folder/slurm.conf
PATH=$PATH:/usr/sbin:/sbin

fail() {
  printf 'test-cluster: %s\n' "$@" >&2
  exit 1
}

usage() {
  sed -n '2,/^$/s/^# \{0,1\}//p' "$0"
  exit "$1"
}

install_slurm() {
  command -v slurmctld >/dev/null && command -v slurmd >/dev/null && command -v munged >/dev/null &&
    return 0
  source "$(dirname "${BASH_SOURCE[0]}")/../jobs/install.sh"
  # Only these two: the packages of the training are another's business.
  trireme_packages=()
  install_packages slurm-wlm munge || fail "slurm-wlm and munge could not be installed"
}

# The id in a PID file, if that process is the program $2 and was started with our folder.
ours() {
  local id
  [ -f "$1" ] || return 1
  read -r id <"$1" || return 1
  [[ $(readlink "/proc/$id/exe") == */"$2"* ]] 2>/dev/null || return 1
  tr '\0' ' ' <"/proc/$id/cmdline" | grep -qF -- "$folder/" || return 1
  echo "$id"
}

# "<PID file> <program>", in the order of starting.
daemons() {
  local file
  echo "$folder/munge/munged.pid munged"
  echo "$folder/slurmctld.pid slurmctld"
  for file in "$folder"/slurmd-*.pid; do
    [ -f "$file" ] && echo "$file slurmd"
  done
  return 0
}

write_configuration() {
  local host last=$((port + nodes)) names ports
  host=$(hostname -s)
  names="node[1-$nodes]" ports="$((port + 1))-$last"
  [ "$nodes" -gt 1 ] || names=node1 ports=$last
  cat >"$SLURM_CONF" <<END
ClusterName=trireme
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
SlurmUser=$user
SlurmdUser=$user
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
SrunPortRange=$((port + 100))-$((port + 299))
AuthType=auth/munge
CredType=cred/munge
# A requeued job waits until its credential has expired: two minutes, unless told otherwise. Five
# seconds is the least that Slurm accepts.
AuthInfo=socket=$socket,cred_expire=5
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool/%n
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd-%n.pid
SlurmctldLogFile=$folder/log/slurmctld.log
SlurmdLogFile=$folder/log/slurmd-%n.log
# Each node needs a folder of its own for PMIx, since all are one machine.
TmpFS=$folder/temporary/%n
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
# Believe the claimed cores.
SlurmdParameters=config_overrides
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,bf_interval=1,sched_min_interval=0,batch_sched_delay=0
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
MpiDefault=none
JobRequeue=1
ReturnToService=2
SlurmctldTimeout=30
SlurmdTimeout=10
KillWait=${CLUSTER_KILL_WAIT:-15}
MinJobAge=3600
PropagateResourceLimits=NONE
NodeName=$names NodeHostname=$host NodeAddr=127.0.0.1 Port=$ports CPUs=$cpus Boards=1 SocketsPerBoard=1 CoresPerSocket=$cpus ThreadsPerCore=1 RealMemory=1000 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP PriorityTier=1 GraceTime=${CLUSTER_GRACE_TIME:-20}
PartitionName=urgent Nodes=ALL Default=NO MaxTime=INFINITE State=UP PriorityTier=2 PreemptMode=OFF
END
}

idle_nodes() { sinfo --noheader --partition=main --states=idle --format=%D 2>/dev/null || true; }

up() {
  local node try
  if ours "$folder/slurmctld.pid" slurmctld >/dev/null; then
    echo "is up: $folder"
    return
  fi
  install_slurm
  # What a cluster that was not ended left behind; nothing else is ever removed.
  [ ! -e "$folder" ] || [ -f "$SLURM_CONF" ] || fail "$folder exists and is no cluster of mine: set CLUSTER_FOLDER"
  [ ! -e "$folder" ] || down
  mkdir -p "$folder"/{munge,state,log}
  chmod 755 "$folder" "$folder/munge"
  (umask 077 && head -c 128 /dev/urandom >"$folder/munge/key")
  munged --socket="$socket" --key-file="$folder/munge/key" --num-threads=2 \
    --pid-file="$folder/munge/munged.pid" --log-file="$folder/munge/log" \
    --seed-file="$folder/munge/seed" || fail "munged does not start: see $folder/munge/log"
  write_configuration
  slurmctld -f "$SLURM_CONF" || fail "slurmctld does not start: see $folder/log"
  for node in $(seq "$nodes"); do
    mkdir -p "$folder/spool/node$node" "$folder/temporary/node$node"
    slurmd -f "$SLURM_CONF" -N "node$node" || fail "slurmd does not start: see $folder/log"
  done
  for try in $(seq 200); do
    if [ "$(idle_nodes)" = "$nodes" ]; then
      echo "$nodes nodes of $cpus cores are up: $folder"
      return
    fi
    sleep 0.1
  done
  tail -n 20 "$folder"/log/* >&2
  fail "no $nodes idle nodes after 20 s"
}

# Ends a daemon in the way it wants to be ended; kills it after five seconds.
end() {
  local id try
  id=$(ours "$1" "$2") || return 0
  kill -TERM "$id" 2>/dev/null || return 0
  for try in $(seq 50); do
    kill -0 "$id" 2>/dev/null || return 0
    sleep 0.1
  done
  kill -KILL "$id" 2>/dev/null || true
}

down() {
  local try
  if [ ! -f "$SLURM_CONF" ]; then
    echo "is down"
    return
  fi
  if ours "$folder/slurmctld.pid" slurmctld >/dev/null; then
    scancel --user="$user" 2>/dev/null || true
    for try in $(seq 100); do
      [ -n "$(squeue --noheader 2>/dev/null)" ] || break
      [ "$try" -ne 30 ] || scancel --user="$user" --signal=KILL --full 2>/dev/null || true
      sleep 0.2
    done
  fi
  # Last started, first ended: munged serves all others.
  while read -r file program; do end "$file" "$program"; done < <(daemons | tac)
  rm -rf "$folder"
  echo "is down"
}

# On made-up nodes of one host name, ranks of one "node" would not find each other's shared memory
# and those of two would mix theirs up: messages go through the loopback interface instead.
run() {
  ours "$folder/slurmctld.pid" slurmctld >/dev/null || fail "is down: $0 up"
  export OMPI_MCA_btl=self,tcp OMPI_MCA_btl_tcp_if_include=lo OMPI_MCA_oob_tcp_if_include=lo
  export OMPI_MCA_mpi_yield_when_idle=1
  [ "$(id -u)" -ne 0 ] || export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
  exec "$@"
}

case ${1-} in
up) up ;;
down) down ;;
run)
  shift
  [ $# -gt 0 ] || usage 2
  run "$@"
  ;;
-h | --help) usage 0 ;;
*) usage 2 >&2 ;;
esac
