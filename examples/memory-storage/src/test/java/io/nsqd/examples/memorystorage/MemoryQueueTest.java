package io.nsqd.examples.memorystorage;

import io.nsqd.spi.BackendQueueFactory;
import io.nsqd.spi.contract.BackendQueueContract;

/** The queue keeps the contract. */
final class MemoryQueueTest extends BackendQueueContract {
    private static final int BOUND = 50;

    @Override
    protected BackendQueueFactory factory() {
        return (name, listener) -> new MemoryQueue(name, BOUND);
    }

    @Override
    protected boolean isDurable() {
        return false;
    }

    @Override
    protected int messagesUntilFull() {
        return BOUND;
    }
}
