/** Commands about Home Assistant: ha connect, disconnect, devices, allow, deny. */
import { report } from "../term/output.ts";
import { printTable } from "../term/table.ts";
import type { Invocation } from "./invocation.ts";

/** `ha connect`: what has to be typed into Home Assistant; the password is shown this once. Where the broker speaks TLS, its authority in PEM follows. */
export async function connect({ output, hub }: Invocation): Promise<void> {
  const made = await hub().haConnect();
  const { hosts, port, username, password, tls } = made;
  report(output, made, () => {
    printTable(output, ["broker", "port", "user name", "password"], [[hosts.join(" or "), String(tls?.port ?? port), username, password]]);
    for (const line of tls?.authority?.trim().split("\n") ?? []) output.line(line);
  });
  output.say("next: in Home Assistant add the integration MQTT with these; any login before is over, and the password is not shown again");
  if (tls?.authority !== undefined) {
    output.say(`the port is for TLS: under 'broker certificate validation' choose 'custom', and give it the certificate above in a file`);
    output.say(`it is for the hub's addresses and for ${tls.name ?? ""}; its SHA-256 is ${tls.fingerprint}`);
  } else if (tls) output.say(`the port is for TLS, with your own certificate: its SHA-256 is ${tls.fingerprint}`);
  else output.say("the password goes through your network in clear; with mqtt.tls.enabled in hub.config.json the broker speaks TLS, too");
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
