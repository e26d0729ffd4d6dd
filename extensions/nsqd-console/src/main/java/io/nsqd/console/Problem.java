package io.nsqd.console;

import java.util.Map;

/**
 * Something that an operator should look at.
 *
 * @param kind a stable word: {@code growing}, {@code stuck}, {@code disk}, {@code lookupd}, {@code policy}, {@code health}
 * @param severe whether messages, or those who wait for them, suffer from it now
 * @param topic the topic, empty where it is not about one
 * @param channel the channel, empty where it is not about one
 * @param text a sentence without figures that change: as long as it holds it is the same
 */
record Problem(String kind, boolean severe, String topic, String channel, String text) {
    Map<String, Object> view() {
        return Json.object(
                "kind", kind,
                "severity", severe ? "error" : "warning",
                "topic", topic,
                "channel", channel,
                "text", text);
    }
}
