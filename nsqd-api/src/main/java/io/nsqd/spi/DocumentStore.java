package io.nsqd.spi;

import java.io.IOException;
import java.util.Optional;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Keeps small documents of the daemon's, such as its policies, beside the names of topics and channels. A {@link MetadataService} that
 * implements it, too, as one does that is replicated, keeps them where it keeps the metadata; for any other the daemon keeps them in
 * files of the data path.
 *
 * <p>The core calls one method at a time, from threads that may block and that nobody interrupts.
 */
@ConsumerType
public interface DocumentStore {
    /**
     * What was saved last.
     *
     * @param name letters, digits and dots
     * @throws IOException with a text that says what cannot be read and why
     */
    Optional<byte[]> loadDocument(String name) throws IOException;

    /**
     * Has somebody told when another daemon has saved a document that this one shares with it. Called once for each name, after it was
     * loaded for the first time. Where documents are nobody else's there is nothing to tell.
     *
     * @param changed to be called on a thread that may block; it loads the document
     */
    default void watchDocument(String name, Runnable changed) {
        // Nobody else saves it.
    }

    /**
     * Replaces what was saved; either wholly or not at all, and durably.
     *
     * @throws IOException when it could not be saved; what was saved before stays
     */
    void saveDocument(String name, byte[] content) throws IOException;
}
