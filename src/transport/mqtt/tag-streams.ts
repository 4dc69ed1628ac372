/** The packet streams over one broker, one for each tag: what comes from a device's `up` topic, what goes to its `down` topic. */
import type { LinkStream } from "../../link/stream.ts";
import { PacketStream } from "../packet-stream.ts";
import { downTopic, mqttMaxPacket } from "./topic.ts";

/** Publishes to a topic; resolves when the broker has it. */
export type Publish = (topic: string, packet: Uint8Array) => Promise<void>;

/** Streams by tag. */
export class TagStreams {
  readonly #streams = new Map<string, PacketStream>();

  /** Opens a stream to a tag; an older one of that tag ends. @param proven called when the device there has proven itself */
  async open(tag: string, publish: Publish, proven: () => void = () => undefined): Promise<LinkStream> {
    await this.end(tag);
    const stream: PacketStream = new PacketStream({
      medium: "mqtt",
      maxPacket: mqttMaxPacket,
      send: (packet) => publish(downTopic(tag), packet),
      proven,
      ended: () => {
        if (this.#streams.get(tag) === stream) this.#streams.delete(tag);
      },
    });
    this.#streams.set(tag, stream);
    return stream;
  }

  /** A packet that came from a tag; passed over when no stream is open. */
  receive(tag: string, packet: Uint8Array): void {
    this.#streams.get(tag)?.receive(packet);
  }

  /** Ends the stream of a tag, with the reason when it was not asked for. */
  async end(tag: string, reason?: Error): Promise<void> {
    await this.#streams.get(tag)?.end(reason);
  }

  /** Ends all streams. */
  async endAll(reason?: Error): Promise<void> {
    await Promise.all([...this.#streams.values()].map((stream) => stream.end(reason)));
  }
}
