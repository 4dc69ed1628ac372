/** Programs for devices in C, as their maker signs them, and how a hub gives them (docs/device-link.md §7.3). */
import { MeshError } from "../../src/base/errors.ts";
import { encodeObjectB } from "../../src/codec/index.ts";
import { type PrivateKey, sha512 } from "../../src/crypto/index.ts";
import { encodeEnvelopeB } from "../../src/dare/index.ts";
import type { LinkSession, Update } from "../../src/link/index.ts";
import type { Firmware } from "../../src/schema/index.ts";
import { FirmwareFile, FirmwareManifest, readFirmware } from "../../src/schema/index.ts";
import { sign } from "../kit/owner.ts";

/** Signs programs of a product, of version 2 unless `change` says another thing. */
export const firmwareFor =
  (Product: string, maker: PrivateKey) =>
  (program: Uint8Array, change: Partial<FirmwareManifest> = {}, signer: PrivateKey = maker): Firmware => {
    const manifest: FirmwareManifest = { Product, Version: 2, Length: program.length, Digest: sha512(program), ...change };
    const EnvelopedFirmwareManifest = sign(FirmwareManifest, manifest, signer);
    const file = { EnvelopedFirmwareManifest, Program: program };
    return Object.keys(change).some((name) => name === "Length" || name === "Digest")
      ? { manifest, signed: encodeEnvelopeB(EnvelopedFirmwareManifest), program }
      : readFirmware(encodeObjectB(FirmwareFile, file));
  };

/** As mesh-hub update does it. Error: ERR_DELIVERY with the device's reason. */
export async function giveFirmware(session: LinkSession, { signed, program }: Firmware, pieceLength = 2048): Promise<void> {
  const send = async (piece: Omit<Update, "Id">): Promise<void> => {
    const { Result, ErrorReport, ErrorCode } = await session.request("Update", piece, { timeoutMs: 30_000 });
    if (Result !== "Accept") throw new MeshError("ERR_DELIVERY", `${ErrorCode}: ${ErrorReport}`);
  };
  await send({ Manifest: signed });
  for (let at = 0; at < program.length; at += pieceLength) await send({ Offset: at, Data: program.subarray(at, at + pieceLength) });
}

/** The code with which something fails; undefined when it does not. */
export async function refusal(given: Promise<void>): Promise<string | undefined> {
  return given.then(
    () => undefined,
    (error: unknown) => (error instanceof MeshError ? error.code : String(error)),
  );
}
