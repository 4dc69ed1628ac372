/** `device group …`: devices under one name. `meshman group` is of keys: what is encrypted to several people. */
import type { AccountContext } from "../../../account/index.ts";
import { addDeviceGroup, deleteDeviceGroup, deviceGroupsOf } from "../../../account/index.ts";
import type { CatalogedDeviceGroup } from "../../../schema/index.ts";
import { deviceCatalog } from "../../../schema/index.ts";
import { report } from "../../term/output.ts";
import { printTable } from "../../term/table.ts";
import { sayIt } from "../say-it.ts";
import { inAccount } from "../session.ts";
import type { Invocation } from "../surroundings.ts";

/** `device group add NAME DEVICE...`. */
export async function deviceGroupAdd(
  call: Invocation,
  name: string,
  devices: readonly string[],
  { alias: aliases = [] }: { readonly alias?: readonly string[] },
): Promise<void> {
  const { output } = call;
  const shown = await inAccount(call, { doing: "naming the devices", sync: "needed" }, async (context) =>
    shownGroup(context, await addDeviceGroup(context, { name, aliases, devices })),
  );
  report(output, { ...shown }, () => output.line(`${shown.name}: ${shown.devices.join(", ")}`));
  output.say(sayIt(`turn on ${shown.name}`));
}

/** `device group list`. */
export async function deviceGroupList(call: Invocation): Promise<void> {
  const { output } = call;
  await inAccount(call, { doing: "synchronising", sync: "wanted" }, async (context) => {
    const groups = deviceGroupsOf(context).map((group) => shownGroup(context, group));
    report(output, { groups }, () =>
      printTable(
        output,
        ["name", "devices", "key"],
        groups.map((group) => [[group.name, ...group.aliases].join(", "), group.devices.join(", "), group.key.slice(0, 14)]),
      ),
    );
    if (groups.length === 0) output.say("no groups of devices; see 'meshman device group add --help'");
  });
}

/** `device group delete NAME`. */
export async function deviceGroupDelete(call: Invocation, text: string): Promise<void> {
  const { output } = call;
  const { Key, LocalName } = await inAccount(call, { doing: "deleting", sync: "needed" }, (context) => deleteDeviceGroup(context, text));
  report(output, { key: Key, name: LocalName }, () => output.line(LocalName));
}

function shownGroup(context: AccountContext, { Key, LocalName, LocalNames = [], Devices }: CatalogedDeviceGroup) {
  return {
    key: Key,
    name: LocalName,
    aliases: LocalNames.map(({ Name }) => Name),
    devices: Devices.map((udf) => context.get(deviceCatalog, udf)?.LocalName ?? `${udf.slice(0, 14)} (not there any more)`),
  };
}
