/** `account audit`: what the service did with its shares is shown to administrators, and a service that shows something else is found out. */
import { openAccountEnvelope, readAudit } from "../../../src/account/index.ts";
import { utf8 } from "../../../src/base/bytes.ts";
import { sealEnvelope } from "../../../src/dare/index.ts";
import type { DownloadResponse } from "../../../src/protocol/index.ts";
import { publicKeyOf } from "../../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import type { Household } from "../../kit/household.ts";
import { ports, startHousehold } from "../../kit/household.ts";
import { machine } from "../../kit/meshman-terminal.ts";

async function home(): Promise<Household & Record<"alice" | "phone", Awaited<ReturnType<Household["create"]>>> & { use(): Promise<void> }> {
  const house = await startHousehold();
  const alice = await house.create("alice", "alice@example.com");
  const phone = await house.join(alice, "phone", ["threshold", "command"]);
  await alice.sync();
  const use = async () => {
    const recipients = [publicKeyOf(alice.profile.AccountEncryption)];
    await openAccountEnvelope(phone, sealEnvelope({ plaintext: utf8("a file"), recipients, random: ports.random }));
  };
  return { ...house, alice, phone, use };
}

describe("account audit", (it) => {
  it("shows an administrator who opened what, and nobody else", async () => {
    const { alice, phone, use, service, stop } = await home();
    try {
      const desk = machine(alice.dir, service.url);
      const none = await desk.run(["account", "audit"]);
      assert.is(none.status, 0, none.stderr);
      assert.match(none.stderr, /has used no share/);
      await use();
      await use();
      const { uses, count, lost } = await desk.json("account", "audit");
      assert.equal([count, lost], [2, 0]);
      assert.equal(
        uses.map(({ who, key, operation }: { who: string; key: string; operation: string }) => [who, key, operation]),
        Array(2).fill(["phone", "AccountEncryption", "CryptographicOperationKeyAgreement"]),
      );
      const shown = await desk.run(["account", "audit", "--most", "1"]);
      assert.match(shown.stdout, /phone\s+opened\s+AccountEncryption/);
      assert.match(shown.stderr, /2 uses in this epoch.*the newest 1/);
      const refused = await machine(phone.dir, service.url).run(["account", "audit"]);
      assert.match(refused.stderr, /may not read MMM_Audit/);
      // A group's is its own.
      await desk.does("group", "create", "family@example.com");
      await desk.does("group", "add", "family@example.com", "alice@example.com");
      const group = await desk.json("account", "audit", "family@example.com");
      const operations = group.uses.map(({ operation }: { operation: string }) => operation);
      assert.ok(operations.includes("CryptographicOperationGenerate") && operations.includes("CryptographicOperationShare"), operations.join());
    } finally {
      await stop();
    }
  });

  it("refuses an audit that was cut, changed or not closed by the service", async () => {
    const { alice, use, stop } = await home();
    try {
      await use();
      assert.is((await readAudit(alice, { most: 10 })).count, 1);
      await use();
      const { client } = alice;
      const honest = client.download.bind(client);
      const shows = async (change: (response: DownloadResponse) => DownloadResponse, task: () => Promise<unknown>): Promise<void> => {
        client.download = async (...asked) => change(await honest(...asked));
        try {
          await task();
        } finally {
          client.download = honest;
        }
      };
      const frames = (edit: (envelopes: DownloadResponse["Updates"][number]["Envelopes"]) => typeof envelopes) => (response: DownloadResponse) => ({
        ...response,
        Updates: response.Updates.map((update) => ({
          ...update,
          Index: Math.min(update.Index, edit(update.Envelopes).length),
          Envelopes: edit(update.Envelopes),
        })),
      });
      // Without its last apex the newest entry is nobody's word.
      await shows(
        frames((all) => all.slice(0, 4)),
        async () => assert.is((await readAudit(alice, { most: 10 })).count, 1),
      );
      assert.is((await readAudit(alice, { most: 10 })).count, 2);
      await shows(
        frames((all) => all.slice(0, 3)),
        () => throwsMesh(readAudit(alice, { most: 10 }), "ERR_ROLLBACK"),
      );
      await shows(
        frames((all) =>
          all.map((one, at) =>
            at === 1
              ? {
                  ...one,
                  body: utf8(
                    new TextDecoder()
                      .decode(one.body)
                      .replace("phone", "other")
                      .replace(/"Time":"2/, '"Time":"1'),
                  ),
                }
              : one,
          ),
        ),
        () => throwsMesh(readAudit(alice, { most: 10 }), "ERR_VERIFICATION"),
      );
    } finally {
      await stop();
    }
  });
});
