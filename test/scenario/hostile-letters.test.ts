/**
 * Alice is asked by her contacts at another service: bob, who means it, and mallet, whose program sends what it likes. Both services, every command and
 * the agent of alice's phone are processes of their own; the phone's owner is told by a program of hers, and answers there.
 */
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AccountContext, lookUpProfile } from "../../src/account/index.ts";
import { outgoingMail } from "../../src/account/message/mail.ts";
import { accountMessage } from "../../src/account/message/message-envelope.ts";
import { dateTime } from "../../src/base/clock.ts";
import { newNonce } from "../../src/crypto/index.ts";
import type { DareEnvelope } from "../../src/dare/index.ts";
import { publicKeyOf, RequestConfirmation } from "../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../harness/suite.ts";
import { eventually } from "../kit/eventually.ts";
import { ports } from "../kit/household.ts";
import type { Town } from "../kit/town.ts";
import { startTown } from "../kit/town.ts";

const [ofAlice, ofBob, ofMallet] = ["alice@example.com", "bob@example.net", "mallet@example.net"] as const;

/** What mallet's own program sends. */
async function malletsProgram(town: Town) {
  const context = await AccountContext.open({ dir: town.home("mallet"), ports });
  const to = (await lookUpProfile(context, ofAlice, { configured: town.url("com") })).value;
  const request = (text: string, change: Partial<RequestConfirmation> = {}): RequestConfirmation => ({
    MessageId: newNonce(ports.random),
    Sender: ofMallet,
    Recipient: ofAlice,
    Text: text,
    Expires: dateTime(ports.clock.now() + 3600_000),
    ...change,
  });
  const send = (envelope: DareEnvelope) => context.transact({ messages: [{ spool: "MMM_Outbound", envelope, to: [ofAlice] }] });
  const signer = context.keys.accountSignature!;
  return {
    request,
    send,
    close: () => context.close(),
    made: async (value: RequestConfirmation) => (await outgoingMail(context, { struct: RequestConfirmation, value, to, signer })).envelope,
    /** Of a type that nobody knows. */
    unknown: async () =>
      (await outgoingMail(context, { struct: { ...RequestConfirmation, tag: "RequestTask" }, value: request("do it"), to, signer })).envelope,
    large: () =>
      accountMessage({
        struct: RequestConfirmation,
        value: request("x".repeat(1 << 20)),
        signer,
        recipients: [publicKeyOf(to.AccountEncryption)],
        ports,
      }),
  };
}

describe("letters of a hostile contact", (it) => {
  it(
    "are closed unseen, whatever they are, while who means it is answered by the device that its owner has at hand",
    async () => {
      const town = await startTown();
      const { json } = town;
      town.create("alice", ofAlice);
      town.create("bob", ofBob);
      town.create("mallet", ofMallet);
      town.letIn("alice", "phone", "message");
      for (const who of ["bob", "mallet"]) {
        json(who, "contact", "exchange", json("alice", "contact", "dynamic").uri);
        await eventually(`${who} is a contact`, () => {
          json("alice", "account", "sync");
          json(who, "account", "sync");
          return json(who, "contact", "get", ofAlice).standing === "contact";
        });
      }
      const told = join(town.dir, "told");
      const program = join(town.dir, "notify");
      writeFileSync(program, `#!/bin/sh\ncat >> '${told}'\n`);
      chmodSync(program, 0o700);
      const lines = (): { event: string; messageId: string; text?: string; from?: string }[] =>
        (existsSync(told) ? readFileSync(told, "utf8") : "")
          .split("\n")
          .filter(Boolean)
          .map((line) => JSON.parse(line));
      const agent = town.start("phone", "agent", "--on-message", program);

      // Mallet's program.
      const mallet = await malletsProgram(town);
      await throwsMesh(mallet.send(await mallet.large()), "ERR_TOO_LARGE");
      await mallet.send(await mallet.unknown());
      await mallet.send(await mallet.made(mallet.request("as bob", { Sender: ofBob })));
      await mallet.send(await mallet.made(mallet.request("for bob", { Recipient: ofBob })));
      const one = mallet.request("pay 1");
      const envelope = await mallet.made(one);
      await mallet.send(envelope);
      await mallet.send(await mallet.made({ ...one, Text: "pay 1000" }));
      await mallet.send(envelope).catch(() => undefined);
      const texts = (): readonly string[] =>
        json("alice", "message", "pending").pending.map(({ text, type }: { text?: string; type: string }) => text ?? type);
      await eventually("the one that is fit waits", () => texts().includes("pay 1"));

      // Bob, who waits for the answer.
      const asking = town.start("bob", "message", "confirm", ofAlice, "open the gate", "--wait", "120s", "--json");
      const said: Buffer[] = [];
      asking.stdout.on("data", (part) => said.push(part));
      const ended = new Promise((resolve) => asking.on("exit", resolve));
      await eventually("her phone is told", () => lines().some(({ text }) => text === "open the gate"));
      const asked = lines().find(({ text }) => text === "open the gate");
      assert.is(asked?.from, ofBob);
      assert.equal([...texts()].sort(), ["open the gate", "pay 1"], "nothing else was taken");
      json("phone", "message", "accept", asked!.messageId);
      assert.is(await ended, 0);
      const { outcome, deviceUdf, profile } = JSON.parse(Buffer.concat(said).toString());
      assert.equal([outcome, deviceUdf], ["accepted", json("phone", "account", "get").device.udf]);
      assert.is(profile.unconfirmed, undefined, "judged by the profile that her service has now");
      await eventually("it is withdrawn", () => lines().some(({ event, messageId }) => event === "withdrawn" && messageId === asked!.messageId));
      assert.equal(
        lines()
          .filter(({ from }) => from === ofMallet)
          .map(({ text }) => text),
        ["pay 1"],
        "what was closed unseen was told to nobody",
      );

      // The block: what waits of mallet is closed, what comes is refused, and what his program says of it is true.
      assert.is(json("alice", "message", "block", ofMallet).closed, 1);
      await mallet.send(await mallet.made(mallet.request("after the block")));
      await mallet.close();
      const sent = town.run("mallet", "message", "confirm", ofAlice, "once more", "--wait", "60s");
      assert.is(sent.status, 4, sent.stderr);
      const request = town.run("mallet", "contact", "request", ofAlice);
      assert.not.match(request.stderr, /sent; their answer/, "no answer is promised");
      assert.match(request.stderr, /if they accept|takes no message of yours/);
      await eventually("he is told that it was not taken", () =>
        json("mallet", "message", "status").messages.some(
          ({ type, delivery }: { type: string; delivery: string }) => type === "MessageContact" && delivery === "Refused",
        ),
      );
      assert.equal(texts(), []);

      // Bob's service is away: alice's question waits, is told as such, and arrives.
      let late: ReturnType<typeof town.run> | undefined;
      await town.whileDown("net", () => {
        late = town.run("alice", "message", "confirm", ofBob, "are you there", "--wait", "2s");
      });
      assert.is(late?.status, 75, late?.stderr);
      await eventually("it arrives", () => json("bob", "message", "pending").pending.some(({ text }: { text?: string }) => text === "are you there"));
      const [{ messageId }] = json("bob", "message", "pending").pending;
      json("bob", "message", "reject", messageId);
      await eventually("the answer comes", () => json("alice", "message", "status").requests[0].outcome === "rejected");
      agent.kill("SIGTERM");
    },
    { timeoutMs: 300_000 },
  );
});
