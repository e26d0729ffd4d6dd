"""What the programs with Python clients exchange: numbered messages, a half one by one, others at once, the last tenth with a delay.

usage: exchange.py ADDRESS TOPIC COUNT [tls] [deflate|snappy] [auth]
"""
import sys

#: How long the last tenth is held back.
DELAY_MILLIS = 100
#: Longer than anything takes; only what hangs gets there.
PATIENCE_SECONDS = 120
SECRET = "secret"


class Plan:
    def __init__(self):
        self.address, self.topic = sys.argv[1:3]
        self.host, port = self.address.split(":")
        self.port = int(port)
        count = int(sys.argv[3])
        self.features = sys.argv[4:]
        bodies = [b"message %d" % number for number in range(count)]
        self.singles = bodies[: count // 2]
        self.batch = bodies[count // 2 : -count // 10]
        self.deferred = bodies[-count // 10 :]
        self._missing = set(bodies)
        self._finished = 0

    def wants(self, feature):
        return feature in self.features

    def compression(self):
        """The options as most clients call them."""
        return {feature: True for feature in ("deflate", "snappy") if feature in self.features}

    def comes_again(self, attempts, body):
        """Each tenth is requeued when it comes first."""
        return attempts == 1 and body.endswith(b"7")

    def finish(self, body):
        """Counts a message; whether it was the last one."""
        self._finished += 1
        self._missing.remove(body)
        return not self._missing

    def report(self):
        """Says so when all is done, and stays until the test has seen what it wants to and ends the input."""
        if self._missing:
            sys.exit("missing: %r" % self._missing)
        print("exchanged", self._finished, flush=True)
        sys.stdin.read()
