/**
 * NSQ for scripts: publishes and consumes through the WebSocket of an nsqd. Needs nothing but WebSocket, so it runs in browsers and
 * wherever else there is one. See nsq.d.ts for the types.
 *
 *   import { Nsq } from "http://127.0.0.1:4151/ws/nsq.js";
 *   const nsq = new Nsq("ws://127.0.0.1:4151/ws");
 *   await nsq.publish("orders", "hello");
 *   nsq.subscribe("orders", "page", (message) => console.log(message.text()));
 *
 * One connection has one subscription, as everywhere in NSQ: each subscription here has a connection of its own, which comes back by itself.
 */

const FRAME_RESPONSE = 0;
const FRAME_ERROR = 1;
const FRAME_MESSAGE = 2;

/** What may follow each other in one frame of the WebSocket; the server takes 1 MiB. */
const PIECE_BYTES = 64 * 1024;

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();

/** What the daemon takes for the name of a topic or a channel; a line with another one would be another command. */
const NAME = /^[.a-zA-Z0-9_-]{1,64}$/;

/** Errors of settling: they concern a message, and the connection goes on. */
const SETTLING = /^E_(FIN|REQ|TOUCH)_FAILED/;

/** Something that the daemon has refused, or that could not be asked of it. */
export class NsqError extends Error {
  /**
   * @param {string} code as the daemon has it, such as E_BAD_TOPIC; E_DISCONNECTED where it could not be asked, or has not answered
   * @param {string} message
   */
  constructor(code, message) {
    super(message);
    this.name = "NsqError";
    this.code = code;
  }
}

