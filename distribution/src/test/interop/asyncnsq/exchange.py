"""Exchanges messages with asyncnsq; see plan.py."""
import asyncio

from asyncnsq import create_reader, create_writer
from plan import DELAY_MILLIS, PATIENCE_SECONDS, SECRET, Plan

plan = Plan()


async def exchange():
    options = plan.compression()
    if plan.wants("auth"):
        options["auth_secret"] = SECRET
    writer = await create_writer(host=plan.host, port=plan.port, **options)
    for body in plan.singles:
        await writer.pub(plan.topic, body)
    await writer.mpub(plan.topic, *plan.batch)
    for body in plan.deferred:
        await writer.dpub(plan.topic, DELAY_MILLIS, body)
    reader = await create_reader(nsqd_tcp_addresses=[plan.address], max_in_flight=50, **options)
    await reader.subscribe(plan.topic, "ch")
    async for message in reader.messages():
        if plan.comes_again(message.attempts, message.body):
            await message.req(0)
        else:
            await message.fin()
            if plan.finish(message.body):
                break
    await asyncio.to_thread(plan.report)
    writer.close()
    reader.close()


asyncio.run(asyncio.wait_for(exchange(), PATIENCE_SECONDS))
