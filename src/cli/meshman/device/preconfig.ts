/** `device preconfig`: what a maker makes for each device: factory image, printed code, sealed description at the maker's service. */
import { join } from "node:path";
import type { Preconfigured } from "../../../account/index.ts";
import { PreconfiguredDevice, preconfigureDevice } from "../../../account/index.ts";
import { fileError, syncDirectory, writeFileAtomic } from "../../../base/atomic-file.ts";
import { fromHex, utf8 } from "../../../base/bytes.ts";
import { makeDirectory } from "../../../base/directory.ts";
import { MeshError } from "../../../base/errors.ts";
import { packagePath } from "../../../base/package-root.ts";
import { encodeObject, encodeObjectB } from "../../../codec/index.ts";
import { qrForSvg, qrForTerminal, writeQrPng } from "../../../codec/qr/index.ts";
import { nearest } from "../../../config/nearest.ts";
import type { Driver } from "../../../driver/index.ts";
import { describeDevice, loadDrivers } from "../../../driver/index.ts";
import { DevicePreconfigurationPrivate, type DevicePrograms } from "../../../schema/index.ts";
import { report } from "../../term/output.ts";
import { inAccount } from "../session.ts";
import type { Invocation } from "../surroundings.ts";
import { numberOf } from "../values.ts";

/** What `device preconfig` takes. */
export interface PreconfigFlags {
  readonly class: string;
  readonly manufacturer?: string;
  readonly model?: string;
  readonly modelVersion: string;
  /** Programs that its devices take, and who signs them. */
  readonly product?: string;
  readonly signer?: string;
  /** What of the class its devices lack. */
  readonly without?: string;
  readonly hailing: string;
  readonly full?: boolean;
  readonly out: string;
  readonly count: string;
  readonly qr?: boolean;
}

/** Media by which a hub of this version finds devices. */
const media: readonly string[] = ["mqtt", "tcp", "ble", "serial"];

function hailingOf(text: string): readonly string[] {
  const list = text.split(",").map((medium) => medium.trim().toLowerCase());
  const unknown = list.find((medium) => !media.includes(medium));
  if (unknown !== undefined)
    throw new MeshError("ERR_USAGE", `there is no medium ${JSON.stringify(unknown)}`, { hint: `media are ${media.join(", ")}` });
  return list;
}

/** Errors: ERR_USAGE. */
function programsOf({ product, signer }: PreconfigFlags): DevicePrograms | undefined {
  if (product === undefined && signer === undefined) return undefined;
  const key = signer === undefined ? undefined : fromHex(signer);
  if (product === undefined || key?.length !== 32) {
    throw new MeshError("ERR_USAGE", "--product and --signer belong together, and the signer is an Ed25519 key of 64 hexadecimal digits", {
      hint: "'meshman device firmware' prints it",
    });
  }
  return { Product: product, Signer: key };
}

/** Errors: ERR_USAGE for a name that the class has not, and for Identify, which every device has. */
function withoutOf({ without = "" }: PreconfigFlags, { Class, Properties, Commands }: Driver): readonly string[] {
  const names = without
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  const known = [...Properties, ...Commands].map(({ Name }) => Name);
  const wrong = names.find((name) => !known.includes(name) || name === "Identify");
  if (wrong !== undefined)
    throw new MeshError("ERR_USAGE", `a ${Class} cannot be without ${JSON.stringify(wrong)}`, { hint: `it can be without ${known.join(", ")}` });
  return names;
}

function driverOf(call: Invocation, name: string): Driver {
  const { drivers } = loadDrivers({ packageDir: packagePath("drivers"), log: call.ports.log });
  const driver = drivers.get(name);
  if (driver) return driver;
  const near = nearest(name, [...drivers.keys()]);
  throw new MeshError("ERR_NOT_FOUND", `there is no driver of class ${JSON.stringify(name)}${near === undefined ? "" : `, nearest is ${near}`}`, {
    hint: `classes are ${[...drivers.keys()].join(", ")}`,
  });
}

/** Makes devices, one after the other; what was made before a failure stays good. */
export async function devicePreconfig(call: Invocation, flags: PreconfigFlags): Promise<void> {
  const { output } = call;
  const hailing = hailingOf(flags.hailing);
  const driver = driverOf(call, flags.class.toLowerCase());
  const count = numberOf(flags.count, { name: "--count", least: 1, most: 10_000 });
  const isFull = flags.full ?? false;
  const programs = programsOf(flags);
  const without = withoutOf(flags, driver);
  const made: { readonly deviceUdf: string; readonly uri: string; readonly file: string; readonly directory: string }[] = [];
  await inAccount(call, { doing: count === 1 ? "making the device" : `making ${count} devices`, sync: "needed" }, async (context) => {
    const description = describeDevice(driver, {
      manufacturer: flags.manufacturer ?? context.address,
      model: flags.model ?? driver.Class,
      version: flags.modelVersion,
      without,
      ...(programs === undefined ? {} : { programs }),
    });
    for (let number = 0; number < count; number += 1) {
      const device = await preconfigureDevice(context, { description, hailing, full: isFull });
      const directory = join(flags.out, device.deviceUdf);
      const file = await writeDevice({ directory, device, maker: context.address, isFull });
      made.push({ deviceUdf: device.deviceUdf, uri: device.uri, file, directory });
    }
  });
  report(output, { devices: made }, () => {
    for (const { deviceUdf, file, uri } of made) {
      output.line(`Device UDF: ${deviceUdf}`);
      output.line(`File: ${file}`);
      if (flags.qr) output.raw(`${qrForTerminal(uri)}\n`);
    }
  });
  output.say("print code.png or code.svg on the device; the code must not be stored in it");
}

/** Writes the image apart from the code: a device that knew its own code could be made to tell it. @returns the file that goes into the device */
async function writeDevice(options: {
  readonly directory: string;
  readonly device: Preconfigured;
  readonly maker: string;
  readonly isFull: boolean;
}): Promise<string> {
  const { directory, device, maker, isFull } = options;
  const image = join(directory, "image");
  try {
    await makeDirectory(image);
    const file = isFull ? join(directory, "device.medk") : join(image, "factory.jbcd");
    await writeFileAtomic(
      file,
      isFull ? encodeObject(PreconfiguredDevice, { Maker: maker, Device: device.image }) : encodeObjectB(DevicePreconfigurationPrivate, device.image),
    );
    await writeFileAtomic(join(directory, "code.png"), writeQrPng(device.uri));
    await writeFileAtomic(join(directory, "code.svg"), utf8(qrForSvg(device.uri)));
    await writeFileAtomic(join(directory, "code.txt"), utf8(`${device.uri}\n`));
    await syncDirectory(directory);
    return file;
  } catch (error) {
    throw fileError(error, `cannot write ${directory}`);
  }
}
