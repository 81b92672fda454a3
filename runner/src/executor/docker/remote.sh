# A Docker daemon of a job's own: the main program of its container, in the job's network. Arguments are the daemon's.
# It may not be privileged, so that what a privileged container has from the beginning is asked for here.
set -eu
for directory in $(awk '$3 ~ /^cgroup2?$/ { print $2 }' /proc/mounts); do
    mount -o remount,bind,rw "$directory" || true
done
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
    # A group that has processes of its own cannot limit those below it.
    mkdir -p /sys/fs/cgroup/init
    for process in $(cat /sys/fs/cgroup/cgroup.procs); do
        echo "$process" >/sys/fs/cgroup/init/cgroup.procs 2>/dev/null || true
    done
    for controller in $(cat /sys/fs/cgroup/cgroup.controllers); do
        echo "+$controller" >/sys/fs/cgroup/cgroup.subtree_control 2>/dev/null || true
    done
fi
# As Docker's own image has it, for kernels without nf_tables.
if [ -d /usr/local/sbin/.iptables-legacy ] && ! iptables -nL >/dev/null 2>&1; then
    PATH=/usr/local/sbin/.iptables-legacy:$PATH
fi
rm -f /var/run/docker.pid /var/run/docker/containerd/containerd.pid
exec dockerd "$@"
