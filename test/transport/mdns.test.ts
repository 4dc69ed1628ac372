/** mDNS follows the interfaces of a machine: the test says which there are, the sockets are real and stay on the loopback interface. */

import { silentLog } from "../../src/base/log.ts";
import type { NetworkInterface } from "../../src/transport/interfaces.ts";
import { hasAddress, missingAddress, systemInterfaces } from "../../src/transport/interfaces.ts";
import { announceBroker } from "../../src/transport/mdns/announce.ts";
import { MdnsResponder } from "../../src/transport/mdns/responder.ts";
import { assert, describe, onCleanup } from "../harness/suite.ts";
import { ports } from "../kit/broker.ts";
import { eventually } from "../kit/eventually.ts";

/** Interfaces are looked at every two seconds; a busy machine takes longer. */
const patienceMs = 30_000;

const loopback: NetworkInterface = { name: "lo", internal: true, mac: "00:00:00:00:00:00", cidrs: ["127.0.0.1/8", "::1/128"] };
const absent: NetworkInterface = { name: "eth9", internal: false, mac: "02:00:00:00:00:01", cidrs: ["203.0.113.7/24"] };

/** A machine whose interfaces the test changes. */
function machine(...up: readonly NetworkInterface[]) {
  let now = up;
  return {
    interfaces: () => now,
    change: (...next: readonly NetworkInterface[]) => {
      now = next;
    },
  };
}

describe("mDNS and interfaces", (it) => {
  it(
    "says that the interface is missing, works when it comes, and says when it has gone",
    async () => {
      const { interfaces, change } = machine();
      const events: string[] = [];
      const log = { ...silentLog, debug: (event: string) => void events.push(event) };
      const options = { ...ports, interface: "127.0.0.1", interfaces, log };
      const announced = announceBroker({ ...options, name: "hub-late", port: 18_831 });
      onCleanup(() => announced.stop());
      const browser = new MdnsResponder(options);
      onCleanup(() => browser.stop());
      assert.equal(browser.status(), { state: "down" });
      browser.start();
      const found: string[] = [];
      browser.browse("mqtt", { found: ({ name }) => found.push(name), lost: () => undefined });
      assert.equal(browser.status(), { state: "unavailable", detail: "no interface has the address 127.0.0.1" });
      change(loopback);
      await eventually(
        "browser.status().state === 'up' && announced.status().state ",
        () => browser.status().state === "up" && announced.status().state === "up",
        patienceMs,
      );
      await eventually("found.includes('hub-late'), patienceMs", () => found.includes("hub-late"), patienceMs);
      change();
      assert.is(browser.status().state, "unavailable");
      await eventually(
        "events.filter((event) => event === 'mdns.interface.down').le",
        () => events.filter((event) => event === "mdns.interface.down").length === 2,
        patienceMs,
      );
      change(loopback);
      await eventually(
        "found.filter((name) => name === 'hub-late').length > 1, pati",
        () => found.filter((name) => name === "hub-late").length > 1,
        patienceMs,
      );
    },
    { timeoutMs: 150_000 },
  );

  it(
    "without an interface that leads out of the machine it is unavailable, whatever the loopback interface does",
    async () => {
      const { interfaces, change } = machine(loopback);
      const responder = new MdnsResponder({ interfaces, ...ports });
      onCleanup(() => responder.stop());
      responder.start();
      assert.equal(responder.status(), { state: "unavailable", detail: "no network interface with an IPv4 address is up" });
      change(loopback, absent);
      await eventually(
        "/^mDNS does not work on eth9: /.test(responder.status().deta",
        () => /^mDNS does not work on eth9: /.test(responder.status().detail ?? ""),
        patienceMs,
      );
      assert.is(responder.status().state, "unavailable");
    },
    { timeoutMs: 60_000 },
  );

  it("knows the addresses of interfaces", () => {
    assert.ok(hasAddress(loopback, "127.0.0.9") && hasAddress(loopback, "::1") && hasAddress(absent, "203.0.113.7"));
    assert.not.ok(hasAddress(absent, "203.0.113.70") || hasAddress(absent, "203.0.113.8"));
    for (const host of ["0.0.0.0", "::", "localhost", "203.0.113.7"]) assert.is(missingAddress(host, [loopback, absent]), undefined, host);
    assert.is(missingAddress("203.0.113.8", [loopback, absent]), "no interface has the address 203.0.113.8");
    assert.ok(systemInterfaces().some((at) => hasAddress(at, "127.0.0.1")));
  });
});
