"""Publishes numbered messages with pynsq and consumes them; exits with 0 when each has come.

usage: exchange.py ADDRESS COUNT [tls] [deflate|snappy]
"""
import asyncio
import ssl
import sys

import nsq

address, count, features = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
options = {}
if "tls" in features:
    # The certificate is the test's own.
    options.update(tls_v1=True, tls_options={"cert_reqs": ssl.CERT_NONE})
if "deflate" in features:
    options.update(deflate=True, deflate_level=6)
if "snappy" in features:
    options.update(snappy=True)


async def exchange():
    topic = "pynsq_" + "_".join(features)
    seen = set()
    done = asyncio.Event()

    def received(message):
        if message.attempts == 1 and message.body.endswith(b"7"):
            # Each tenth comes a second time.
            message.enable_async()
            message.requeue(delay=0, backoff=False)
            return None
        seen.add(message.body)
        if len(seen) == count:
            done.set()
        return True

    nsq.Reader(
        message_handler=received,
        nsqd_tcp_addresses=[address],
        topic=topic,
        channel="c",
        max_in_flight=50,
        **options
    )
    writer = nsq.Writer([address], **options)
    while not writer.conns:
        await asyncio.sleep(0.05)
    answered = asyncio.Queue()
    bodies = [b"message %d" % number for number in range(count)]
    half = count // 2
    for body in bodies[:half]:
        writer.pub(topic, body, callback=lambda conn, data: answered.put_nowait(data))
    writer.mpub(topic, bodies[half:], callback=lambda conn, data: answered.put_nowait(data))
    for _ in range(half + 1):
        data = await answered.get()
        if data != b"OK":
            sys.exit("answered %r" % data)
    await done.wait()
    if seen != set(bodies):
        sys.exit("other messages came")


asyncio.run(asyncio.wait_for(exchange(), 60))
print("exchanged", count)
