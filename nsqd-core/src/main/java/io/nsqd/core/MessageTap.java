package io.nsqd.core;

import io.nsqd.spi.MessageEvents;
import java.util.List;

/** Where to news of one topic's messages go. There is none for a topic that nobody listens to. Immutable. */
final class MessageTap {
    private final String topic;
    private final List<MessageFeed> feeds;

    MessageTap(String topic, List<MessageFeed> feeds) {
        this.topic = topic;
        this.feeds = feeds;
    }

    /** Something has happened to messages of the topic. No lock may be held. */
    void tell(MessageFeed.Event event, String channel, MessageEvents messages) {
        if (messages.size() > 0) {
            MessageFeed.News news = new MessageFeed.News(event, topic, channel, messages);
            feeds.forEach(feed -> feed.add(news));
        }
    }
}
