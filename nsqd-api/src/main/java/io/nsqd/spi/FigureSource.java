package io.nsqd.spi;

import io.nsqd.stats.Figure;
import java.util.List;
import org.osgi.annotation.versioning.ConsumerType;

/** A plug-in's figures. While it is registered {@code /metrics} has them, behind the daemon's own. */
@ConsumerType
@FunctionalInterface
public interface FigureSource {
    /** The figures of this moment. Called on threads that answer HTTP requests: it must be quick. What it throws is logged. */
    List<Figure> figures();
}
