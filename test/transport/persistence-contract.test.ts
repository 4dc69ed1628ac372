/**
 * The contract suite of aedes' own persistence package, run against our durable store. Each test is the package's; what is left out or not
 * compared is listed here with the reason, and a name that the package does not have (any more) is a failure.
 */
import nodeAssert from "node:assert";
import { createRequire } from "node:module";
import { join } from "node:path";
import { silentLog } from "../../src/base/log.ts";
import type { BrokerRef } from "../../src/transport/mqtt/durable/broker-packet.ts";
import { DurablePersistence } from "../../src/transport/mqtt/durable/persistence.ts";
import { assert, describe, tempDirectory } from "../harness/suite.ts";

/** What the package's tests use of node:test. */
interface Context {
  plan(count: number): void;
  diagnostic(text: string): void;
  readonly assert: Pick<typeof nodeAssert, "equal" | "notEqual" | "ok" | "deepEqual">;
}
interface Contract {
  readonly test: (name: string, body: (context: Context) => Promise<void>) => void;
  /** Its methods are async, and `setup` gives it the broker. */
  readonly testAsync: true;
  readonly persistence: () => Promise<DurablePersistence>;
}
// No types come with this part of the package; aedes brings it, so it is found from there.
const contract = createRequire(createRequire(import.meta.url).resolve("aedes"))("aedes-persistence/abstract.js") as (options: Contract) => void;

/** Tests that ask for what MQTT 3.1.1 does not need. */
const leftOut: Readonly<Record<string, string>> = {
  "store and look up a subscription with an MQTT 5.0 subscription identifier": "MQTT 5",
  "store and look up subscriptions by topic": "a client with overlapping subscriptions gets a message once, by the highest of them (§3.3.5)",
  "add incoming packet, get it, and clear with messageId": "identifiers of QoS 2 are kept, not messages, which were passed on (§4.3.3, method B)",
};

/** Members that are not compared. */
const unseen: Readonly<Record<string, string>> = {
  rh: "MQTT 5",
  rap: "MQTT 5",
  nl: "MQTT 5",
  id: "a mark of the package's own packets",
  dup: "set here on what is sent again, as §3.3.1.1 has it; the package gives back what it was given",
};

/** A value as it is compared: without members that are absent or unseen, and with payloads as octets. */
function compared(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("latin1");
  if (Array.isArray(value)) return value.map(compared);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name, member]) => !(name in unseen) && member !== undefined)
      .map(([name, member]) => [name, compared(member)]),
  );
}

/** Shows the broker that it was set up with, as the package's tests want. */
class ShownPersistence extends DurablePersistence {
  broker: BrokerRef | undefined;

  override async setup(broker: BrokerRef): Promise<void> {
    this.broker = broker;
    await super.setup(broker);
  }
}

describe("the contract of aedes' persistence", (it) => {
  const names: string[] = [];
  const context: Context = {
    plan: () => undefined,
    diagnostic: () => undefined,
    assert: {
      equal: nodeAssert.equal,
      notEqual: nodeAssert.notEqual,
      ok: nodeAssert.ok,
      deepEqual: (actual, expected, message) => nodeAssert.deepEqual(compared(actual), compared(expected), message),
    },
  };
  contract({
    test: (name, body) => {
      names.push(name);
      if (!(name in leftOut)) it(name, () => body(context));
    },
    testAsync: true,
    persistence: async () => {
      const persistence = new ShownPersistence({ path: join(tempDirectory(), "broker.log"), log: silentLog, maySubscribe: () => true });
      await persistence.open();
      return persistence;
    },
  });

  it("leaves out only tests that are there", () => {
    assert.equal(
      Object.keys(leftOut).filter((name) => !names.includes(name)),
      [],
    );
    assert.ok(names.length > 45, `${names.length} tests`);
  });
});
