/** An administrator says in its own entry what its program knows: hubs go over to what every administrator can follow (extensions §5). */
import { deviceCatalog, writerExtension } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { edit } from "../store/edit.ts";

/** Says it once. Does nothing on a device that is no administrator. Errors: those of the service. */
export async function sayExtensions(context: AccountContext): Promise<void> {
  const { keys, deviceUdf } = context;
  if (!keys.administrator || context.get(deviceCatalog, deviceUdf)?.Extensions?.includes(writerExtension)) return;
  const said = edit(deviceCatalog, deviceUdf, (known) => {
    if (!known || known.Extensions?.includes(writerExtension)) return known;
    return { ...known, Extensions: [...(known.Extensions ?? []), writerExtension] };
  });
  await context.transact({ catalogs: [said] });
}
