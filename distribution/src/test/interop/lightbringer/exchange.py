"""Exchanges messages with lightbringer, which knows no MPUB; see plan.py."""
import asyncio

import lightbringer
from plan import DELAY_MILLIS, PATIENCE_SECONDS, Plan

plan = Plan()


async def exchange():
    async with lightbringer.Writer(plan.address, topic=plan.topic) as writer:
        for body in plan.singles + plan.batch:
            await writer.pub(body)
        for body in plan.deferred:
            await writer.dpub(DELAY_MILLIS, body)
    reader = lightbringer.Reader(
        nsqd_tcp_addresses=[plan.address], topic=plan.topic, channel="ch", max_in_flight=50
    )
    async with reader:
        async for message in reader:
            if plan.comes_again(message.attempts, message.body):
                await message.req()
            else:
                await message.fin()
                if plan.finish(message.body):
                    break
        await asyncio.to_thread(plan.report)


asyncio.run(asyncio.wait_for(exchange(), PATIENCE_SECONDS))
