"""Publishes numbers with pynsq, one after the other, and consumes them, until standard input ends and each has come.

usage: stream.py ADDRESS TOPIC

Prints what it has counted as JSON, line by line; logs as pynsq does, with a line "cut" for each connection that ended: a FIN that
is late, of a message that a daemon has had in flight which was replaced, ends none.
"""
import asyncio
import json
import logging
import sys

import nsq

address, topic = sys.argv[1:]
counts = {"acked": 0, "unsure": 0, "distinct": 0, "duplicates": 0, "done": False}
# What ends after this is ended by the program itself.
ended = False


class Cuts(logging.Handler):
    def emit(self, record):
        text = record.getMessage()
        if not ended and ("connection closed" in text or "attempting to reconnect" in text):
            print("cut:", text, file=sys.stderr, flush=True)


logging.getLogger("nsq").addHandler(Cuts())


def tell():
    print(json.dumps(counts), flush=True)


async def stream():
    global ended
    seen = set()

    def received(message):
        if message.body in seen:
            counts["duplicates"] += 1
        seen.add(message.body)
        counts["distinct"] = len(seen)
        return True

    nsq.Reader(message_handler=received, nsqd_tcp_addresses=[address], topic=topic, channel="c", max_in_flight=50)
    writer = nsq.Writer([address])
    while not writer.conns:
        await asyncio.sleep(0.05)
    input_end = asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    number = 0
    while not input_end.done():
        answer = asyncio.get_running_loop().create_future()
        writer.pub(topic, b"%d" % number, callback=lambda conn, data: answer.set_result(data))
        number += 1
        if await answer == b"OK":
            counts["acked"] += 1
        else:
            counts["unsure"] += 1
        if number % 100 == 0:
            tell()
        await asyncio.sleep(0.001)
    while counts["distinct"] < counts["acked"]:
        await asyncio.sleep(0.05)
    ended = True
    counts["done"] = True


asyncio.run(stream())
tell()
