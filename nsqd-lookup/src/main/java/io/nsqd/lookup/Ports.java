package io.nsqd.lookup;

import io.nsqd.api.Nsqd;

/**
 * The ports to announce (L-16).
 *
 * @param tcp for V2 clients; 0 while unknown
 * @param http for HTTP clients; 0 while unknown
 */
record Ports(int tcp, int http) {
    static Ports of(Nsqd nsqd) {
        return new Ports(nsqd.broadcastPort("tcp"), nsqd.broadcastPort("http"));
    }

    /** Whether nsqlookupd would take them (L-52). */
    boolean known() {
        return tcp != 0 && http != 0;
    }

    /** Whether these say something new; a port that is gone does not, for its transport may be in an update. */
    boolean differFrom(Ports announced) {
        return tcp != 0 && tcp != announced.tcp || http != 0 && http != announced.http;
    }
}
