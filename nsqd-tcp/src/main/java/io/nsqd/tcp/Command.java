package io.nsqd.tcp;

/** The commands of the protocol. Those that come most often stand first, as they are looked for in this order. */
enum Command {
    FIN(Expect.NOTHING),
    PUB(Expect.BODY),
    MPUB(Expect.BATCH),
    DPUB(Expect.BODY),
    NOP(Expect.NOTHING),
    RDY(Expect.NOTHING),
    REQ(Expect.NOTHING),
    TOUCH(Expect.NOTHING),
    IDENTIFY(Expect.BODY),
    AUTH(Expect.BODY),
    SUB(Expect.NOTHING),
    CLS(Expect.NOTHING);

    /** What is to follow a command line. */
    enum Expect {
        NOTHING,
        BODY,
        BATCH
    }

    private static final Command[] ALL = values();

    private final long packedName = CommandLine.pack(name());
    private final Expect expect;

    Command(Expect expect) {
        this.expect = expect;
    }

    /** The command of that {@linkplain CommandLine#name packed name}; {@code null} if there is none. */
    static Command of(long packedName) {
        for (Command command : ALL) {
            if (command.packedName == packedName) {
                return command;
            }
        }
        return null;
    }

    /** What follows its line, once the line has been accepted. */
    Expect expect() {
        return expect;
    }

    /** Whether its body is limited as a body, and not as a message. */
    boolean hasPlainBody() {
        return this == IDENTIFY || this == AUTH;
    }
}
