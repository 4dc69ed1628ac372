/** A hub with bridges: the whole daemon in the process, at a real service, with its owner who accepts what it offers. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { AccountContext, PendingHosted } from "../../src/account/index.ts";
import { acceptHosted, attend, completeConnection, issuePin, pendingHosted, requestConnection } from "../../src/account/index.ts";
import type { Clock } from "../../src/base/clock.ts";
import { loadConfig } from "../../src/config/index.ts";
import { parseConnectUri } from "../../src/crypto/index.ts";
import { HubDaemon } from "../../src/hub/daemon.ts";
import { onCleanup } from "../harness/suite.ts";
import type { Household } from "./household.ts";
import { ports, startHousehold } from "./household.ts";

/** A hub whose bridges log in with the password "open sesame". */
export interface BridgedHub {
  readonly house: Household;
  readonly alice: AccountContext;
  readonly stateDir: string;
  /** A daemon of the same state, with these keys of the configuration besides, and another clock if wanted; the one before must have stopped. */
  start(bridges: readonly Readonly<Record<string, unknown>>[], settings?: Readonly<Record<string, unknown>>, clock?: Clock): Promise<HubDaemon>;
  /** Offers of hosted devices that wait for alice, as soon as there are so many. */
  offers(count: number): Promise<readonly PendingHosted[]>;
  accept(offers: readonly PendingHosted[]): Promise<void>;
}

export const bridgePassword = "open sesame";

/** Starts service, owner and hub account. */
export async function makeBridgedHub(): Promise<BridgedHub> {
  const house = await startHousehold();
  const alice = await house.create("alice", "alice@example.com");
  const stateDir = join(house.dir, "hub-state");
  const dir = join(stateDir, "account");
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const { uri } = await issuePin(alice, { roles: ["hub"], minutes: 10 });
  const { account, code } = parseConnectUri(uri);
  await requestConnection({ dir, address: account, pin: code, serviceUrl: house.service.url, ports });
  await alice.sync();
  await attend(alice, { claim: false });
  const context = await completeConnection({ dir, waitSeconds: 20, ports });
  await context.close();
  const passwordFile = join(house.dir, "bridge-password");
  writeFileSync(passwordFile, `${bridgePassword}\n`, { mode: 0o600 });
  return {
    house,
    alice,
    stateDir,
    async start(bridges, settings = {}, clock = ports.clock) {
      const flags = { stateDir, "mqtt.host": "127.0.0.1", "mqtt.port": 0, "tcp.enabled": false, "mdns.announce": false, "ble.enabled": "off" };
      const given = bridges.map((bridge) => ({ password: `file:${passwordFile}`, ...bridge }));
      const { config } = loadConfig({ env: {}, cwd: house.dir, flags: { ...flags, bridges: given, ...settings } });
      const daemon = new HubDaemon({ config, ports: { ...ports, clock }, env: {} });
      await daemon.start();
      onCleanup(() => daemon.stop());
      return daemon;
    },
    async offers(count) {
      for (;;) {
        await alice.sync();
        const pending = await pendingHosted(alice);
        if (pending.length >= count) return pending;
        await ports.clock.sleep(100);
      }
    },
    async accept(offers) {
      for (const offer of offers) await acceptHosted(alice, offer);
    },
  };
}
