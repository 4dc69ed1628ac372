/** Commands about Home Assistant: ha connect, disconnect, devices, allow, deny. */
import { report } from "../term/output.ts";
import { printTable } from "../term/table.ts";
import type { Invocation } from "./invocation.ts";

/** `ha connect`: what has to be typed into Home Assistant; the password is shown this once. */
export async function connect({ output, hub }: Invocation): Promise<void> {
  const made = await hub().haConnect();
  report(output, made, () => {
    printTable(output, ["broker", "port", "user name", "password"], [[made.hosts.join(" or "), String(made.port), made.username, made.password]]);
  });
  output.say("next: in Home Assistant add the integration MQTT with these; any login before is over, and the password is not shown again");
  if (made.devices === 0) output.say("it sees no device yet: 'mesh-hub ha allow NAME' lets it");
}

/** `ha disconnect` */
export async function disconnect({ output, hub }: Invocation): Promise<void> {
  await hub().haDisconnect();
  report(output, {}, () => output.line("the login is over"));
  output.say("next: remove the hub's devices in Home Assistant, where it still shows some");
}

/** `ha devices` */
export async function devices({ output, hub }: Invocation): Promise<void> {
  const { username, devices: all } = await hub().haDevices();
  report(output, { ...(username === undefined ? {} : { username }), devices: all }, () => {
    if (all.length === 0) return output.say("no device is behind this hub yet: 'mesh-hub onboard' connects one");
    printTable(
      output,
      ["name", "class", "Home Assistant sees it", "fingerprint"],
      all.map((each) => [each.name, each.class, words[each.seen], each.udf]),
    );
  });
  if (username === undefined) output.say("Home Assistant has no login: 'mesh-hub ha connect' makes one");
}

const words = { list: "yes", grant: "by a grant", no: "no" } as const;

/** `ha allow` and `ha deny` */
export async function share({ output, hub }: Invocation, names: readonly string[], isShared: boolean): Promise<void> {
  const changed = await hub().haShare(names, isShared);
  report(output, { devices: changed }, () => {
    for (const { name, seen } of changed) output.line(`${name}: ${seen === "no" ? "not seen" : "seen"}`);
  });
  if (!isShared && changed.some(({ seen }) => seen === "grant"))
    output.say("next: a grant of the account still shows some of them; 'meshman grant list' on a machine of the owner shows it");
}
