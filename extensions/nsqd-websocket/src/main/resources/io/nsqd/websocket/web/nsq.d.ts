/** What a body may be: text, bytes, or anything that is to be sent as JSON. */
export type Body = string | ArrayBuffer | ArrayBufferView | object | number | boolean | null;

export interface Options {
  /** Shown to the daemon's authenticator, where it has one. */
  secret?: string;
  /** What else is said with IDENTIFY, such as client_id, hostname, user_agent, heartbeat_interval, msg_timeout. */
  identify?: Record<string, unknown>;
  /** The longest pause before a lost connection is tried again; 10,000 without. */
  maxBackoffMillis?: number;
  /** After how long a message comes again whose handler has failed; 1,000 without. */
  requeueMillis?: number;
}

/** Something that the daemon has refused, or that could not be asked of it. */
export declare class NsqError extends Error {
  /** As the daemon has it, such as E_BAD_TOPIC; E_DISCONNECTED where it could not be asked, or has not answered. */
  readonly code: string;
  constructor(code: string, message: string);
}

/** A message in flight to this subscription: finish it, or give it back. */
export declare class Message {
  readonly id: string;
  /** When it was published, in nanoseconds since the epoch. */
  readonly timestamp: bigint;
  /** Deliveries so far, this one included. */
  readonly attempts: number;
  readonly body: Uint8Array;
  /** Whether it was finished or given back. */
  readonly settled: boolean;
  /** The body as text in UTF-8. */
  text(): string;
  /** The body as what its JSON says. */
  json(): unknown;
  /** It is processed. */
  finish(): void;
  /** It is to come again, after so many milliseconds. */
  requeue(delayMillis?: number): void;
  /** Its time-out begins anew. */
  touch(): void;
}

/** A subscription that comes back when its connection is lost. Tells of "subscribed", "disconnected" and "error" (the detail is why). */
export declare class Subscription extends EventTarget {
  /** How many messages may be in flight; 0 pauses. */
  maxInFlight: number;
  /** Ends it; what was not settled comes again, to somebody. */
  close(): void;
}

/** An nsqd, as a script sees it. */
export declare class Nsq {
  /** @param url of the daemon's WebSocket, as ws://127.0.0.1:4151/ws */
  constructor(url: string | URL, options?: Options);
  maxBackoffMillis: number;
  requeueMillis: number;
  /** Publishes a message. Done when the daemon has it; a failure with E_DISCONNECTED leaves open whether it has. */
  publish(topic: string, body: Body): Promise<void>;
  /** Publishes messages, all or none. */
  publishAll(topic: string, bodies: Body[]): Promise<void>;
  /** Publishes a message that is delivered after so many milliseconds. */
  publishDeferred(topic: string, body: Body, delayMillis: number): Promise<void>;
  /** Consumes a channel, until the subscription is closed. A promise that the handler returns is waited for; one that fails gives the message back. */
  subscribe(
    topic: string,
    channel: string,
    handler: (message: Message) => unknown,
    options?: { maxInFlight?: number },
  ): Subscription;
  /** Ends the connection that publishes. Subscriptions have their own. */
  close(): void;
}
