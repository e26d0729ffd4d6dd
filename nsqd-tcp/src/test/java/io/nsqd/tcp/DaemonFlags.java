package io.nsqd.tcp;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Flags of the daemon that a class is to be tested with; without them it is the one with the defaults. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
@interface DaemonFlags {
    /** Stands for the folder of {@link Certificates}. */
    String CERTIFICATES = "{certificates}";

    String[] value();

    /** More options for its JVM, split at blanks. */
    String java() default "";
}
