package io.nsqd.launcher;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.toml.TomlMapper;
import io.nsqd.api.Errors;
import io.nsqd.api.NsqdException;
import io.nsqd.api.Option;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The options that a TOML file gives (O-11 to O-17); what it has besides is ignored (O-13). */
final class ConfigFile {
    /** Checked first, in this order, whether or not a flag overrides them (O-16). */
    private static final List<Option> SPECIAL = List.of(Option.TLS_REQUIRED, Option.TLS_MIN_VERSION, Option.LOG_LEVEL);

    /** What editors on Windows begin a file with. */
    private static final String BYTE_ORDER_MARK = "\ufeff";

    private final ObjectNode table;

    private ConfigFile(ObjectNode table) {
        this.table = table;
    }

    /**
     * Reads a file.
     *
     * @throws StartException with the texts of O-23 and O-24
     */
    static ConfigFile load(String path) throws StartException {
        ObjectNode table;
        try {
            table = parse(path);
        } catch (IOException e) {
            throw new StartException(
                    StartException.FATAL,
                    LogFormat.fatalLine("failed to load config file " + path + " - " + fault(path, e)));
        }
        ConfigFile file = new ConfigFile(table);
        for (Option option : SPECIAL) {
            file.normalize(option);
        }
        return file;
    }

    /**
     * The values of the options that the file gives.
     *
     * @param except options given by flags: what the file says of them is not even looked at (O-11)
     * @throws StartException with the text of O-22
     */
    Map<Option, Object> values(Set<Option> except) throws StartException {
        Map<Option, Object> values = new EnumMap<>(Option.class);
        for (Option option : Option.values()) {
            JsonNode value = option.configKey().map(table::get).orElse(null);
            if (value != null && !except.contains(option)) {
                Optional<Object> coerced = Coercion.coerce(option, value);
                coerced.ifPresent(v -> values.put(option, v));
            }
        }
        return values;
    }

    private static ObjectNode parse(String path) throws IOException {
        String text = Files.readString(Path.of(path));
        ObjectNode table =
                (ObjectNode) new TomlMapper().readTree(text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text);
        for (Map.Entry<String, JsonNode> entry : table.properties()) {
            if (entry.getValue().isBigInteger()) {
                throw new JsonMappingException(null, entry.getValue() + " is out of range for int64");
            }
        }
        return table;
    }

    /** What is wrong with the file, in the words of the operating system and of Go's TOML reader. */
    private static String fault(String path, IOException e) {
        if (e instanceof JacksonException malformed) {
            JsonLocation location = malformed.getLocation();
            String where = location == null ? "" : "line " + location.getLineNr() + ": ";
            return "toml: " + where + malformed.getOriginalMessage();
        }
        if (e instanceof CharacterCodingException) {
            return "toml: not UTF-8";
        }
        return Errors.describe(Files.isDirectory(Path.of(path)) ? "read" : "open", path, e);
    }

    private void normalize(Option option) throws StartException {
        String key = option.configKey().orElseThrow();
        JsonNode value = table.get(key);
        if (value == null) {
            return;
        }
        String text = GoValue.plain(value);
        if (option == Option.TLS_MIN_VERSION && text.isEmpty()) {
            table.remove(key);
            return;
        }
        try {
            table.put(key, option.format(option.parse(text)));
        } catch (NsqdException e) {
            throw new StartException(StartException.FATAL, LogFormat.fatalLine("failed parsing " + key + " " + text));
        }
    }
}
