/** The rights at the service that version 0.1.0 gave to a device of role message. */
import type { AccountContext } from "../../src/account/index.ts";
import { edit } from "../../src/account/store/edit.ts";
import { accessCatalog } from "../../src/schema/index.ts";

/** Lets a device append whatever it likes to the owner's Inbound. */
export async function grantInbound(owner: AccountContext, device: AccountContext): Promise<void> {
  const link = device.identity.base.link448.public.udf;
  const key = owner.list(accessCatalog).find(({ value }) => value.Capability.value.LinkUdf.includes(link))?.key;
  if (key === undefined) throw new Error("the device has no entry");
  const change = edit(accessCatalog, key, (entry) => {
    if (entry === undefined) throw new Error("the entry is gone");
    const { tag, value } = entry.Capability;
    return { ...entry, Capability: { tag, value: { ...value, Rights: [...value.Rights, "a:MMM_Inbound"] } } };
  });
  await owner.transact({ catalogs: [change] });
}
