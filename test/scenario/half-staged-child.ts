/** An administration machine that begins stores anew and is gone before its nth page is sent: `half-staged-child.ts DIR COUNT STORE...`. */
import { AccountContext } from "../../src/account/index.ts";
import type { CatalogLabel } from "../../src/schema/index.ts";
import { ports } from "../kit/household.ts";

const [dir = "", count = "", ...labels] = process.argv.slice(2);
const context = await AccountContext.open({ dir, ports });
await context.sync();
const { client } = context;
const stage = client.stage.bind(client);
let left = Number(count);
client.stage = (request, options) => {
  left -= 1;
  if (left === 0) process.kill(process.pid, "SIGKILL");
  return stage(request, options);
};
await context.beginEpochs({ reason: "Compact", stores: labels.map((label) => ({ label: label as CatalogLabel, keyEpoch: 0 })) });
throw new Error(`${labels.join(" ")} were staged in fewer pages`);
