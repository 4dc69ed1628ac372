/** What is kept for an account's administrators is not used up by the audit of what others ask: they are refused, and whoever may remove them is not. */
import { isMeshError } from "../../../src/base/errors.ts";
import { assert, describe } from "../../harness/suite.ts";
import { agreement, codes, dealDecrypt, ephemeralKey, joinedDevice, operate } from "../../kit/power.ts";
import { Person, startService } from "../../kit/service.ts";

async function house() {
  const { service } = await startService({ limits: { accountFrames: 160 } });
  const [alice, mallet] = [
    await (await Person.meet("alice@example.com", service.url)).bind(),
    await (await Person.meet("mallet@example.com", service.url)).bind(),
  ];
  await alice.grant(alice.device.link, ["r:MMM_Access", "a:MMM_Access", "r:MMM_Place", "a:MMM_Place"]);
  await mallet.grant(mallet.device.link, ["r:MMM_Access", "a:MMM_Access", "a:MMM_Outbound"]);
  return { alice, mallet };
}

/** Uses a key until the account may hold no more. @returns the words of the refusal */
async function fill(use: () => Promise<unknown>): Promise<string> {
  for (let at = 0; at < 160; at += 1) {
    try {
      await use();
    } catch (error) {
      if (isMeshError(error, "ERR_QUOTA")) return error.message;
      throw error;
    }
  }
  throw new Error("nothing was refused");
}

describe("operate: the audit of what others ask", (it) => {
  for (const who of ["a member of another account", "a device that is no administrator"] as const) {
    it(`uses nothing that is kept for administrators: ${who}`, async () => {
      const { alice, mallet } = await house();
      const own = await dealDecrypt(alice, alice.device.link);
      const phone = await joinedDevice(alice);
      const isMember = who === "a member of another account";
      const { capability } = isMember
        ? await dealDecrypt(alice, mallet.device.link, { GranteeUdf: mallet.udf, GranteeAccount: mallet.address })
        : await dealDecrypt(alice, phone.link);
      const client = isMember ? mallet.client : phone.client;
      const said = await fill(() => operate(client, alice.address, [agreement(capability.Id, ephemeralKey())]));
      assert.match(said, /more are kept for its administration devices/);
      const uses = Array.from({ length: 8 }, () => agreement(own.capability.Id, ephemeralKey()));
      assert.is(codes(await operate(alice.client, alice.address, uses)), Array(8).fill("ok").join(" "));
      await alice.write("MMM_Place", [{ key: "hall", entry: { CatalogedPlace: { Key: "hall", LocalName: "hall" } } }]);
    });
  }
});
