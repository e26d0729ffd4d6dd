package io.nsqd.container;

import static org.awaitility.Awaitility.await;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;
import static org.ops4j.pax.exam.CoreOptions.frameworkProperty;
import static org.ops4j.pax.exam.CoreOptions.options;

import io.nsqd.spi.Transport;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import javax.inject.Inject;
import org.apache.felix.hc.api.HealthCheck;
import org.apache.felix.hc.api.Result;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.CommandSession;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.ServiceReference;

/** Commands in a Felix of somebody else's with Gogo, and health checks. */
@RunWith(PaxExam.class)
public class ConsolesIT {
    @Inject
    private BundleContext context;

    @Inject
    private CommandProcessor processor;

    /** What the container is made of. */
    @Configuration
    public Option[] configuration() throws IOException {
        Path data = Files.createTempDirectory("nsqd-consoles");
        return options(
                Containers.plain(),
                Containers.consoles(),
                frameworkProperty("nsqd.data-path").value(data.toString()),
                frameworkProperty("nsqd.tcp-address").value("127.0.0.1:0"),
                frameworkProperty("nsqd.http-address").value("127.0.0.1:0"),
                frameworkProperty("nsqd.https-address").value(""),
                Containers.nsqd());
    }

    /** The daemon starts on threads of its own. */
    @Before
    public void awaitDaemon() {
        await().until(() -> context.getServiceReferences(Transport.class, null).size() == 2);
    }

    private Object run(String command) throws Exception {
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        try (CommandSession session =
                processor.createSession(new ByteArrayInputStream(new byte[0]), printed, printed)) {
            Object result = session.execute(command);
            return result == null ? printed.toString(StandardCharsets.UTF_8) : result;
        }
    }

    private Result check(String tag) throws Exception {
        Collection<ServiceReference<HealthCheck>> checks =
                context.getServiceReferences(HealthCheck.class, "(" + HealthCheck.TAGS + "=" + tag + ")");
        assertEquals(1, checks.size());
        return context.getService(checks.iterator().next()).execute();
    }

    private Bundle bundle(String name) {
        return Arrays.stream(context.getBundles())
                .filter(bundle -> name.equals(bundle.getSymbolicName()))
                .findFirst()
                .orElseThrow();
    }

    /** As an administrator would type them. */
    @Test
    public void commandsWork() throws Exception {
        assertEquals("created channel billing in topic orders", run("nsqd:create orders billing"));
        assertEquals("published 5 bytes to orders", run("nsqd:publish orders hello"));
        assertEquals("orders", run("nsqd:topics"));
        assertEquals("billing", run("nsqd:channels orders"));
        assertTrue(run("nsqd:stats orders").toString().contains("billing"));
        assertEquals("the log level is warn", run("nsqd:log-level warn"));
        assertEquals("warn", run("nsqd:loglevel"));
        assertTrue(run("help nsqd:stats").toString().contains("shows the figures"));
        assertEquals(
                "there is no topic ord; is it orders?",
                assertThrows(RuntimeException.class, () -> run("nsqd:delete ord"))
                        .getMessage());
        // The shell is somebody else's.
        assertThrows(Exception.class, () -> run("nsqd:exit"));
        assertEquals("deleted topic orders: 1 channel and 1 message are gone", run("nsqd:delete orders"));
    }

    /** They are there without the daemon, so that they can say that it is gone. */
    @Test
    public void healthChecksReport() throws Exception {
        assertEquals(Result.Status.OK, check("live").getStatus());
        assertEquals(Result.Status.OK, check("ready").getStatus());
        stop("io.nsqd.tcp", "io.nsqd.http");
        assertEquals(Result.Status.OK, check("live").getStatus());
        assertEquals(Result.Status.TEMPORARILY_UNAVAILABLE, check("ready").getStatus());
        stop("io.nsqd.core");
        assertEquals(Result.Status.CRITICAL, check("live").getStatus());
        assertEquals(Result.Status.TEMPORARILY_UNAVAILABLE, check("ready").getStatus());
        bundle("io.nsqd.core").start();
        bundle("io.nsqd.tcp").start();
        bundle("io.nsqd.http").start();
        await().until(() -> check("ready").isOk());
        assertEquals(Result.Status.OK, check("live").getStatus());
    }

    private void stop(String... names) throws BundleException {
        for (String name : names) {
            bundle(name).stop();
        }
    }

    /** Nothing of it stays behind. */
    @Test
    public void commandsAndChecksGoWithTheBundle() throws Exception {
        Bundle shell = bundle("io.nsqd.shell");
        shell.stop();
        assertThrows(Exception.class, () -> run("nsqd:topics"));
        assertEquals(0, context.getServiceReferences(HealthCheck.class, null).size());
        shell.start();
        await().until(() -> check("ready").isOk());
    }
}
