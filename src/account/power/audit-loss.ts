/** Whether the service's audit says of itself that it lacks something: its epoch in force begins with that entry (docs/extensions.md §14). */
import { decodeObject } from "../../codec/index.ts";
import { frameOf } from "../../dare/index.ts";
import { AuditEntry, auditLabel, auditLost } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";

/** When it went on after what it had lost; undefined where nothing is lost, and for who is no administrator. Errors: those of the service, ERR_SCHEMA. */
export async function auditLossAt({ client, address, keys }: AccountContext): Promise<string | undefined> {
  if (!keys.administrator) return undefined;
  const { Updates } = await client.download({ Account: address, Select: [{ Container: auditLabel, IndexMin: 1, IndexMax: 2 }] });
  const [entry] = Updates.find(({ Container }) => Container === auditLabel)?.Envelopes ?? [];
  if (!entry || frameOf(entry).isMeta) return undefined;
  const { Operation, Time } = decodeObject(AuditEntry, entry.body);
  return Operation === auditLost ? Time : undefined;
}
