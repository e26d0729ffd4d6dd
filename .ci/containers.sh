#!/bin/sh
# Runs the daemon with little memory, under load: in control groups of 64, 128, 256 and 512 MB (or those given), version 1 or 2,
# whichever the kernel has the memory controller in, and one within another. Each has to take 40,000 messages of 1 kB and give them back,
# without an OutOfMemoryError, and to stop with 0. It takes root, for the control groups, and a distribution:
#
#   NSQD_HOME=distribution/target/nsqd .ci/containers.sh [MEGABYTES...]

root=$(cd "${0%/*}/.." && pwd) || exit 1
home=${NSQD_HOME:-$root/distribution/target/nsqd}
[ -x "$home/bin/nsqd" ] || { echo "containers: there is no nsqd in $home" >&2; exit 1; }

# Where the control groups with the memory controller are, and how a limit is called there.
if [ -w /sys/fs/cgroup/memory/memory.limit_in_bytes ]; then
    groups=/sys/fs/cgroup/memory
    limit=memory.limit_in_bytes
    version=1
elif grep -qw memory /sys/fs/cgroup/cgroup.controllers 2>/dev/null && [ -w /sys/fs/cgroup/cgroup.subtree_control ]; then
    groups=/sys/fs/cgroup
    limit=memory.max
    version=2
else
    echo 'containers: skipped, there is no memory controller that may be used' >&2
    exit 77
fi

slice=$groups/nsqd-containers-$$
work=$(mktemp -d) || exit 1
daemon=

clean_up() {
    if [ -n "$daemon" ]; then
        kill -9 "$daemon" 2>/dev/null
        wait "$daemon" 2>/dev/null
    fi
    # What is being killed keeps its group for a moment.
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        rmdir "$slice/nsqd" "$slice" 2>/dev/null
        [ -d "$slice" ] || break
        sleep 0.1
    done
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

# $1: megabytes, $2: the group that has the limit, the daemon's own or the one around it.
make_groups() {
    mkdir -p "$slice"
    if [ $version = 2 ]; then
        echo +memory >$groups/cgroup.subtree_control
        echo +memory >"$slice/cgroup.subtree_control"
    fi
    mkdir -p "$slice/nsqd"
    # Wide first: a limit below what is in use is refused.
    for group in "$slice" "$slice/nsqd"; do
        if [ $version = 2 ]; then echo max; else echo -1; fi >"$group/$limit"
    done
    echo $(($1 * 1048576)) >"$2/$limit"
}

start() {
    rm -rf "$work/data"
    mkdir "$work/data"
    : >"$work/log"
    sh -c 'echo $$ >"$0" && exec "$@"' "$slice/nsqd/cgroup.procs" "$home/bin/nsqd" --tcp-address=127.0.0.1:0 \
        --http-address=127.0.0.1:0 --https-address= --data-path="$work/data" >"$work/log" 2>&1 &
    daemon=$!
    waited=0
    until grep -q 'HTTP: listening' "$work/log"; do
        if ! kill -0 $daemon 2>/dev/null || [ $waited -ge 600 ]; then
            return 1
        fi
        waited=$((waited + 1))
        sleep 0.1
    done
    tcp=$(sed -n 's/.*TCP: listening on .*:\([0-9]*\)$/\1/p' "$work/log")
    http=$(sed -n 's/.*HTTP: listening on .*:\([0-9]*\)$/\1/p' "$work/log")
}

# Published faster than consumed, so that the queue outgrows mem-queue-size; the client has memory of its own.
load() {
    "$home/bin/nsqd-bench" -size=1000 -messages=40000 -rounds=1 -warmups=0 -workload=pub,mpub,consume \
        -http-address="127.0.0.1:$http" "127.0.0.1:$tcp"
}

failed=0
# $1: megabytes, $2: the group that has the limit, $3: what that is.
check() {
    make_groups "$1" "$2"
    outcome=ok
    if ! start; then
        outcome='does not start'
    elif ! load >"$work/report" 2>&1; then
        outcome="fails under load: $(tail -n 1 "$work/report")"
    elif grep -q OutOfMemoryError "$work/log"; then
        outcome=OutOfMemoryError
    else
        kill $daemon
        wait $daemon
        code=$?
        daemon=
        [ $code -eq 0 ] || outcome="ends with $code"
    fi
    echo "containers: version $version, $1 MB $3: $outcome"
    if [ "$outcome" != ok ]; then
        failed=1
        tail -n 5 "$work/log"
        if [ -n "$daemon" ]; then
            kill -9 $daemon 2>/dev/null
            wait $daemon 2>/dev/null
            daemon=
        fi
    fi
}

for megabytes in ${*:-64 128 256 512}; do
    check "$megabytes" "$slice/nsqd" 'of its own'
    # Not every Java sees this on version 2, where a daemon that takes more than there is is killed.
    [ $version = 2 ] || check "$megabytes" "$slice" 'of the group around it'
done

# Too little is said to be so, in one line.
make_groups 40 "$slice/nsqd"
if start || [ "$(grep -c . "$work/log")" -ne 1 ] || ! grep -q 'MB of memory are needed' "$work/log"; then
    failed=1
    echo 'containers: 40 MB: does not say what it needs'
    cat "$work/log"
else
    echo "containers: version $version, 40 MB: $(cat "$work/log")"
fi
daemon=
exit $failed
