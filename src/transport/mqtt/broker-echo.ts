/**
 * Whether a broker that is not the hub's serves the device link: it may take a login and subscriptions, and pass nothing on. The hub writes to each kind of
 * topic under its own client id and looks what comes back; what does not is named with the lines of the access list that are for it. What it writes is one
 * octet: no hail, and of no device's tag, so every hub passes it over.
 */
import type { Clock } from "../../base/clock.ts";
import { accessTo, type LinkTopic, linkTopics } from "./broker-acl.ts";
import type { MqttConnection } from "./mqtt-connection.ts";
import { downTopic, hailTopic, tagHailTopic, tagOfUpTopic, upTopic } from "./topic.ts";

const topicOf: Readonly<Record<LinkTopic, (tag: string) => string>> = { hail: tagHailTopic, up: upTopic, down: downTopic };

/** What is asked of a broker over one connection. */
export interface BrokerEchoOptions {
  readonly clientId: string;
  /** The hub's name there, and where it is, for what is told. */
  readonly username?: string | undefined;
  readonly url: string;
  readonly clock: Clock;
}

/** One look at a broker. */
export class BrokerEcho {
  /** For the broker to give back what the hub has written. */
  static readonly timeMs = 3000;
  readonly #options: BrokerEchoOptions;
  readonly #since: number;
  /** What has not come back yet. */
  readonly #unheard = new Set<LinkTopic>(linkTopics);
  #hasHeard = false;

  constructor(options: BrokerEchoOptions) {
    this.#options = options;
    this.#since = options.clock.monotonic();
  }

  /** Writes, over a connection that has subscribed to hails and to what devices write. Errors: those of the connection. */
  async ask(connection: MqttConnection): Promise<void> {
    const { clientId } = this.#options;
    const write = (topic: LinkTopic): Promise<void> => connection.publish(topicOf[topic](clientId), new Uint8Array(1));
    await write("hail");
    await write("up");
    try {
      await connection.subscribe([downTopic(clientId)]);
    } catch {
      // What the hub may not read, it cannot look for; devices may all the same.
      this.#unheard.delete("down");
      return;
    }
    await write("down");
  }

  /** Something has come, from the hub itself or from a device. */
  heard(topic: string): void {
    const { clientId } = this.#options;
    this.#hasHeard = true;
    if (topic === hailTopic || topic.startsWith(`${hailTopic}/`)) this.#unheard.delete("hail");
    if (topic === upTopic(clientId)) this.#unheard.delete("up");
    if (topic === downTopic(clientId)) this.#unheard.delete("down");
    // A device answers what the hub has written.
    if (tagOfUpTopic(topic) !== undefined) for (const proven of ["up", "down"] as const) this.#unheard.delete(proven);
  }

  /** Whether all of it has come back. */
  get isWhole(): boolean {
    return this.#unheard.size === 0;
  }

  /** Whether the broker has had its time. */
  get isOver(): boolean {
    return this.#options.clock.monotonic() - this.#since >= BrokerEcho.timeMs;
  }

  /** What is wrong with a broker that had its time; undefined while nothing is. */
  get fault(): string | undefined {
    if (this.isWhole || !this.isOver) return undefined;
    const { url, username, clientId } = this.#options;
    if (!this.#hasHeard)
      return `the broker at ${url} lets the hub in, and gives it nothing of what devices write: it lacks the list of 'mesh-hub broker acl', or that is for another name`;
    const user = username === undefined ? "who has no name" : `user ${username}`;
    const lines = [...this.#unheard].map((topic) => {
      const { device, hub } = accessTo[topic];
      return `nothing comes through at ${topicOf[topic](clientId)}: its access list lacks the line '${device}', or, for the hub (${user}), '${hub}'`;
    });
    return `the broker at ${url} lets the hub in, and ${lines.join("; ")}`;
  }
}
