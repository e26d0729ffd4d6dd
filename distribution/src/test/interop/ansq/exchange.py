"""Exchanges messages with ansq; see plan.py."""
import asyncio

import ansq
from plan import DELAY_MILLIS, PATIENCE_SECONDS, Plan

plan = Plan()


async def exchange():
    publisher = await ansq.open_connection(plan.host, plan.port)
    for body in plan.singles:
        await publisher.pub(plan.topic, body)
    await publisher.mpub(plan.topic, *plan.batch)
    for body in plan.deferred:
        await publisher.dpub(plan.topic, body, DELAY_MILLIS)
    consumer = await ansq.open_connection(plan.host, plan.port)
    await consumer.subscribe(plan.topic, "ch", 50)
    async for message in consumer.messages():
        if plan.comes_again(message.attempts, message.body):
            await message.req(0)
        else:
            await message.fin()
            if plan.finish(message.body):
                break
    await asyncio.to_thread(plan.report)
    await consumer.close()
    await publisher.close()


asyncio.run(asyncio.wait_for(exchange(), PATIENCE_SECONDS))
