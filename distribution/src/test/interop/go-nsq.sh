#!/bin/bash
# Runs go-nsq's own tests, compiled before, against the nsqd that comes first on the PATH.
#
#   go-nsq.sh TESTS SOURCE DATA
#
# TESTS is the compiled test program, SOURCE the directory of the module's sources, where the tests find their certificates, and
# DATA a directory for the daemon. It is to be run in a network of its own: the tests use fixed ports, and one of them tries
# an address of somebody else's.
set -eu
tests=$1
source=$2
data=$3

ip link set lo up 2>/dev/null || true
nsqlookupd -tcp-address=127.0.0.1:4160 -http-address=127.0.0.1:4161 2>"$data/nsqlookupd.log" &
lookupd=$!
# A test that lets nsqlookupd tell of nsqd needs an address that it can go to.
nsqd --data-path="$data" --lookupd-tcp-address=127.0.0.1:4160 --broadcast-address=127.0.0.1 \
    --tcp-address=127.0.0.1:4150 --http-address=127.0.0.1:4151 --https-address= \
    --tls-cert="$source/test/server.pem" --tls-key="$source/test/server.key" \
    --tls-root-ca-file="$source/test/ca.pem" 2>"$data/nsqd.log" &
nsqd=$!
trap 'kill $nsqd $lookupd; wait' EXIT

for port in 4150 4151 4160; do
    until (exec 3<>/dev/tcp/127.0.0.1/$port) 2>/dev/null; do
        kill -0 $nsqd
        sleep 0.1
    done
done
cd "$source"
"$tests" -test.v -test.timeout=120s
