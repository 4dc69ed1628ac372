/** A file of 10 MB opened by a machine that holds the account's key, and by one of role threshold, which asks the service for its half: in turns. */
import { createReadStream, writeFileSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import type { AccountContext } from "../src/account/index.ts";
import { openingKeys } from "../src/account/index.ts";
import { encodeEnvelope, openToFile, sealEnvelope } from "../src/dare/index.ts";
import { publicKeyOf } from "../src/schema/index.ts";
import { ports, startHousehold } from "../test/kit/household.ts";
import { figureOf, openTable } from "./kit/figure.ts";
import { startService } from "./kit/service-process.ts";

const rounds = Number(process.env.MESH_BENCH_FILES ?? 15);
const octets = 10_000_000;

const table = openTable("powers-file");
const house = await startHousehold((dir) => startService(dir));
try {
  const alice = await house.create("laptop", "alice@example.com");
  const phone = await house.join(alice, "phone", ["threshold"]);
  const recipients = [publicKeyOf(alice.profile.AccountEncryption)];
  const envelope = sealEnvelope({ plaintext: ports.random.bytes(octets), recipients, random: ports.random });
  const file = join(house.dir, "file.dare");
  writeFileSync(file, encodeEnvelope(envelope));
  const open = async (context: AccountContext): Promise<number> => {
    const begun = performance.now();
    const keys = await openingKeys(context, envelope.header);
    const { bodyLength } = await openToFile({ ...keys, source: createReadStream(file), path: `${file}.out`, replace: true });
    if (bodyLength < octets) throw new Error(`${bodyLength} octets`);
    return performance.now() - begun;
  };
  const [plain, shared, ratio]: [number[], number[], number[]] = [[], [], []];
  for (const context of [alice, phone]) await open(context);
  for (let round = 0; round < rounds; round++) {
    const [one, other] = [await open(alice), await open(phone)];
    plain.push(one);
    shared.push(other);
    ratio.push(other / one);
  }
  table.add(
    figureOf("10 MB opened with the whole key", "ms", plain),
    figureOf("the same with a share and the service's", "ms", shared),
    figureOf("ratio, pair by pair", "×", ratio),
  );
} finally {
  await house.stop();
}
