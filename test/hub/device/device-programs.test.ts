/** What a hub sees for itself of a program before it carries an octet, and that one device of a place at a time gets one. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { silentLog } from "../../../src/base/log.ts";
import { generatePrivateKey, newSeed, seedSpecifier } from "../../../src/crypto/index.ts";
import type { DeviceStatus } from "../../../src/hub/device/device-port.ts";
import { DevicePrograms } from "../../../src/hub/device/device-programs.ts";
import type { Result } from "../../../src/link/index.ts";
import type { CatalogedDevice } from "../../../src/schema/index.ts";
import { DevicePreconfigurationPublic, factoryKeys, makeFirmware, peekObject, preconfigurationOf, readFirmware } from "../../../src/schema/index.ts";
import { ManualClock } from "../../harness/manual-clock.ts";
import { assert, describe, tempDirectory, throwsMesh } from "../../harness/suite.ts";
import { descriptionOf } from "../../kit/device.ts";
import { random } from "../../kit/owner.ts";

const maker = generatePrivateKey("Ed25519", random);
const program = random.bytes(3000);
const signed = (version: number, what: Partial<Parameters<typeof makeFirmware>[0]> = {}): Uint8Array =>
  readFirmware(makeFirmware({ product: "lamp", version, program, signer: maker, random, ...what })).signed;

/** The entry of a device whose maker says, or does not say, who signs its programs. */
function entry(names: boolean): CatalogedDevice {
  const keys = factoryKeys(newSeed(random, seedSpecifier.device), false);
  const description = { ...descriptionOf("light"), ...(names ? { Programs: { Product: "lamp", Signer: maker.public.octets } } : {}) };
  const made = preconfigurationOf({ keys, description, maker: "maker@example.com", hailing: ["tcp"], now: 1e12, random });
  const profile = peekObject(DevicePreconfigurationPublic, made).EnvelopedProfileDevice;
  return {
    DeviceUdf: keys.profile.public.udf,
    EnvelopedDevicePreconfigurationPublic: made,
    EnvelopedProfileDevice: profile,
  } as unknown as CatalogedDevice;
}

async function hub(places: Readonly<Record<string, string>>, entries: readonly CatalogedDevice[], dir = tempDirectory()) {
  const carried: string[] = [];
  let tell: (udf: string, status: DeviceStatus) => void = () => undefined;
  const clock = new ManualClock();
  const programs = new DevicePrograms({
    links: {
      update: async (udf, { Manifest, Offset }): Promise<Result> => {
        carried.push(`${udf} ${Manifest ? "manifest" : Offset}`);
        return { Id: 1, Result: "Accept" } as unknown as Result;
      },
      onStatus: (listener) => {
        tell = listener;
        return () => undefined;
      },
    },
    entryOf: (udf) => entries.find(({ DeviceUdf }) => DeviceUdf === udf),
    placesOf: (udf) => [places[udf] ?? "house"],
    dir,
    clock,
    log: silentLog,
  });
  await programs.start();
  const give = (udf: string, Manifest: Uint8Array, signer?: Uint8Array) =>
    programs.update(udf, { piece: { Manifest }, ...(signer ? { signer } : {}) });
  const send = async (udf: string): Promise<void> => {
    for (let at = 0; at < program.length; at += 2000) await programs.update(udf, { piece: { Offset: at, Data: program.subarray(at, at + 2000) } });
  };
  return { programs, carried, give, send, clock, dir, back: (udf: string) => tell(udf, "Online") };
}

describe("programs of a hub's devices", (it) => {
  it("carries nothing that the maker of the device has not signed, for its product", async () => {
    const lamp = entry(true);
    const { give, carried, programs } = await hub({}, [lamp]);
    const udf = lamp.DeviceUdf;
    await throwsMesh(give(udf, signed(2, { signer: generatePrivateKey("Ed25519", random) })), "ERR_VERIFICATION");
    await throwsMesh(give(udf, signed(2, { product: "toaster" })), "ERR_VERIFICATION");
    await throwsMesh(give(udf, random.bytes(40)), "ERR_ENCODING");
    // What the maker says counts, whatever somebody at the hub's socket says.
    const other = generatePrivateKey("Ed25519", random);
    await throwsMesh(give(udf, signed(2, { signer: other }), other.public.octets), "ERR_VERIFICATION");
    await throwsMesh(programs.update(udf, { piece: { Offset: 0, Data: program.subarray(0, 10) } }), "ERR_REJECTED");
    assert.equal(carried, []);
    await give(udf, signed(2));
    assert.equal(carried, [`${udf} manifest`]);
  });

  it("takes the owner's word for a device that does not say who signs", async () => {
    const lamp = entry(false);
    const { give, carried } = await hub({}, [lamp]);
    await throwsMesh(give(lamp.DeviceUdf, signed(2)), "ERR_NOT_FOUND");
    await throwsMesh(give(lamp.DeviceUdf, signed(2), generatePrivateKey("Ed25519", random).public.octets), "ERR_VERIFICATION");
    await throwsMesh(give(lamp.DeviceUdf, signed(2), random.bytes(31)), "ERR_KEY");
    assert.equal(carried, []);
    await give(lamp.DeviceUdf, signed(2), maker.public.octets);
    assert.is(carried.length, 1);
  });

  it("no version falls, over restarts of the hub too; the same may be tried again", async () => {
    const lamp = entry(true);
    const first = await hub({}, [lamp]);
    await first.give(lamp.DeviceUdf, signed(7));
    await first.send(lamp.DeviceUdf);
    first.back(lamp.DeviceUdf);
    await throwsMesh(first.give(lamp.DeviceUdf, signed(6)), "ERR_REPLAY");
    const second = await hub({}, [lamp], first.dir);
    await throwsMesh(second.give(lamp.DeviceUdf, signed(6)), "ERR_REPLAY");
    await second.give(lamp.DeviceUdf, signed(7));
  });

  it("one device of a place at a time: the next when the first is back, or was given up", async () => {
    const [a, b, c] = [entry(true), entry(true), entry(true)] as const;
    const places = { [a.DeviceUdf]: "kitchen", [b.DeviceUdf]: "kitchen", [c.DeviceUdf]: "hall" };
    const { give, send, back, clock } = await hub(places, [a, b, c]);
    await give(a.DeviceUdf, signed(2));
    await throwsMesh(give(b.DeviceUdf, signed(2)), "ERR_BUSY");
    await give(c.DeviceUdf, signed(2));
    await send(a.DeviceUdf);
    await throwsMesh(give(b.DeviceUdf, signed(2)), "ERR_BUSY");
    // It was met for another reason.
    back(c.DeviceUdf);
    await throwsMesh(give(b.DeviceUdf, signed(2)), "ERR_BUSY");
    back(a.DeviceUdf);
    await give(b.DeviceUdf, signed(2));
    // Whoever gave it is gone.
    await throwsMesh(give(a.DeviceUdf, signed(3)), "ERR_BUSY");
    clock.advance(121_000);
    await give(a.DeviceUdf, signed(3));
  });

  it("answers what the device has said, where the hub cannot note it", async () => {
    const [lamp, dir] = [entry(true), tempDirectory()];
    const { give, send, programs } = await hub({}, [lamp], dir);
    mkdirSync(join(dir, "programs.json"));
    await give(lamp.DeviceUdf, signed(2));
    await send(lamp.DeviceUdf);
    await throwsMesh(give(lamp.DeviceUdf, signed(1)), "ERR_REPLAY");
    programs.stop();
  });
});
