"""Exchanges messages with gnsq; see plan.py."""
import gevent
import gnsq
from gevent.event import Event
from plan import DELAY_MILLIS, PATIENCE_SECONDS, SECRET, Plan

plan = Plan()
options = {}
if plan.wants("auth"):
    options["auth_secret"] = SECRET.encode()
wrapped = dict(plan.compression())
if plan.wants("tls"):
    # The certificate is the test's own.
    wrapped.update(tls_v1=True, tls_options={})
done = Event()


def received(consumer, message):
    message.enable_async()
    if plan.comes_again(message.attempts, message.body):
        message.requeue(time_ms=0, backoff=False)
    else:
        message.finish()
        if plan.finish(message.body):
            done.set()


consumer = gnsq.Consumer(
    plan.topic, "ch", plan.address, message_handler=received, max_in_flight=50, **options, **wrapped
)
consumer.start(block=False)
# Its producers take the OK that TLS and compression begin with for an answer to PUB, and fall over it.
producer = gnsq.Producer(plan.address, **options)
producer.start()
answers = [producer.publish(plan.topic, body, raise_error=False) for body in plan.singles]
answers.append(producer.multipublish(plan.topic, plan.batch, raise_error=False))
answers += [producer.publish(plan.topic, body, defer=DELAY_MILLIS, raise_error=False) for body in plan.deferred]
for answer in answers:
    answer.get(timeout=PATIENCE_SECONDS)
done.wait(timeout=PATIENCE_SECONDS)
gevent.get_hub().threadpool.apply(plan.report)
producer.close()
consumer.close()
consumer.join()
