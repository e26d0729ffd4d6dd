package io.nsqd.bookkeeper;

import java.io.IOException;

/** What no other try will change: the node is not permitted something, or what it was told cannot be used. */
final class Refused extends IOException {
    private static final long serialVersionUID = 1;

    Refused(String why, Throwable cause) {
        super(why, cause);
    }
}
