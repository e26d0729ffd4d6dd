import com.sproutsocial.nsq.Client;
import com.sproutsocial.nsq.Config;
import com.sproutsocial.nsq.MessageHandler;
import com.sproutsocial.nsq.Publisher;
import com.sproutsocial.nsq.Subscriber;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/** Publishes numbered messages with nsq-j and consumes them; usage: NsqJ NSQD NSQLOOKUPD COUNT [tls]. */
public final class NsqJ {
    public static void main(String[] arguments) throws Exception {
        int count = Integer.parseInt(arguments[2]);
        boolean tls = arguments.length > 3;
        String topic = tls ? "nsqj_tls" : "nsqj";
        Client client = new Client();
        Config config = new Config();
        if (tls) {
            config.setTlsV1(true);
            client.setSSLSocketFactory(trusting().getSocketFactory());
        }
        Publisher publisher = new Publisher(client, arguments[0], null);
        publisher.setConfig(config);
        // The first makes the topic, which the consumer looks up.
        publisher.publish(topic, body(0));

        Set<String> seen = ConcurrentHashMap.newKeySet();
        CountDownLatch all = new CountDownLatch(count);
        Subscriber subscriber = new Subscriber(client, 1, 5, arguments[1]);
        subscriber.setConfig(config);
        subscriber.subscribe(topic, "c", (MessageHandler) message -> {
            if (seen.add(new String(message.getData(), StandardCharsets.UTF_8))) {
                all.countDown();
            }
            message.finish();
        });

        for (int i = 1; i < count / 2; i++) {
            publisher.publish(topic, body(i));
        }
        List<byte[]> rest = new ArrayList<>();
        for (int i = count / 2; i < count; i++) {
            rest.add(body(i));
        }
        publisher.publish(topic, rest);
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

    /** The certificate is the test's own. */
    private static SSLContext trusting() throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(
                null,
                new TrustManager[] {
                    new X509TrustManager() {
                        @Override
                        public void checkClientTrusted(X509Certificate[] chain, String type) {}

                        @Override
                        public void checkServerTrusted(X509Certificate[] chain, String type) {}

                        @Override
                        public X509Certificate[] getAcceptedIssuers() {
                            return new X509Certificate[0];
                        }
                    }
                },
                null);
        return context;
    }
}
