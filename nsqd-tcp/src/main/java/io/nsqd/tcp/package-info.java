/**
 * The NSQ V2 protocol over TCP and unix sockets (P): the template of a transport.
 *
 * <p>{@code CommandDecoder} turns bytes into commands and bodies; {@code ClientConnection} is the state machine that answers
 * them and, as a {@link io.nsqd.api.Consumer}, pushes messages; {@code FrameEncoder} writes frames. A connection is the
 * business of one event loop: its state is plain fields.
 */
package io.nsqd.tcp;
