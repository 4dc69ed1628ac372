/** Fills the file system of the directory given, and removes the hub that lies there. Its evidence is not verified here: HubRemoval takes it as verified. */
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { silentLog } from "../../src/base/log.ts";
import { systemRandom } from "../../src/base/random.ts";
import { generatePrivateKey } from "../../src/crypto/index.ts";
import { HubRemoval } from "../../src/hub/hub-removal.ts";
import { envelopeObject, RevokedDevice } from "../../src/schema/index.ts";
import { udfOf } from "../kit/named-things.ts";

const [root = ""] = process.argv.slice(2);
const dir = join(root, "account");
for (const place of ["account/stores", "state"]) mkdirSync(join(root, place), { recursive: true });
for (const name of ["device.json", "account.json"]) writeFileSync(join(dir, name), "keys");
writeFileSync(join(dir, "stores", "MMM_Device.dare"), new Uint8Array(40_000));
for (let n = 0; ; n++) {
  try {
    writeFileSync(join(root, "state", `shadow-${n}`), new Uint8Array(4096));
  } catch {
    break;
  }
}
const errors: string[] = [];
const log = { ...silentLog, error: (event: string) => void errors.push(event) };
const value: RevokedDevice = { AccountUdf: udfOf(1), DeviceUdf: udfOf(2), ConnectionDigest: new Uint8Array(64), Updated: "2026-01-01T00:00:00Z" };
const evidence = envelopeObject({ struct: RevokedDevice, value, signers: [generatePrivateKey("Ed448", systemRandom)], random: systemRandom });
const removal = new HubRemoval({ dir, log });
await removal.carryOut({ address: "alice@example.com", evidence, stop: async () => void (await removal.erase()) });
const { message } = await removal.done;
process.stdout.write(JSON.stringify({ errors, told: message.includes("its keys were erased"), account: readdirSync(dir), rooms: readdirSync(root) }));
