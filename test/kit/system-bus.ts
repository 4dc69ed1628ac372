/** A message bus of a test's own in the place of the system's, NetworkManager itself on it, and a stand-in for it made with python3-dbusmock. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { packagePath } from "../../src/base/package-root.ts";
import { onCleanup, skipUnless, tempDirectory } from "../harness/suite.ts";
import { eventually } from "./eventually.ts";

const has = (program: string, ...words: string[]): boolean => spawnSync(program, words, { stdio: "ignore" }).status === 0;

/** Which has Debian's packages for it, whatever stands before it in the path. */
const debianPython = "/usr/bin/python3";

/** Its address; skips the test where there is none to be had. */
export async function startSystemBus(): Promise<string> {
  skipUnless(has("dbus-daemon", "--version") && has("busctl", "--version"), "needs dbus-daemon and busctl");
  const dir = tempDirectory();
  const file = join(dir, "bus.conf");
  // Who may do what is the business of whoever is asked; this bus carries all.
  const policy = '<policy context="default"><allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/><allow user="*"/></policy>';
  writeFileSync(file, `<busconfig><listen>unix:path=${join(dir, "bus")}</listen><auth>EXTERNAL</auth>${policy}</busconfig>\n`);
  chmodSync(dir, 0o755);
  const daemon = spawn("dbus-daemon", [`--config-file=${file}`, "--nofork", "--print-address"], { stdio: ["ignore", "pipe", "ignore"] });
  endAfterTest(daemon);
  const [address] = (await once(createInterface({ input: daemon.stdout }), "line")) as [string];
  return address;
}

/** NetworkManager itself, in a network of its own, with these keyfiles and no device. Skips the test where it is not installed. */
export async function startNetworkManager(bus: string, through: readonly string[], keyfiles: Readonly<Record<string, string>>): Promise<void> {
  skipUnless(has("NetworkManager", "--version"), "needs network-manager");
  const dir = tempDirectory();
  const [connections, none] = [join(dir, "connections"), join(dir, "none")];
  for (const part of [connections, none]) mkdirSync(part);
  for (const [name, text] of Object.entries(keyfiles)) writeFileSync(join(connections, `${name}.nmconnection`), text, { mode: 0o600 });
  const config = join(dir, "NetworkManager.conf");
  const main = ["[main]", "plugins=keyfile", "auth-polkit=root-only", "dns=none", "rc-manager=unmanaged"];
  writeFileSync(config, [...main, "[keyfile]", `path=${connections}`, "unmanaged-devices=*", ""].join("\n"));
  const words = ["--no-daemon", `--config=${config}`, `--config-dir=${none}`, `--pid-file=${join(dir, "pid")}`];
  // These directories have fixed names: ones that only it sees.
  const own = 'for dir in /run/NetworkManager /var/lib/NetworkManager; do mkdir -p $dir && mount -t tmpfs own $dir; done && exec "$@"';
  const command = ["--mount", "--propagation", "private", "sh", "-c", own, "sh", ...through, "NetworkManager", ...words];
  endAfterTest(spawn("unshare", command, { env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", DBUS_SYSTEM_BUS_ADDRESS: bus }, stdio: "ignore" }));
  await isOnBus(bus);
}

/** Something that answers as NetworkManager of a laptop does: test/machine/network-manager.py says what it knows. */
export async function startStandInManager(bus: string): Promise<void> {
  skipUnless(has(debianPython, "-c", "import dbusmock"), "needs python3-dbusmock");
  const words = ["-m", "dbusmock", "--template", packagePath("test/machine/network-manager.py")];
  endAfterTest(spawn(debianPython, words, { env: { PATH: "/usr/bin:/bin", DBUS_SYSTEM_BUS_ADDRESS: bus }, stdio: "ignore" }));
  await isOnBus(bus);
}

async function isOnBus(bus: string): Promise<void> {
  const words = ["--system", "--json=short", "get-property", "org.freedesktop.NetworkManager", "/org/freedesktop/NetworkManager"];
  const env = { PATH: "/usr/bin:/bin", DBUS_SYSTEM_BUS_ADDRESS: bus };
  const asks = (): boolean =>
    spawnSync("busctl", ["--auto-start=no", ...words, "org.freedesktop.NetworkManager", "ActiveConnections"], { env, stdio: "ignore" }).status === 0;
  await eventually("NetworkManager is on the bus", asks);
}

function endAfterTest(child: ChildProcess): void {
  const ended = once(child, "exit");
  onCleanup(async () => {
    child.kill("SIGKILL");
    await ended;
  });
}
