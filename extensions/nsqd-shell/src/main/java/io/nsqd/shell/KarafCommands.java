package io.nsqd.shell;

import java.util.List;
import org.apache.karaf.shell.api.console.Command;
import org.apache.karaf.shell.api.console.CommandLine;
import org.apache.karaf.shell.api.console.Completer;
import org.apache.karaf.shell.api.console.Parser;
import org.apache.karaf.shell.api.console.Registry;
import org.apache.karaf.shell.api.console.Session;
import org.apache.karaf.shell.api.console.SessionFactory;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.util.tracker.ServiceTracker;

/**
 * The commands in Karaf's console, where they can have more than Gogo alone has: a line of description each, and completion of
 * topics, channels, options and levels.
 */
final class KarafCommands extends ServiceTracker<SessionFactory, List<Command>> {
    private final Commands commands;

    KarafCommands(BundleContext context, Commands commands) {
        super(context, SessionFactory.class, null);
        this.commands = commands;
    }

    @Override
    public List<Command> addingService(ServiceReference<SessionFactory> reference) {
        Registry registry = context.getService(reference).getRegistry();
        List<Command> added = List.of(Verb.values()).stream()
                .map(verb -> (Command) new KarafCommand(verb, commands))
                .toList();
        added.forEach(registry::register);
        return added;
    }

    @Override
    public void removedService(ServiceReference<SessionFactory> reference, List<Command> added) {
        Registry registry = context.getService(reference).getRegistry();
        added.forEach(registry::unregister);
        context.ungetService(reference);
        context.ungetService(reference);
    }

    /** One command. */
    record KarafCommand(Verb verb, Commands commands) implements Command, Completer {
        @Override
        public String getScope() {
            return Verb.SCOPE;
        }

        @Override
        public String getName() {
            return verb.word();
        }

        @Override
        public String getDescription() {
            return verb.help();
        }

        @Override
        public Completer getCompleter(boolean scoped) {
            return this;
        }

        @Override
        public Parser getParser() {
            return null;
        }

        /**
         * Prints, as Karaf's own commands do: of several commands on a line, in a script, or asked by {@code help} for their
         * {@code --help}, the console does not show what they return. Karaf has the standard output lead to the session or
         * down the pipe.
         */
        @Override
        public Object execute(Session session, List<Object> arguments) {
            List<String> given = arguments.stream().map(String::valueOf).toList();
            System.out.println(commands.run(verb, given, System.out, selection(session)));
            return null;
        }

        private static Selection selection(Session session) {
            return new Selection(session::get, session::put);
        }

        /** The name of the command, and behind it what may stand where the cursor is. */
        @Override
        public int complete(Session session, CommandLine line, List<String> candidates) {
            String word = line.getCursorArgument();
            String typed = word == null ? "" : word.substring(0, line.getArgumentPosition());
            List<String> words = List.of(line.getArguments());
            int index = line.getCursorArgumentIndex();
            List<String> names = List.of(verb.word(), Verb.SCOPE + ":" + verb.word());
            List<String> possible = List.of();
            if (index == 0) {
                possible = names;
            } else if (names.contains(words.get(0))) {
                possible = commands.candidates(verb, words.subList(1, index), selection(session));
            }
            int before = candidates.size();
            possible.stream().filter(name -> name.startsWith(typed)).forEach(candidates::add);
            return candidates.size() == before ? -1 : line.getBufferPosition() - line.getArgumentPosition();
        }
    }
}
