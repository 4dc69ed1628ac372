/** `device auth`: other roles for a machine of the account. */
import { authorizeDevice, checkRoles, findDevice, keysToReplace } from "../../../account/index.ts";
import { confirm } from "../../term/confirm.ts";
import { report } from "../../term/output.ts";
import { inAccount } from "../session.ts";
import type { Invocation } from "../surroundings.ts";
import { sharedStoresOf, someRoles } from "../values.ts";
import type { Power } from "./new-keys.ts";
import { newKeys } from "./new-keys.ts";

/** What `device auth` takes. */
export interface AuthFlags {
  readonly role?: readonly string[];
  readonly share?: readonly string[];
  readonly yes?: boolean;
}

/** `device auth DEVICE --role R`: exactly these roles from now on. */
export async function deviceAuth(call: Invocation, text: string, flags: AuthFlags): Promise<void> {
  const { output, stdin } = call;
  const roles = someRoles(flags.role);
  const sharedStores = sharedStoresOf(flags.share, roles);
  const { deviceUdf, name, before } = await inAccount(call, { doing: "synchronising", sync: "needed" }, async (context) => {
    const { DeviceUdf, LocalName = DeviceUdf } = findDevice(context, text);
    return { deviceUdf: DeviceUdf, name: LocalName, before: checkRoles(context, DeviceUdf, roles) };
  });
  const powers = roles.filter((role) => (role === "admin" || role === "super") && !before.includes(role));
  if (powers.length > 0 && !flags.yes) {
    const question = `Give ${name} (${deviceUdf}) the role ${powers.join(" and ")}? It may then let in and remove every device, this one too.`;
    await confirm({ output, input: stdin, question });
  }
  const { lost, isNowShared, held } = await inAccount(call, { doing: `changing the roles of ${name}`, sync: "needed" }, async (context) => {
    const authorized = await authorizeDevice(context, deviceUdf, { roles, ...(sharedStores === undefined ? {} : { sharedStores }) });
    return { ...authorized, held: keysToReplace(context, deviceUdf) };
  });
  output.say("the service goes by it from now on; the machine takes the keys at its next sync");
  const isLess = before.some((role) => !roles.includes(role));
  const { rekeyed, remains } = isLess
    ? await newKeys(call, { deviceUdf, name, power: powerTaken(before, roles), held })
    : { rekeyed: [], remains: [] };
  report(output, { deviceUdf, localName: name, before, roles, lost, rekeyed, remains, isNowShared }, () =>
    output.line(`${name}: ${roles.join(", ")}`),
  );
  if (isNowShared)
    output.say(
      "it had the account's keys whole and may have kept them: 'meshman agent' or 'meshman account sync' puts new ones in their place, of which it gets shares",
    );
}

/** What a machine could do by the roles that were taken from it. */
function powerTaken(before: readonly string[], roles: readonly string[]): Power {
  const isTaken = (role: string): boolean => before.includes(role) && !roles.includes(role);
  return { mayHoldSeed: isTaken("super"), isAdministrator: (isTaken("admin") || isTaken("super")) && !roles.includes("admin") };
}
