/** Whether there is a microphone that this user may listen to. Cards are looked at, none is opened. */
import { constants } from "node:fs";
import { access, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Probe } from "../../transport/probe.ts";

/** Replacements for tests. */
export interface MicrophoneProbeOptions {
  readonly program?: string;
  readonly devices?: string;
  readonly mayUse?: (card: string) => Promise<boolean>;
}

/** Looks for one. */
export async function probeMicrophone(options: MicrophoneProbeOptions = {}): Promise<Probe> {
  const { program = "/usr/bin/arecord", devices = "/dev/snd", mayUse = (card) => may(card, constants.R_OK | constants.W_OK) } = options;
  if (!(await may(program, constants.X_OK)))
    return { state: "unavailable", detail: `${program} is not there`, remedy: "install Debian's package alsa-utils" };
  const names = await readdir(devices).catch(() => []);
  const cards = names.filter((name) => /^pcmC\d+D\d+c$/.test(name)).map((name) => join(devices, name));
  const [first] = cards;
  if (first === undefined)
    return { state: "unavailable", detail: "no sound card of this machine records", remedy: "attach a microphone; 'arecord -l' lists what is there" };
  const usable = await Promise.all(cards.map(mayUse));
  if (usable.some(Boolean)) return { state: "ready", detail: cards.filter((_, at) => usable[at]).join(", ") };
  return {
    state: "unavailable",
    detail: `no right to use ${first}`,
    remedy:
      "under systemd: 'sudo mesh-hub install --mic'; else add the hub's user to the group that owns it, as in 'sudo usermod -a -G audio mesh-hub'",
  };
}

function may(path: string, mode: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}
