/** The topics of a bridge that speaks to the hub's own broker, read inside the process. */
import { utf8 } from "../../base/bytes.ts";
import type { MediumStatus } from "../medium.ts";
import type { MeshBroker } from "./broker/broker.ts";
import type { BusListener, ForeignBus } from "./foreign-bus.ts";

/** One bridge at the embedded broker. */
export class EmbeddedBus implements ForeignBus {
  readonly #broker: MeshBroker;
  readonly #filters: readonly string[];
  #undo: (() => void)[] = [];

  /** @param filters topics of the bridge */
  constructor(broker: MeshBroker, filters: readonly string[]) {
    this.#broker = broker;
    this.#filters = filters;
  }

  async start(listener: BusListener): Promise<void> {
    if (this.#undo.length > 0) return;
    for (const filter of this.#filters) {
      // What the hub itself says there is no word of a bridge.
      this.#undo.push(
        this.#broker.subscribe(filter, ({ topic, payload, from }) => {
          if (from !== undefined) listener.message({ topic, payload, retained: false });
        }),
      );
    }
    const begin = (): void => {
      listener.up();
      for (const { topic, payload, from } of this.#broker.retained(this.#filters)) {
        if (from !== undefined) listener.message({ topic, payload, retained: true });
      }
    };
    this.#undo.push(this.#broker.listen({ listening: begin }));
    if (this.#broker.status().state === "up") begin();
  }

  async stop(): Promise<void> {
    for (const undo of this.#undo.splice(0)) undo();
  }

  status(): MediumStatus {
    const { state, detail } = this.#broker.status();
    return { state, ...(detail === undefined ? {} : { detail }) };
  }

  async publish(topic: string, payload: string): Promise<void> {
    await this.#broker.publish({ topic, payload: utf8(payload) });
  }
}
