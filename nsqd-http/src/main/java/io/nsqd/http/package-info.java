/**
 * The HTTP API.
 *
 * <p>{@code HttpTransport} listens; each connection is an {@code HttpHandler}, which takes one request after the other
 * from Netty's decoder, gives it as an {@code Exchange} to the {@code Router}, feeds the body to the {@code RequestBody}
 * that the {@code Endpoint} wants, and has {@code ResponseEncoder} make bytes of the {@code Response}.
 *
 * <p>Publishing happens on the connection's loop; what may block is done by workers and answered back on the loop.
 */
package io.nsqd.http;
