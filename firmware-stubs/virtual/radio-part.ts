/**
 * The radio part of a chip, for a device whose firmware is another program: `radio-part.js PROGRAM --controller PATH [--mtu N] FLAGS...` advertises what the
 * program hails and carries its packets over Bluetooth LE. The program gets `--medium ble --radio 3` and a socket as its file 3
 * (firmware-stubs/posix/radio.h); its input and output stay those of whoever has started this.
 */
import { spawn } from "node:child_process";
import type { Duplex } from "node:stream";
import { concat } from "../../src/base/bytes.ts";
import { systemClock } from "../../src/base/clock.ts";
import { asMeshError, MeshError } from "../../src/base/errors.ts";
import { silentLog } from "../../src/base/log.ts";
import { systemRandom } from "../../src/base/random.ts";
import { hailLength, type LinkStream } from "../../src/link/index.ts";
import { BleDevice, staticAddress } from "./radio/ble-device.ts";

const packetType = { hails: 1, begin: 2, frame: 3, end: 4 } as const;
const radioFile = 3;
const usualMtu = 185;

interface Words {
  readonly controller: string;
  readonly mtu: number;
  readonly program: string;
  readonly flags: readonly string[];
}

/** Takes its own out of the flags; the others are the program's. Throws ERR_USAGE. */
function readWords(words: readonly string[]): Words {
  const [program, ...rest] = words;
  const valueBehind = (name: string): string | undefined => (rest.includes(name) ? rest.splice(rest.indexOf(name), 2)[1] : undefined);
  const controller = valueBehind("--controller");
  const mtu = Number(valueBehind("--mtu") ?? usualMtu);
  if (controller === undefined || program === undefined || !(mtu >= 23 && mtu <= 517)) {
    throw new MeshError("ERR_USAGE", "radio-part PROGRAM --controller PATH [--mtu N] FLAGS...");
  }
  return { controller, mtu, program, flags: rest };
}

/** The program's packets, taken out of what its socket gives. */
function onPackets(pipe: Duplex, take: (type: number, body: Uint8Array) => void): void {
  let input: Uint8Array = new Uint8Array();
  pipe.on("data", (chunk: Buffer) => {
    input = concat(input, chunk);
    for (;;) {
      const [high = 0, low = 0, type = 0] = input;
      const whole = 2 + high * 256 + low;
      if (input.length < 3 || input.length < whole) return;
      const body = input.slice(3, whole);
      input = input.slice(whole);
      take(type, body);
    }
  });
}

function run({ controller, mtu, program, flags }: Words): void {
  const child = spawn(program, [...flags, "--medium", "ble", "--radio", String(radioFile)], {
    env: {},
    stdio: ["inherit", "inherit", "inherit", "pipe"],
  });
  const pipe = child.stdio[radioFile] as Duplex;
  const failed = (error: unknown): void => {
    process.stderr.write(`error: ${asMeshError(error).message}\n`);
    child.kill("SIGKILL");
  };
  child.once("error", failed);
  let isAsked = false;
  child.once("close", (code) => {
    // Power that the program has lost is lost here, too: nobody says goodbye. Who is asked to end lets go of the hub.
    const left = isAsked ? device?.stop() : undefined;
    void Promise.resolve(left).finally(() => process.exit(code ?? 1));
  });
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      isAsked = true;
      child.kill("SIGTERM");
    });
  }
  pipe.on("error", () => undefined);
  const say = (type: number, body: Uint8Array): void => {
    const length = body.length + 1;
    pipe.write(concat(Uint8Array.of(length >> 8, length & 255, type), body));
  };

  const address = staticAddress(systemRandom);
  let hails: readonly Uint8Array[] = [];
  let device: BleDevice | undefined;
  let stream: LinkStream | undefined;
  const begin = (begun: LinkStream): void => {
    stream = begun;
    say(packetType.begin, Uint8Array.of(begun.maxPacket >> 8, begun.maxPacket & 255));
    begun.onPacket((packet) => say(packetType.frame, packet));
    begun.onClose(() => {
      if (stream !== begun) return;
      stream = undefined;
      say(packetType.end, new Uint8Array());
    });
  };
  const show = async (shown: readonly Uint8Array[]): Promise<void> => {
    hails = shown;
    if (shown.length === 0) {
      await device?.stop();
      device = undefined;
    } else if (device === undefined) {
      device = new BleDevice({ controller, address, mtu, hails: () => hails, onStream: begin, clock: systemClock, log: silentLog });
      await device.start();
    } else {
      await device.renew();
    }
  };
  // Each after the one before: the order in which the program has said it.
  let last: Promise<void> = Promise.resolve();
  onPackets(pipe, (type, body) => {
    const act = async (): Promise<void> => {
      const at = stream;
      if (type === packetType.hails) {
        await show(Array.from({ length: body.length / hailLength }, (_, which) => body.slice(hailLength * which, hailLength * (which + 1))));
      } else if (type === packetType.end) {
        stream = undefined;
        await at?.close();
      } else if (type === packetType.frame) {
        // A connection that ends meanwhile takes its packets with it.
        await at?.send(body).catch(() => undefined);
      }
    };
    last = last.then(act).catch(failed);
  });
}

try {
  run(readWords(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`error: ${asMeshError(error).message}\n`);
  process.exit(2);
}
