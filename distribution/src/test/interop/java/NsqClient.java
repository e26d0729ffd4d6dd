import com.github.brainlag.nsq.NSQConfig;
import com.github.brainlag.nsq.NSQConsumer;
import com.github.brainlag.nsq.NSQProducer;
import com.github.brainlag.nsq.lookup.DefaultNSQLookup;
import com.github.brainlag.nsq.lookup.NSQLookup;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Publishes numbered messages with nsq-client and consumes them; usage: NsqClient NSQD-PORT LOOKUPD-PORT COUNT [compression]. */
public final class NsqClient {
    public static void main(String[] arguments) throws Exception {
        int count = Integer.parseInt(arguments[2]);
        NSQConfig config = new NSQConfig();
        String topic = "nsqclient";
        if (arguments.length > 3) {
            config.setCompression(NSQConfig.Compression.valueOf(arguments[3]));
            topic += "_" + arguments[3];
        }
        NSQProducer producer = new NSQProducer()
                .addAddress("127.0.0.1", Integer.parseInt(arguments[0]))
                .setConfig(config)
                .start();
        // The first makes the topic, which the consumer looks up.
        producer.produce(topic, body(0));

        Set<String> seen = ConcurrentHashMap.newKeySet();
        CountDownLatch all = new CountDownLatch(count);
        NSQLookup lookup = new DefaultNSQLookup();
        lookup.addLookupAddress("127.0.0.1", Integer.parseInt(arguments[1]));
        NSQConsumer consumer = new NSQConsumer(
                lookup,
                topic,
                "c",
                message -> {
                    if (seen.add(new String(message.getMessage(), StandardCharsets.UTF_8))) {
                        all.countDown();
                    }
                    message.finished();
                },
                config);
        consumer.start();

        for (int i = 1; i < count; i++) {
            producer.produce(topic, body(i));
        }
        if (!all.await(60, TimeUnit.SECONDS)) {
            System.err.println("missing: " + all.getCount());
            System.exit(1);
        }
        System.out.println("exchanged " + seen.size());
        System.exit(0);
    }

    private static byte[] body(int number) {
        return ("message " + number).getBytes(StandardCharsets.UTF_8);
    }
}
