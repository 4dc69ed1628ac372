/** `update`: carries a maker's program to a device; the hub checks who has signed it, and the device again (docs/device-link.md §7.3). */
import { resolve } from "node:path";
import type { HubClient } from "../../api/index.ts";
import { readFileIfExists } from "../../base/atomic-file.ts";
import { fromHex } from "../../base/bytes.ts";
import { isMeshError, MeshError } from "../../base/errors.ts";
import { encodeBase64url } from "../../codec/index.ts";
import { type Firmware, readFirmware } from "../../schema/index.ts";
import { report } from "../term/output.ts";
import type { Invocation } from "./invocation.ts";

/** A piece that the smallest devices take, in octets. */
const pieceLength = 2048;

/** What `update` takes. */
export interface UpdateFlags {
  /** Where the device's description does not say who signs its programs: the maker's key, in hexadecimal. */
  readonly signer?: string;
}

function signerOf({ signer }: UpdateFlags): string | undefined {
  if (signer === undefined) return undefined;
  const octets = fromHex(signer.toLowerCase());
  if (octets?.length !== 32) throw new MeshError("ERR_USAGE", "--signer is not an Ed25519 key of 64 hexadecimal digits");
  return encodeBase64url(octets);
}

/** `update`. The device is named by its UDF, or as `mesh-hub devices` shows it. */
export async function update({ output, hub, surroundings }: Invocation, name: string, file: string, flags: UpdateFlags = {}): Promise<void> {
  const signer = signerOf(flags);
  const octets = await readFileIfExists(resolve(surroundings.cwd, file));
  if (!octets) throw new MeshError("ERR_NOT_FOUND", `no file ${file}`, { hint: "the maker of the device gives out a file for its model" });
  const { manifest, signed, program } = firmwareOf(octets, file);
  const client = hub();
  const { udf, shown } = await find(client, name);
  const give = async (piece: {
    readonly manifest?: string;
    readonly signer?: string;
    readonly offset?: number;
    readonly data?: string;
  }): Promise<void> => {
    const { result, report: why = "no reason given" } = await client.update({ device: udf, ...piece });
    if (result !== "Accept") {
      throw new MeshError("ERR_DELIVERY", `${shown} does not take the program: ${why}`, {
        hint: "it runs what it ran before; ask its maker whether it takes programs, and for a newer file",
      });
    }
  };
  await give({ manifest: encodeBase64url(signed), ...(signer === undefined ? {} : { signer }) });
  for (let at = 0; at < program.length; at += pieceLength) {
    await give({ offset: at, data: encodeBase64url(program.subarray(at, at + pieceLength)) });
    if (output.isTalkTerminal) output.notice(`${Math.floor((100 * at) / program.length)} %`);
  }
  output.notice("");
  report(output, { device: udf, product: manifest.Product, version: manifest.Version }, () =>
    output.line(`${shown} has version ${manifest.Version} and starts it; it goes back to the old one if it does not meet this hub`),
  );
}

function firmwareOf(octets: Uint8Array, file: string): Firmware {
  try {
    return readFirmware(octets);
  } catch (cause) {
    if (!isMeshError(cause, "ERR_ENCODING") && !isMeshError(cause, "ERR_SCHEMA")) throw cause;
    throw new MeshError(cause.code, `${file} is no program that a maker gives out: ${cause.message}`, {
      hint: "give the file that 'meshman device firmware' made at the maker's, and not the program alone",
      cause,
    });
  }
}

async function find(client: HubClient, name: string): Promise<{ readonly udf: string; readonly shown: string }> {
  const found = (await client.devices()).filter((device) => device.udf === name || device.name.toLowerCase() === name.toLowerCase());
  const [one, other] = found;
  if (!one) throw new MeshError("ERR_NOT_FOUND", `no device ${name}`, { hint: "'mesh-hub devices' shows them" });
  if (other) throw new MeshError("ERR_AMBIGUOUS", `several devices are called ${name}`, { hint: "give the UDF, which 'mesh-hub devices' shows" });
  return { udf: one.udf, shown: one.name };
}