function named(name, code) {
  if (typeof name !== "string" || name.length > 64 || !NAME.test(name.replace(/#ephemeral$/, ""))) {
    throw new NsqError(code, `${code} the name ${JSON.stringify(name)} is not valid`);
  }
  return name;
}

function bytesOf(body) {
  if (typeof body === "string") {
    return ENCODER.encode(body);
  }
  if (body instanceof ArrayBuffer) {
    return new Uint8Array(body);
  }
  if (ArrayBuffer.isView(body)) {
    return new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
  }
  return ENCODER.encode(JSON.stringify(body));
}

function joined(parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function size(count) {
  return new Uint8Array([count >>> 24, (count >>> 16) & 255, (count >>> 8) & 255, count & 255]);
}

function command(line, body) {
  const head = ENCODER.encode(line + "\n");
  return body === undefined ? head : joined([head, size(body.length), body]);
}

/** Frames of V2 out of the pieces in which they come. */
class Frames {
  #pending = new Uint8Array(0);

  /** @returns the frames that are complete now, as {type, data} */
  take(piece) {
    const bytes = this.#pending.length === 0 ? piece : joined([this.#pending, piece]);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const frames = [];
    let at = 0;
    while (bytes.length - at >= 8) {
      const length = view.getUint32(at);
      if (bytes.length - at < 4 + length) {
        break;
      }
      frames.push({ type: view.getUint32(at + 4), data: bytes.subarray(at + 8, at + 4 + length) });
      at += 4 + length;
    }
    // A copy, so that a few bytes do not keep a whole piece.
    this.#pending = at === bytes.length ? new Uint8Array(0) : bytes.slice(at);
    return frames;
  }
}

/** A message in flight to this subscription: finish it, or give it back. */
export class Message {
  #connection;
  #settled = false;

  constructor(connection, data) {
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    this.#connection = connection;
    /** When it was published, in nanoseconds since the epoch. */
    this.timestamp = view.getBigInt64(0);
    /** Deliveries so far, this one included. */
    this.attempts = view.getUint16(8);
    this.id = DECODER.decode(data.subarray(10, 26));
    this.body = data.slice(26);
  }

  /** The body as text in UTF-8. */
  text() {
    return DECODER.decode(this.body);
  }

  /** The body as what its JSON says. */
  json() {
    return JSON.parse(this.text());
  }

  /** Whether it was finished or given back. */
  get settled() {
    return this.#settled;
  }

  /** It is processed. */
  finish() {
    this.#settle(`FIN ${this.id}`);
  }

  /** It is to come again, after so many milliseconds. */
  requeue(delayMillis = 0) {
    this.#settle(`REQ ${this.id} ${Math.max(0, Math.floor(delayMillis))}`);
  }

  /** Its time-out begins anew. */
  touch() {
    if (!this.#settled) {
      this.#connection.send(command(`TOUCH ${this.id}`));
    }
  }

  #settle(line) {
    if (!this.#settled) {
      this.#settled = true;
      this.#connection.send(command(line));
    }
  }
}

/** One connection, from its handshake to its end. */
class Connection {
  #socket;
  #frames = new Frames();
  #answers = [];
  #onMessage = () => {};
  #onError;
  #closed = false;
  #outgoing = [];
  #flushing = false;

  /** Settled when the connection has ended, with why. */
  closed;

  /** Settled when the daemon has said what it is and, with a secret, that it knows the client. */
  ready;

  constructor(url, options, onError) {
    this.#onError = onError;
    this.#socket = new WebSocket(url, "nsq.v2");
    this.#socket.binaryType = "arraybuffer";
    const opened = new Promise((resolve, reject) => {
      this.#socket.onopen = resolve;
      this.#socket.onerror = () => reject(new NsqError("E_DISCONNECTED", `cannot connect to ${url}`));
    });
    this.closed = new Promise((resolve) => {
      this.#socket.onclose = (event) => {
        this.#closed = true;
        const gone = new NsqError("E_DISCONNECTED", event.reason || `the connection has ended (${event.code})`);
        this.#answers.splice(0).forEach((answer) => answer.reject(gone));
        resolve(gone);
      };
    });
    this.#socket.onmessage = (event) => {
      for (const frame of this.#frames.take(new Uint8Array(event.data))) {
        this.#frame(frame);
      }
    };
    this.ready = opened.then(() => this.#identify(options));
    // Who waits for it hears of it; nobody need.
    this.ready.catch(() => {});
  }

  async #identify(options) {
    this.send(ENCODER.encode("  V2"));
    const said = { feature_negotiation: true, user_agent: "nsq.js/1", ...options.identify };
    const answer = await this.ask(command("IDENTIFY", ENCODER.encode(JSON.stringify(said))));
    const settings = JSON.parse(DECODER.decode(answer));
    if (settings.auth_required) {
      if (!options.secret) {
        throw new NsqError("E_AUTH_FIRST", "the daemon wants a secret");
      }
      await this.ask(command("AUTH", ENCODER.encode(options.secret)));
    }
    return settings;
  }

  #frame({ type, data }) {
    if (type === FRAME_MESSAGE) {
      this.#onMessage(new Message(this, data));
      return;
    }
    const text = DECODER.decode(data);
    if (type === FRAME_RESPONSE) {
      if (text === "_heartbeat_") {
        this.send(command("NOP"));
      } else {
        this.#answers.shift()?.resolve(data.slice());
      }
    } else if (type === FRAME_ERROR) {
      const error = new NsqError(text.split(" ", 1)[0], text);
      const asked = SETTLING.test(text) ? undefined : this.#answers.shift();
      if (asked) {
        asked.reject(error);
      } else {
        this.#onError(error);
      }
    }
  }

  /** Sends what no answer is expected to; what is sent at the same moment goes out together. */
  send(bytes) {
    if (this.#closed) {
      return;
    }
    this.#outgoing.push(bytes);
    if (!this.#flushing) {
      this.#flushing = true;
      queueMicrotask(() => this.#flush());
    }
  }

  #flush() {
    this.#flushing = false;
    const all = joined(this.#outgoing.splice(0));
    if (this.#socket.readyState === WebSocket.OPEN) {
      for (let at = 0; at < all.length; at += PIECE_BYTES) {
        this.#socket.send(all.subarray(at, at + PIECE_BYTES));
      }
    }
  }

  /** Sends a command; answered in the order in which they were sent. */
  ask(bytes) {
    if (this.#closed) {
      return Promise.reject(new NsqError("E_DISCONNECTED", "the connection has ended"));
    }
    return new Promise((resolve, reject) => {
      this.#answers.push({ resolve, reject });
      this.send(bytes);
    });
  }

  onMessage(handler) {
    this.#onMessage = handler;
  }

  close() {
    this.#flush();
    this.#socket.close(1000);
  }
}

/** A subscription that comes back when its connection is lost. */
export class Subscription extends EventTarget {
  #nsq;
  #topic;
  #channel;
  #handler;
  #maxInFlight;
  #connection;
  #stopped = false;
  #wait = 0;
  #wakeUp = () => {};

