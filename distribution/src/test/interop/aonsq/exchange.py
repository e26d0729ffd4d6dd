"""Exchanges messages with aonsq, which publishes by MPUB only and whose REQ lacks the time that nsqd wants; see plan.py."""
import asyncio

import aonsq
import aonsq.cli_basic
from plan import PATIENCE_SECONDS, Plan

plan = Plan()


async def own_name():
    return "localhost"


# It would ask somebody on the Internet what its address is.
aonsq.cli_basic.public_ip = own_name


async def exchange():
    done = asyncio.Event()

    async def received(message):
        if plan.finish(message.content):
            done.set()
        return True

    client = aonsq.NSQ(host=plan.host, port=plan.port)
    await client.connect()
    await client.sub(plan.topic, "ch", received)
    for body in plan.singles + plan.batch + plan.deferred:
        if not await client.pub(plan.topic, body):
            raise RuntimeError("not connected")
    await done.wait()
    # Meanwhile it finishes the last message: that is later than the handler's return.
    await asyncio.to_thread(plan.report)
    await client.disconnect()


asyncio.run(asyncio.wait_for(exchange(), PATIENCE_SECONDS))
