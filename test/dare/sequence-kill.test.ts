/** What a sequence file said was durable is there after kill -9. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { SequenceFile } from "../../src/dare/index.ts";
import { assert, describe, tempDirectory } from "../harness/suite.ts";
import { nodeWords } from "../kit/node-words.ts";

describe("sequence file", (it) => {
  it(
    "keeps what it said was safe when killed with -9",
    async () => {
      const path = join(tempDirectory(), "store.dseq");
      for (let round = 0; round < 4; round++) {
        const child = spawn(process.execPath, [...nodeWords("test/dare/appender.ts"), path], { stdio: ["ignore", "pipe", "inherit"] });
        let said = "";
        child.stdout.on("data", (data: Buffer) => {
          said += data.toString();
          if (said.split("\n").length > 20 + round * 7) child.kill("SIGKILL");
        });
        await once(child, "close");
        const safe = Math.max(...said.split("\n").slice(0, -1).map(Number));
        const file = await SequenceFile.open({ path });
        assert.ok(file.count >= safe && safe > 20, `${file.count} frames, ${safe} safe`);
        await file.verify();
        await file.close();
      }
    },
    { timeoutMs: 60_000 },
  );
});
