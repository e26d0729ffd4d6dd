"""Exchanges messages with nsq-py, which knows no DPUB; see plan.py."""
from nsq.client import Client
from nsq.reader import Reader
from plan import SECRET, Plan

plan = Plan()
topic = plan.topic.encode()
options = {"auth_secret": SECRET.encode()} if plan.wants("auth") else {}


def answered(responses):
    """Whether something has been published: AUTH is answered, too, and nobody has read that."""
    return any(response.data == b"OK" for response in responses)


def publish(send, *bodies):
    responses = send(topic, *bodies)
    while not answered(responses):
        responses = client.wait_response()


client = Client(nsqd_tcp_addresses=[plan.address], **options)
for body in plan.singles:
    publish(client.pub, body)
publish(client.mpub, *plan.batch, *plan.deferred)
reader = Reader(topic, b"ch", nsqd_tcp_addresses=[plan.address], max_in_flight=50, **options)
for message in reader:
    if plan.comes_again(message.attempts, message.body):
        message.req(0)
    else:
        message.fin()
        if plan.finish(message.body):
            break
for connection in reader.connections():
    while connection.pending():
        connection.flush()
plan.report()
