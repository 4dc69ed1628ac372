/** What the hub remembers of commands: bounded for each sender, and nothing that was forgotten can be given again. */
import { join } from "node:path";
import { dateTime, fromDateTime } from "../../../src/base/clock.ts";
import { CommandLog } from "../../../src/hub/command/command-log.ts";
import type { Facts } from "../../../src/hub/command/judge.ts";
import { refusalOf } from "../../../src/hub/command/judge.ts";
import type { RequestCommand } from "../../../src/schema/index.ts";
import { assert, describe, onCleanup, tempDirectory } from "../../harness/suite.ts";
import { describing, udfOf } from "../../kit/named-things.ts";

const start = fromDateTime("2026-05-01T12:00:00Z");
const [mallory, phone] = [udfOf(8), udfOf(9)];
const refusal = { result: "Reject", report: "ERR_NOT_AUTHORIZED: no" } as const;
let made = 0;

function request(sender: string, inSeconds: number): RequestCommand {
  return {
    MessageId: `N${made++}`,
    Sender: sender,
    HubUdf: udfOf(1),
    DeviceUdf: udfOf(2),
    Command: "Set",
    Arguments: [{ Name: "On", Value: true }],
    Expires: dateTime(start + inSeconds * 1000),
    CommandEpoch: "epoch",
  };
}

async function openLog(): Promise<CommandLog> {
  const log = await CommandLog.open({ path: join(tempDirectory(), "command.journal") });
  onCleanup(() => log.close());
  return log;
}

/** Refuses so many commands of a sender, at a time. */
async function refuse(log: CommandLog, commands: readonly RequestCommand[]): Promise<void> {
  await Promise.all(commands.map((one, index) => log.take({ request: one, sender: one.Sender, index, refusal })));
  await Promise.all(commands.map(({ MessageId }) => log.sent(MessageId)));
  await log.advance(log.cursor + 1, start);
}

/** What becomes of a command at a time, when nothing else speaks against it. */
function judge(log: CommandLog, one: RequestCommand, at: number): string {
  const facts: Facts = {
    unauthorized: undefined,
    now: at,
    commandEpoch: "epoch",
    description: describing("light"),
    mayBeForgotten: log.mayBeForgotten({ sender: one.Sender, request: one }),
    isFull: log.isFull(one.Sender),
  };
  return log.has(one.MessageId) ? "repeated" : (refusalOf(one, facts)?.code ?? "given");
}

describe("hub: what is remembered of commands", (it) => {
  it("of refused ones a bounded number, and none of them is given when it comes again, at any time", async () => {
    const log = await openLog();
    // Due at once, within the time that counts, and far ahead: they come again when they would be good.
    const commands = Array.from({ length: 3000 }, (_, i) => request(mallory, i));
    await refuse(log, commands);
    assert.ok(commands.filter(({ MessageId }) => log.has(MessageId)).length <= 256);
    for (let at = start; at < start + 3_100_000; at += 20_000) {
      for (const one of commands) assert.is.not(judge(log, one, at), "given", `${one.Expires} at ${dateTime(at)}`);
      await log.advance(log.cursor + 1, at);
    }
  });

  it("who had many refused keeps nobody else from commanding, nor himself when they were dated wrongly", async () => {
    const log = await openLog();
    await refuse(
      log,
      Array.from({ length: 3000 }, (_, i) => request(mallory, 86_400 + i)),
    );
    assert.is(judge(log, request(phone, 60), start), "given");
    assert.is(judge(log, request(mallory, 60), start), "given");
    await refuse(
      log,
      Array.from({ length: 600 }, () => request(mallory, 60)),
    );
    assert.is(judge(log, request(mallory, 60), start), "ERR_REPLAY");
    assert.is(judge(log, request(phone, 60), start), "given");
  });

  it("of those that were given a bounded number of each sender: it waits, and nobody else does", async () => {
    const log = await openLog();
    const given: RequestCommand[] = [];
    for (let i = 0; i < 3000; i++) {
      const one = request(mallory, 300);
      if (judge(log, one, start) !== "given") continue;
      given.push(one);
      void log.take({ request: one, sender: mallory, index: i });
    }
    await Promise.all(given.map(({ MessageId }) => log.sent(MessageId)));
    assert.is(given.length, 1024);
    assert.is(judge(log, request(mallory, 300), start), "ERR_QUOTA");
    assert.is(judge(log, request(phone, 300), start), "given");
    for (const one of given) assert.is(judge(log, one, start), "repeated");
    await log.advance(1, start + 3_600_000);
    assert.is(judge(log, { ...request(mallory, 300), Expires: dateTime(start + 3_700_000) }, start + 3_600_000), "given");
  });

  it("a command that has expired is not given, remembered or not", async () => {
    const log = await openLog();
    const one = request(phone, 300);
    await log.take({ request: one, sender: phone, index: 0 });
    await log.sent(one.MessageId);
    const expiry = fromDateTime(one.Expires);
    await log.advance(1, expiry + 3_600_000);
    assert.not(log.has(one.MessageId));
    for (const late of [0, 1, 600_000, 3_600_000]) assert.is(judge(log, one, expiry + late), "ERR_COMMAND_EXPIRED");
  });
});
