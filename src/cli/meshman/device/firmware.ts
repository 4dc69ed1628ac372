/** `device firmware`: what a maker signs for devices that are out: a program, its product and its version (docs/device-link.md §7.3). */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { readFileIfExists, writeFileAtomic } from "../../../base/atomic-file.ts";
import { toHex, utf8 } from "../../../base/bytes.ts";
import { MeshError } from "../../../base/errors.ts";
import { deriveKey, newSeed, type PrivateKey, seedSpecifier } from "../../../crypto/index.ts";
import { keyName, makeFirmware } from "../../../schema/index.ts";
import { report } from "../../term/output.ts";
import { readSecretText } from "../../term/secret-text.ts";
import type { Invocation } from "../surroundings.ts";
import { numberOf } from "../values.ts";

/** What `device firmware` takes. */
export interface FirmwareFlags {
  readonly product: string;
  /** Of the program. */
  readonly number: string;
  readonly keyFile: string;
  readonly out?: string;
}

const mostVersion = 2 ** 31 - 1;

/** Signs a program; the key is made when there is none. */
export async function deviceFirmware(call: Invocation, file: string, flags: FirmwareFlags): Promise<void> {
  const { output, ports } = call;
  const version = numberOf(flags.number, { name: "--number", least: 1, most: mostVersion });
  const program = await readFileIfExists(resolve(file));
  if (!program || program.length === 0)
    throw new MeshError("ERR_NOT_FOUND", `no program in ${file}`, { hint: "give the file that goes into a slot" });
  const isNew = !existsSync(resolve(flags.keyFile));
  const signer = await signerOf(call, flags.keyFile, isNew);
  const out = flags.out ?? `${flags.product}-${version}.mesh`;
  await writeFileAtomic(resolve(out), makeFirmware({ product: flags.product, version, program, signer, random: ports.random }), { mode: 0o644 });
  const key = toHex(signer.public.octets);
  report(output, { file: out, product: flags.product, version, signer: key, newKey: isNew }, () => {
    output.line(`File: ${out}`);
    output.line(`Signer: ${key}`);
  });
  if (isNew) {
    output.say(`${flags.keyFile} is the key of all your devices' programs: keep it, and a copy, where no network reaches it`);
    output.say(
      `next: build it into them, and say it in their descriptions: 'meshman device preconfig --product ${JSON.stringify(flags.product)} --signer ${key}'`,
    );
  } else output.say("next: owners give it to a device by 'mesh-hub update'");
}

async function signerOf({ ports, stdin }: Invocation, keyFile: string, isNew: boolean): Promise<PrivateKey> {
  if (isNew) {
    const seed = newSeed(ports.random, seedSpecifier.device);
    await writeFileAtomic(resolve(keyFile), utf8(`${seed}\n`), { mode: 0o600 });
    return deriveKey(seed, keyName.makerFirmware25519, "Ed25519");
  }
  const text = await readSecretText({ kind: "key", file: keyFile, cwd: process.cwd(), stdin });
  return deriveKey(text, keyName.makerFirmware25519, "Ed25519");
}
