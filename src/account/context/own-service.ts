/** How a device speaks with the service of its account: requests under its link key, and what the two do together with shares of keys. */
import { MeshClient } from "../../protocol/index.ts";
import { verifyAuditHead } from "../../schema/index.ts";
import { AuditHead } from "../power/audit-head.ts";
import { PowerClient } from "../power/power-client.ts";
import type { OwnPart } from "./own-part.ts";
import type { Ports } from "./ports.ts";
import type { ServiceClock } from "./service-clock.ts";

/** The two faces of the service. */
export interface OwnService {
  readonly client: MeshClient;
  readonly powers: PowerClient;
}

/** @param options.serviceUrl overrides the stored address of the service */
export function ownService(
  own: OwnPart,
  options: { readonly dir: string; readonly ports: Ports; readonly clock: ServiceClock; readonly serviceUrl?: string },
): OwnService {
  const { dir, ports, clock } = options;
  const { file, identity } = own;
  const { random } = ports;
  const client = new MeshClient({
    url: options.serviceUrl ?? file.ServiceUrl,
    link: identity.base.link448,
    account: file.AccountAddress,
    serviceUdf: file.ServiceUdf,
    clock,
    random,
    onTime: (time) => clock.offer(time),
  });
  const powers = new PowerClient({
    client,
    address: file.AccountAddress,
    audit: new AuditHead(dir),
    verifyAudit: (head) =>
      verifyAuditHead(head, {
        accountUdf: own.profile.ProfileSignature.Udf,
        serviceUdf: own.file.ServiceUdf,
        serviceSignature: own.serviceSignature,
      }),
    random,
  });
  return { client, powers };
}
