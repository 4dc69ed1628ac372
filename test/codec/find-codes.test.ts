/** Codes in pictures as people take them: all of them are found, turned, mirrored, inverted, pale, small in large pictures. */
import { readFileSync } from "node:fs";
import { packagePath } from "../../src/base/package-root.ts";
import { readQrPng } from "../../src/codec/qr/index.ts";
import { assert, describe, throwsMesh } from "../harness/suite.ts";
import type { Sticker } from "./photograph.ts";
import { photograph, pngOf } from "./photograph.ts";

const code = "mcu://maker@example.com/EB2T-7BXM-JGRB-WNPE-ZFXQ-O4TH-BE";
const wifi = "WIFI:T:WPA;S:home;P:secretsecret;;";
/** Pictures of many pixels take their time on a machine that does other things. */
const busy = { timeoutMs: 300_000 };
const isDevice = (text: string): boolean => text.startsWith("mcu:");
const deviceCodes = async (picture: ReturnType<typeof photograph>): Promise<readonly string[]> =>
  (await readQrPng(pngOf(picture), isDevice)).filter(isDevice).sort();
const alone = (look: Partial<Sticker>, ground = 200, noise = 0) =>
  photograph({ width: 480, height: 480 }, [{ text: code, x: 240, y: 240, module: 5, ...look }], { ground, noise });

describe("codes in pictures", (it) => {
  it(
    "are read from the pictures that failed",
    async () => {
      for (const [name, texts] of [
        ["qr-ok-4096x3072", ["https://example.com/sticker/1"]],
        ["qr-fail-4624x3468", ["https://example.com/sticker/1"]],
        ["qr-rgba-transparent", ["https://example.com/sticker/1"]],
        ["qr-palette-transparent", ["https://example.com/sticker/1"]],
        ["qr-device-alone", ["mcu://maker@example.com/EAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AA"]],
        ["qr-wifi-beside-device", [wifi, "mcu://maker@example.com/EAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AA"]],
      ] as const) {
        assert.equal(
          await readQrPng(readFileSync(packagePath("test", "vectors", "pictures", `${name}.png`)), (text) => text === texts.at(-1)),
          texts,
          name,
        );
      }
    },
    busy,
  );

  it(
    "are read at any angle, as printed and in a mirror",
    async () => {
      for (let degrees = 0; degrees < 360; degrees += 19) assert.equal(await deviceCodes(alone({ degrees })), [code], `${degrees} degrees`);
      for (const degrees of [0, 90, 200])
        assert.equal(await deviceCodes(alone({ degrees, isMirrored: true })), [code], `mirrored, ${degrees} degrees`);
    },
    busy,
  );

  it(
    "are read white on black, and pale on any ground",
    async () => {
      for (const degrees of [0, 30]) {
        assert.equal(await deviceCodes(alone({ degrees, dark: 255, light: 0 }, 0)), [code]);
        assert.equal(await deviceCodes(alone({ degrees, dark: 110, light: 150 }, 150)), [code]);
        assert.equal(await deviceCodes(alone({ degrees, dark: 110, light: 150 }, 150, 15)), [code], "with noise");
        assert.equal(await deviceCodes(alone({ degrees, dark: 150, light: 110, isMirrored: true }, 110)), [code], "inverted and mirrored");
        assert.equal(await deviceCodes(alone({ degrees, dark: 110, light: 150 }, 0)), [code], "on black");
      }
      assert.equal(await deviceCodes(alone({ dark: 110, light: 150 }, 255)), [code], "on white");
    },
    busy,
  );

  it(
    "are all found",
    async () => {
      const nine = Array.from({ length: 9 }, (_, i) => ({
        text: `${code}${i}`,
        x: 250 + 500 * (i % 3),
        y: 250 + 500 * Math.floor(i / 3),
        module: 6,
        degrees: i * 37,
      }));
      assert.equal(
        await deviceCodes(photograph({ width: 1500, height: 1500 }, nine)),
        nine.map(({ text }) => text),
      );
      const pale = { text: code, x: 900, y: 350, module: 6, dark: 110, light: 150 };
      assert.equal(await deviceCodes(photograph({ width: 1200, height: 700 }, [{ text: wifi, x: 300, y: 300, module: 6 }, pale])), [code]);
    },
    busy,
  );

  it(
    "are found small in large pictures, beside a large one that is not meant",
    async () => {
      assert.equal(await deviceCodes(photograph({ width: 4000, height: 3000 }, [{ text: code, x: 3100, y: 700, module: 2, degrees: 12 }])), [code]);
      const stickers = [
        { text: wifi, x: 1500, y: 1500, module: 40 },
        { text: code, x: 4500, y: 2300, module: 3, degrees: 8 },
      ];
      assert.equal(await deviceCodes(photograph({ width: 5000, height: 3000 }, stickers)), [code]);
    },
    busy,
  );

  it(
    "are searched for so long and no longer: the clock of the test runs a second at each look",
    async () => {
      let seconds = 0;
      let turns = 0;
      const clock = { now: () => 0, monotonic: () => 1000 * seconds++, sleep: async () => void turns++ };
      const search = (picture: Parameters<typeof pngOf>[0], most: number) => readQrPng(pngOf(picture), isDevice, { clock, milliseconds: most });
      const plain = { width: 300, height: 300 };
      const error = await throwsMesh(() => search(photograph(plain, []), 3000), "ERR_CODE_DAMAGED");
      assert.is(error.message, "no QR code was found in the picture of 300 x 300 pixels in 3 s");
      assert.match(error.hint, /closer/);
      assert.is(turns, 2);
      assert.equal(await search(photograph(plain, [{ text: wifi, x: 150, y: 150, module: 4 }]), 2000), [wifi]);
      assert.equal(await search(photograph(plain, [{ text: code, x: 150, y: 150, module: 4 }]), 0), [code], "the first view is always looked at");
    },
    busy,
  );
});
