/**
 * Messages for browsers, and for whoever is behind an HTTP proxy: the V2 protocol over a WebSocket at {@code /ws}, a module for scripts
 * that speaks it, {@code /ws/nsq.js}, and messages as server-sent events at {@code /sub}.
 */
package io.nsqd.websocket;
