/** What the machine of this folder goes through: installed, connected, scanned, commanded, booted anew, and all is still there. */

import * as assert from "uvu/assert";
import { installedPackage } from "../service/package.ts";
import type { Transcript } from "./transcript.ts";
import type { VirtualMachine } from "./virtual-machine.ts";

const alice = "meshman --dir /root/alice --service http://127.0.0.1:8443";
/** Under software emulation, on a loaded host. */
const patienceMs = 1_800_000;

interface Device {
  readonly udf: string;
  readonly name: string;
  readonly status: string;
}

/** A Bluetooth adapter and its air: btvirt registers a controller with the kernel, and has a socket of controllers for devices. */
const chip = [
  "[Service]",
  "ExecStartPre=/sbin/modprobe hci_vhci",
  "ExecStart=/usr/bin/btvirt -L -l1 -s",
  "ExecStartPost=/bin/sh -c 'until hciconfig hci0 up; do sleep 1; done'",
  "[Install]",
  "WantedBy=multi-user.target",
];
const controller = "/tmp/bt-server-le";
const units = ["mesh-service", "mesh-hub", "mesh-hub-radio", "mesh-hub-scanner"];

/** Plays all of it. Throws at the first claim that does not hold. */
export async function playSystem(machine: VirtualMachine, transcript: Transcript): Promise<void> {
  const does = async (command: string): Promise<string> => {
    const { stdout } = await machine.run(command);
    transcript.command(command, stdout);
    return stdout;
  };
  const devices = async (): Promise<readonly Device[]> => (await machine.ask<{ devices: readonly Device[] }>("mesh-hub devices")).devices;
  const isActive = async (unit: string): Promise<void> => {
    await machine.run(`until [ "$(systemctl show -P ActiveState ${unit})" = active ]; do sleep 1; done`, { timeoutMs: patienceMs });
    transcript.holds(`${unit} runs as ${(await machine.run(`stat -c %U /proc/$(systemctl show -P MainPID ${unit})`)).stdout.trim()}`);
  };
  /** So many devices are online; whoever waits in the machine, and not here, costs it the least. */
  const areOnline = async (count: number): Promise<readonly Device[]> => {
    await machine.run(`until [ "$(mesh-hub devices 2>/dev/null | grep -cw online)" -ge ${count} ]; do sleep 15; done`, { timeoutMs: patienceMs });
    const found = await devices();
    transcript.holds(`online: ${found.map(({ name }) => name).join(", ")}`);
    return found;
  };
  const make = async (what: string, className: string): Promise<string> => {
    await machine.run(`${alice} device preconfig --class ${className} --manufacturer Lumen --model B1 --out /root/${what}`);
    return (await machine.run(`ls /root/${what}`)).stdout.trim();
  };
  /** A device with power, which has it again after a boot. */
  const power = async (what: string, udf: string, flags: string, more = ""): Promise<void> => {
    const start = `/usr/local/bin/node ${installedPackage}/dist/firmware-stubs/virtual/main.js --image /root/${what}/${udf}/image ${flags}`;
    const unit = `[Unit]\\n${more}\\n[Service]\\nExecStart=${start}\\nRestart=always\\nRestartSec=3\\n[Install]\\nWantedBy=multi-user.target\\n`;
    await machine.run(`printf '${unit}' > /etc/systemd/system/${what}.service && systemctl daemon-reload && systemctl enable --now ${what}`);
  };

  transcript.step("a machine with Debian is switched on");
  await machine.boot();
  await does("uname -sr; systemctl --version | head -1; node --version; mesh-hub --version");

  transcript.step("a Mesh service, and an owner, who makes her lamps herself");
  await machine.run("mkdir -p /etc/mesh-service && echo MESH_SERVICE_ARGS=--open > /etc/mesh-service/environment");
  await does("mesh-hub install --service");
  await isActive("mesh-service");
  await machine.run(`${alice} account create alice@example.com --name laptop`);
  const agent = alice.replace("meshman", "/usr/local/bin/meshman");
  await machine.run(
    `printf '[Service]\\nExecStart=${agent} agent\\nRestart=always\\nRestartSec=3\\n[Install]\\nWantedBy=multi-user.target\\n' > /etc/systemd/system/agent.service && systemctl enable --now agent`,
  );
  transcript.holds("the owner's agent runs");

  transcript.step("a Bluetooth adapter is attached");
  await machine.run(`printf '%s\\n' ${chip.map((line) => `"${line}"`).join(" ")} > /etc/systemd/system/chip.service && systemctl daemon-reload`);
  await does("systemctl enable --quiet --now chip && hciconfig hci0 | head -3");

  transcript.step("the hub is installed with its radio and its scanner unit, and connected");
  await does("mesh-hub install --ble --scanner");
  const { uri } = await machine.ask<{ uri: string }>(`${alice} account pin --role hub --name hub`);
  await machine.run(`mesh-hub init --config /etc/mesh-hub/hub.config.json --service http://127.0.0.1:8443 --pin '${uri}'`);
  // No network but loopback: mDNS must be told where to be.
  await machine.run(`sed -i 's|// "interface": "192.168.1.2"|"interface": "127.0.0.1"|' /etc/mesh-hub/hub.config.json`);
  const again = await does("mesh-hub install --ble --scanner");
  assert.not.match(again, /^(write|update|create|remove|run {8}(udevadm|systemctl (daemon-reload|try-restart)))/m);
  for (const unit of units.slice(1)) await isActive(unit);
  transcript.holds("the second time the installer changes nothing");

  transcript.step("a scanner is attached: the udev rule gives it to the scanner unit, and to nobody else");
  await machine.run(
    "printf '[Service]\\nExecStartPre=/sbin/modprobe uhid\\nExecStart=/usr/sbin/test-scanner\\n[Install]\\nWantedBy=multi-user.target\\n' > /etc/systemd/system/usb-scanner.service && systemctl enable --now usb-scanner",
  );
  await machine.run("until stat -c '%G %a' /dev/hidraw0 | grep -qx 'mesh-hub-scanner 660'; do sleep 1; done", { timeoutMs: patienceMs });
  await does("stat -c '%n %U %G %a' /dev/hidraw0");
  await machine.run("until journalctl -b -u mesh-hub -o cat | grep -q scanner.attached; do sleep 2; done", { timeoutMs: patienceMs });
  transcript.holds("the hub says that a scanner is attached");

  transcript.step("a lamp has power; its code is scanned");
  const lamp = await make("lamp", "light");
  await power("lamp", lamp, "--broker 127.0.0.1:1883");
  await machine.run(`${alice} device window 60m --class light`);
  await does(`cat /root/lamp/${lamp}/code.txt > /run/test-scanner`);
  const [{ name }] = (await areOnline(1)) as readonly [Device];
  await does("mesh-hub devices");

  transcript.step("another lamp has power, in the air of the adapter; it is connected by its printed code");
  const lantern = await make("lantern", "light");
  await power("lantern", lantern, `--medium ble --controller ${controller}`, "After=chip.service");
  await does(`mesh-hub onboard --name lantern "$(cat /root/lantern/${lantern}/code.txt)"`);
  await areOnline(2);
  await does("mesh-hub status");

  transcript.step("they obey");
  await says(does, `mesh-hub say 'turn on the ${name}'`, `${name} is on`);
  await says(does, "mesh-hub say 'turn on the lantern'", "lantern is on");
  transcript.holds("the lamps say that they are on");

  transcript.step("the machine is booted anew");
  await machine.reboot();
  for (const unit of units) await isActive(unit);
  await areOnline(2);
  for (const one of [name, "lantern"]) await says(does, `mesh-hub say 'turn off the ${one}'`, `${one} is off`);
  transcript.holds("hub, lamps and scanner are what they were");
  await does("mesh-hub doctor");
}

async function says(does: (command: string) => Promise<string>, command: string, answer: string): Promise<void> {
  assert.match(await does(command), new RegExp(answer));
}
