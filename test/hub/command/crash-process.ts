/** Takes a command over from its parent, notes it, and is killed before it can act: `node crash-process.ts JOURNAL`, the request on stdin. */
import { readFileSync } from "node:fs";
import { decodeObject } from "../../../src/codec/index.ts";
import { CommandLog } from "../../../src/hub/command/command-log.ts";
import { RequestCommand } from "../../../src/schema/index.ts";

const [path = ""] = process.argv.slice(2);
const log = await CommandLog.open({ path });
const request = decodeObject(RequestCommand, new Uint8Array(readFileSync(0)));
await log.take({ request, sender: request.Sender, index: 1 });
process.kill(process.pid, "SIGKILL");
