/** Networks of their own for tests: Linux network namespaces with veth pairs between them. Needs root and iproute2. */
import { spawnSync } from "node:child_process";
import { onCleanup, skipUnless } from "../harness/suite.ts";

let made = 0;

function ip(...words: readonly string[]): { readonly status: number | null; readonly said: string } {
  const { status, stdout, stderr } = spawnSync("ip", words, { encoding: "utf8" });
  return { status, said: `${stdout ?? ""}${stderr ?? ""}` };
}

function must(...words: readonly string[]): void {
  const { status, said } = ip(...words);
  if (status !== 0) throw new Error(`ip ${words.join(" ")}: ${said}`);
}

/** What a cable can be plugged into. */
export interface Network {
  /** As `ip` names it: a name, or the id of a process in it. */
  readonly name: string;
  /** Runs `ip` with these words in it. */
  ip(...words: readonly string[]): void;
}

/** The network of a process that runs already: of a booted machine, by its first one. */
export function networkOf(pid: number): Network {
  return {
    name: String(pid),
    ip: (...words) => {
      const { status, stderr } = spawnSync("nsenter", ["--target", String(pid), "--net", "ip", ...words], { encoding: "utf8" });
      if (status !== 0) throw new Error(`ip ${words.join(" ")}: ${stderr}`);
    },
  };
}

/** One end of a cable. */
export interface End {
  readonly at: Network;
  readonly device: string;
  /** With its prefix length, as `10.77.0.1/24`. */
  readonly address: string;
}

/** One network namespace, that is one machine as the network sees it; taken down after the test. */
export class Namespace implements Network {
  readonly name: string;

  private constructor(name: string) {
    this.name = name;
  }

  /** A machine with its loopback interface up. Skips the test where it cannot be had. */
  static add(label: string): Namespace {
    const name = `mesh-${process.pid}-${++made}-${label}`;
    skipUnless(process.getuid?.() === 0 && ip("netns", "add", name).status === 0, "needs root and iproute2");
    onCleanup(() => must("netns", "del", name));
    const namespace = new Namespace(name);
    namespace.ip("link", "set", "lo", "up");
    return namespace;
  }

  /** The words that run a program in it; the program takes the place of `ip`, with its process id. */
  get through(): readonly string[] {
    return ["ip", "netns", "exec", this.name];
  }

  ip(...words: readonly string[]): void {
    must("-n", this.name, ...words);
  }

  /** Multicast groups joined on a device, in the kernel's hexadecimal (little endian). */
  groups(device: string): readonly string[] {
    const { stdout } = spawnSync("ip", ["netns", "exec", this.name, "cat", "/proc/net/igmp"], { encoding: "utf8" });
    const part = stdout.split(/\n(?=\d)/).find((lines) => lines.split(/\s+/)[1] === device) ?? "";
    return [...part.matchAll(/^\s+([0-9A-F]{8})\s/gm)].map(([, group = ""]) => group);
  }
}

/** mDNS' group 224.0.0.251 as the kernel shows it. */
export const mdnsGroup = "FB0000E0";

/** Lays a cable between two machines. @param one of them that `ip` knows by a name */
export function plug(one: End, other: End): void {
  must("-n", one.at.name, "link", "add", one.device, "type", "veth", "peer", "name", other.device, "netns", other.at.name);
  for (const { at, device, address } of [one, other]) {
    at.ip("addr", "add", address, "dev", device);
    at.ip("link", "set", device, "up");
  }
}
