/**
 * Errands at somebody else's service: a profile, a claim. The directory is held meanwhile, so that such a service is asked once, and for less time in
 * all than other commands of this machine wait for their turn.
 */
import { MeshClient } from "../../protocol/index.ts";
import type { AccountContext } from "./account-context.ts";

const patience = { timeoutMs: 8000, withinMs: 10_000, attempts: 1 };

/** A client for one errand; whoever makes it closes it. */
export function errandClient(
  { identity, address, ports: { clock, random } }: Pick<AccountContext, "identity" | "address" | "ports">,
  service: { readonly url: string; readonly serviceUdf?: string },
): MeshClient {
  return new MeshClient({ ...service, link: identity.base.link448, account: address, clock, random, ...patience });
}
