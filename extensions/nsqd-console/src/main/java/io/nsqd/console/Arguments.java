package io.nsqd.console;

import io.nsqd.api.MessageId;
import io.nsqd.api.Names;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** What a request says, by name: the fields of its body, or the parameters of its query. Immutable. */
final class Arguments {
    private final Map<String, ?> values;

    Arguments(Map<String, ?> values) {
        this.values = values;
    }

    Optional<String> optionalText(String name) throws Refusal {
        Object value = values.get(name);
        if (value == null || value.equals("")) {
            return Optional.empty();
        }
        if (value instanceof String text) {
            return Optional.of(text);
        }
        throw Refusal.badRequest(name + " must be a text");
    }

    String text(String name) throws Refusal {
        return optionalText(name).orElseThrow(() -> Refusal.badRequest(name + " is missing"));
    }

    /** The name of a topic or a channel. */
    String name(String name) throws Refusal {
        return checked(name, text(name));
    }

    Optional<String> optionalName(String name) throws Refusal {
        Optional<String> text = optionalText(name);
        return text.isEmpty() ? text : Optional.of(checked(name, text.get()));
    }

    private static String checked(String name, String text) throws Refusal {
        if (!Names.isValid(text)) {
            throw Refusal.badRequest(name + " must be 1 to " + Names.MAX_LENGTH + " of . a-z A-Z 0-9 _ -, and "
                    + Names.EPHEMERAL + " at the end if it is to be");
        }
        return text;
    }

    /** A whole number, be it a number or its text, within bounds. */
    long number(String name, long otherwise, long least, long most) throws Refusal {
        Object value = values.get(name);
        if (value == null || value.equals("")) {
            return otherwise;
        }
        try {
            long number = value instanceof Long whole ? whole : Long.parseLong(value.toString());
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // As bad as one that is out of bounds.
        }
        throw Refusal.badRequest(name + " must be a whole number from " + least + " to " + most);
    }

    boolean flag(String name) {
        Object value = values.get(name);
        return value != null && (value.equals(true) || value.equals("true") || value.equals("1"));
    }

    /** The id of a message. */
    long id() throws Refusal {
        byte[] text = text("id").getBytes(StandardCharsets.UTF_8);
        if (text.length != MessageId.LENGTH || !MessageId.isValid(text, 0)) {
            throw Refusal.badRequest("id must be the " + MessageId.LENGTH + " digits of a message");
        }
        return MessageId.parse(text, 0);
    }

    /** An object of texts and numbers, as texts. */
    Map<String, String> texts(String name) throws Refusal {
        if (!(values.get(name) instanceof Map<?, ?> object)) {
            throw Refusal.badRequest(name + " must be an object");
        }
        Map<String, String> texts = new LinkedHashMap<>();
        for (Map.Entry<?, ?> entry : object.entrySet()) {
            if (!(entry.getValue() instanceof String || entry.getValue() instanceof Long)) {
                throw Refusal.badRequest("in " + name + " there must be texts and whole numbers");
            }
            texts.put((String) entry.getKey(), entry.getValue().toString());
        }
        return texts;
    }
}
