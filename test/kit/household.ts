/** People of the scenarios: a real service on loopback, and directories of devices. */
import { join } from "node:path";
import type { Ports } from "../../src/account/index.ts";
import { AccountContext, addPlace, attend, completeConnection, createAccount, issuePin, requestConnection } from "../../src/account/index.ts";
import { systemClock } from "../../src/base/clock.ts";
import { silentLog } from "../../src/base/log.ts";
import { systemRandom } from "../../src/base/random.ts";
import { parseConnectUri } from "../../src/crypto/index.ts";
import { MeshService } from "../../src/provider/index.ts";
import type { Role } from "../../src/schema/index.ts";
import { tempDirectory } from "../harness/suite.ts";

export const ports: Ports = { clock: systemClock, random: systemRandom, log: silentLog };

/** A service and the homes of its customers. */
export interface Household {
  readonly service: Pick<MeshService, "url" | "stop">;
  readonly dir: string;
  home(name: string): string;
  create(name: string, address: string): Promise<AccountContext>;
  /** Connects a further device by PIN, with the roles given. */
  join(admin: AccountContext, name: string, roles: readonly Role[]): Promise<AccountContext>;
  /** Opens a machine that is there already. */
  open(name: string): Promise<AccountContext>;
  stop(): Promise<void>;
}

/** Where a house is that was there before: its service has to listen where its machines look for it. */
export interface HouseDisk {
  readonly dir: string;
  readonly port: number;
}

/** A service of a directory; on a free port unless it has one. */
async function startService(dir: string, port = 0): Promise<Household["service"]> {
  const service = new MeshService();
  await service.start({ bind: { kind: "open" }, dir, host: "127.0.0.1", port, ...ports });
  return service;
}

/** Starts a service in a temporary directory, or in that of a house which was there before; another kind of service when `start` is given. */
export async function startHousehold(
  start: (dir: string, port?: number) => Promise<Household["service"]> = startService,
  disk?: HouseDisk,
): Promise<Household> {
  const dir = disk?.dir ?? tempDirectory();
  const service = await start(join(dir, "service"), disk?.port);
  const open: AccountContext[] = [];
  const home = (name: string): string => join(dir, name);
  return {
    service,
    dir,
    home,
    async create(name, address) {
      const context = await createAccount({ dir: home(name), address, serviceUrl: service.url, localName: name, ports });
      open.push(context);
      return context;
    },
    async join(admin, name, roles) {
      const { uri } = await issuePin(admin, { roles, minutes: 10, localName: name });
      const { account, code, udf } = parseConnectUri(uri);
      await requestConnection({
        dir: home(name),
        address: account,
        pin: code,
        ...(udf === undefined ? {} : { accountUdf: udf }),
        serviceUrl: service.url,
        ports,
      });
      await admin.sync();
      await attend(admin, { claim: false });
      const context = await completeConnection({ dir: home(name), waitSeconds: 5, ports });
      open.push(context);
      return context;
    },
    async open(name) {
      const context = await AccountContext.open({ dir: home(name), ports });
      open.push(context);
      return context;
    },
    async stop() {
      for (const context of open) await context.close();
      await service.stop();
    },
  };
}

/** Alice with a second administrator and a phone, who all know of one place, "hall". */
export async function threeMachines() {
  const house = await startHousehold();
  const alice = await house.create("alice", "alice@example.com");
  const laptop = await house.join(alice, "laptop", ["admin"]);
  const phone = await house.join(alice, "phone", ["web"]);
  await addPlace(alice, { name: "hall" });
  for (const context of [laptop, phone]) await context.sync();
  return { house, alice, laptop, phone };
}
