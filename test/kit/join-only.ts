/** A device that joins without whatever else an administration device attends to. */
import type { AccountContext } from "../../src/account/index.ts";
import { acceptConnection, completeConnection, pendingConnections, requestConnection } from "../../src/account/index.ts";
import type { Role } from "../../src/schema/index.ts";
import { onCleanup } from "../harness/suite.ts";
import type { Household } from "./household.ts";
import { ports } from "./household.ts";

export async function joinOnly(house: Household, admin: AccountContext, name: string, roles: readonly Role[]): Promise<AccountContext> {
  const dir = house.home(name);
  await requestConnection({ dir, address: admin.address, serviceUrl: house.service.url, localName: name, ports });
  await admin.sync();
  for (const pending of await pendingConnections(admin)) await acceptConnection(admin, pending, { roles });
  const context = await completeConnection({ dir, waitSeconds: 10, ports });
  onCleanup(() => context.close());
  return context;
}
