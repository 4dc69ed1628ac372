/** A service that is killed between the rounds of a signature, and one that is away then: the nonces are gone, nothing is signed, and the next begins. */
import { join } from "node:path";
import { utf8 } from "../../src/base/bytes.ts";
import { newNonce } from "../../src/crypto/index.ts";
import { assert, describe, tempDirectory, throwsMesh } from "../harness/suite.ts";
import { freePort } from "../kit/free-port.ts";
import { codes, dealSign, joinedDevice, operate, Signing } from "../kit/power.ts";
import { Person } from "../kit/service.ts";
import { startServiceProcess } from "../kit/service-process.ts";

const bodyOf = (text: string): Uint8Array => utf8(JSON.stringify({ MessageContact: { Sender: "alice@example.com", Text: text } }));

describe("a service that is killed between commit and share", (it) => {
  it(
    "answers no second round with nonces of before, and signs the next message",
    async () => {
      const args = ["--dir", join(tempDirectory(), "service"), "--port", `${await freePort()}`];
      const service = await startServiceProcess(args);
      const alice = await (await Person.meet("alice@example.com", service.url)).bind();
      await alice.grant(alice.device.link, ["r:MMM_Access", "a:MMM_Access"]);
      const { link, client } = await joinedDevice(alice);
      const dealt = await dealSign(alice, link);
      const begun = new Signing(dealt, bodyOf("before"));
      const [commitments] = await operate(client, alice.address, [begun.commit]);
      const share = begun.committed(commitments).share();

      await service.end("SIGKILL");
      const away = await throwsMesh(operate(client, alice.address, [share]), "ERR_SERVICE_UNREACHABLE");
      assert.match(away.message, /./);
      await startServiceProcess(args);
      assert.is(codes(await operate(client, alice.address, [share])), "ERR_REPLAY");
      assert.is(codes(await operate(client, alice.address, [begun.share({ session: newNonce({ bytes: (n) => new Uint8Array(n) }) })])), "ERR_REPLAY");

      const next = new Signing(dealt, bodyOf("after"));
      const [again] = await operate(client, alice.address, [next.commit]);
      const [done] = await operate(client, alice.address, [next.committed(again).share()]);
      assert.ok(next.finish(done).length > 0);
      const { frames } = await alice.store("MMM_Audit");
      const told = frames.slice(1).filter(({ header }) => header.SequenceInfo?.IsMeta !== true);
      assert.is(told.length, 1, "one signature, one line of the audit");
      client.close();
      alice.client.close();
    },
    { timeoutMs: 120_000 },
  );
});