  /** @internal */
  constructor(nsq, topic, channel, handler, maxInFlight) {
    super();
    this.#nsq = nsq;
    this.#topic = topic;
    this.#channel = channel;
    this.#handler = handler;
    this.#maxInFlight = maxInFlight;
    this.#run();
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  async #run() {
    while (!this.#stopped) {
      const connection = this.#nsq.open((error) => this.#tell("error", error));
      this.#connection = connection;
      connection.onMessage((message) => this.#process(message));
      try {
        await connection.ready;
        await connection.ask(command(`SUB ${this.#topic} ${this.#channel}`));
        connection.send(command(`RDY ${this.#maxInFlight}`));
        this.#wait = 0;
        this.#tell("subscribed");
        this.#tell("disconnected", await connection.closed);
      } catch (error) {
        connection.close();
        this.#tell("error", error);
      }
      if (!this.#stopped) {
        await this.#pause();
      }
    }
  }

  /** Longer each time, up to what the options allow, and never as long as that of somebody else. */
  #pause() {
    this.#wait = Math.min(this.#nsq.maxBackoffMillis, this.#wait === 0 ? 100 : this.#wait * 2);
    return new Promise((resolve) => {
      this.#wakeUp = resolve;
      setTimeout(resolve, this.#wait * (0.5 + Math.random() / 2));
    });
  }

  /** A message whose handler ends well is finished, and one whose handler fails is given back, unless the handler has done so. */
  async #process(message) {
    try {
      await this.#handler(message);
      message.finish();
    } catch (error) {
      message.requeue(this.#nsq.requeueMillis);
      this.#tell("error", error);
    }
  }

  /** Changes how many messages may be in flight; 0 pauses. */
  set maxInFlight(count) {
    this.#maxInFlight = count;
    this.#connection?.send(command(`RDY ${count}`));
  }

  get maxInFlight() {
    return this.#maxInFlight;
  }

  /** Ends it; what was not settled comes again, to somebody. */
  close() {
    this.#stopped = true;
    this.#connection?.close();
    this.#wakeUp();
  }
}

/** An nsqd, as a script sees it. */
export class Nsq {
  #url;
  #options;
  #publisher;

  /**
   * @param {string | URL} url of the daemon's WebSocket, as ws://127.0.0.1:4151/ws
   * @param options see nsq.d.ts
   */
  constructor(url, options = {}) {
    this.#url = url;
    this.#options = options;
    this.maxBackoffMillis = options.maxBackoffMillis ?? 10_000;
    this.requeueMillis = options.requeueMillis ?? 1_000;
  }

  /** @internal */
  open(onError) {
    return new Connection(this.#url, this.#options, onError);
  }

  async #publishing() {
    if (!this.#publisher) {
      const connection = this.open(() => {});
      this.#publisher = connection;
      connection.closed.then(() => {
        if (this.#publisher === connection) {
          this.#publisher = undefined;
        }
      });
    }
    const connection = this.#publisher;
    try {
      await connection.ready;
    } catch (error) {
      connection.close();
      if (this.#publisher === connection) {
        this.#publisher = undefined;
      }
      throw error;
    }
    return connection;
  }

  /**
   * Publishes a message. Done when the daemon has it; a failure with E_DISCONNECTED leaves open whether it has.
   * @param body text, bytes, or what is to be sent as JSON
   */
  async publish(topic, body) {
    const line = `PUB ${named(topic, "E_BAD_TOPIC")}`;
    const connection = await this.#publishing();
    await connection.ask(command(line, bytesOf(body)));
  }

  /** Publishes messages, all or none. */
  async publishAll(topic, bodies) {
    const line = `MPUB ${named(topic, "E_BAD_TOPIC")}`;
    const parts = bodies.map(bytesOf).flatMap((body) => [size(body.length), body]);
    const connection = await this.#publishing();
    await connection.ask(command(line, joined([size(bodies.length), ...parts])));
  }

  /** Publishes a message that is delivered after so many milliseconds. */
  async publishDeferred(topic, body, delayMillis) {
    const line = `DPUB ${named(topic, "E_BAD_TOPIC")} ${Math.max(0, Math.floor(delayMillis))}`;
    const connection = await this.#publishing();
    await connection.ask(command(line, bytesOf(body)));
  }

  /**
   * Consumes a channel, until the subscription is closed.
   * @param handler given each message; a promise that it returns is waited for
   */
  subscribe(topic, channel, handler, { maxInFlight = 100 } = {}) {
    named(topic, "E_BAD_TOPIC");
    named(channel, "E_BAD_CHANNEL");
    return new Subscription(this, topic, channel, handler, maxInFlight);
  }

  /** Ends the connection that publishes. Subscriptions have their own. */
  close() {
    this.#publisher?.close();
  }
}
