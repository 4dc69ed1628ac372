/**
 * Child of envelope-stream.test.ts and bench/core-dare.ts: seals and opens a generated stream of the size given, prints its peak memory.
 * Plain JavaScript, so that node alone can run it on what was built: `streamer.mjs src|dist SIZE [PATH [json]]`.
 */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";

const [, , from = "src", size = "0", path = "", form = "binary"] = process.argv;
const load = (name) => import(new URL(from === "dist" ? `../../dist/src/${name}.js` : `../../src/${name}.ts`, import.meta.url).href);
const { systemRandom: random } = await load("base/random");
const { generatePrivateKey } = await load("crypto/key");
const { openToFile, sealStream, verifyStream } = await load("dare/index");
const total = Number(size);

async function* generated() {
  const piece = new Uint8Array(0x10000);
  for (let made = 0; made < total; made += piece.length) {
    piece.fill((made / piece.length) & 0xff);
    yield piece.subarray(0, Math.min(piece.length, total - made));
  }
}

/** What getrusage says may be the memory of the process that started this one: Linux keeps it through fork and exec. */
function peakKiB() {
  const status = existsSync("/proc/self/status") ? readFileSync("/proc/self/status", "utf8") : "";
  return Number(/^VmHWM:\s*(\d+) kB/m.exec(status)?.[1] ?? process.resourceUsage().maxRSS);
}

const own = generatePrivateKey("X448", random);
const signer = generatePrivateKey("Ed448", random);
const seal = () =>
  sealStream({ plaintext: generated(), recipients: [own.public], signers: [signer], random, form: form === "json" ? "json" : "binary" });

const opening = { keys: [own], signedBy: [signer.public], sealed: true };
const start = process.hrtime.bigint();
let sealed = 0;
let opened = 0;
if (path === "") {
  // Sealed and opened in one go, without a disk.
  const counted = async function* () {
    for await (const piece of seal()) {
      sealed += piece.length;
      yield piece;
    }
  };
  opened = (await verifyStream({ ...opening, source: counted() })).bodyLength;
} else {
  const handle = await open(`${path}.dare`, "w");
  for await (const piece of seal()) sealed += (await handle.write(piece)).bytesWritten;
  await handle.close();
  const source = (await open(`${path}.dare`)).createReadStream();
  opened = (await openToFile({ ...opening, source, path })).bodyLength;
  rmSync(`${path}.dare`);
  rmSync(path);
}
const seconds = Number(process.hrtime.bigint() - start) / 1e9;
process.stdout.write(`${JSON.stringify({ sealed, opened, seconds, maxRssMiB: Math.round(peakKiB() / 1024) })}\n`);
