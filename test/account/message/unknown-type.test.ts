/** Messages of a type that nobody here knows: shown by their type, closed unread by an administrator's word, for who joins later, too. */
import { type AccountContext, inspectWaiting, revokeDevice } from "../../../src/account/index.ts";
import { newNonce } from "../../../src/crypto/index.ts";
import { assert, describe } from "../../harness/suite.ts";
import { type Household, ports, startHousehold } from "../../kit/household.ts";
import { messageOf } from "../../kit/malformed.ts";
import { machine } from "../../kit/meshman-terminal.ts";

const address = "alice@example.com";

describe("a message of an unknown type", (it) => {
  let house: Household;
  let alice: AccountContext;
  it.before(async () => {
    house = await startHousehold();
    alice = await house.create("alice", address);
  });
  it.after(() => house.stop());

  const send = async (...types: readonly string[]): Promise<void> => {
    const Inbound = types.map((type) => messageOf({ type, body: {} }));
    await alice.client.transact({ Account: address, RequestId: newNonce(ports.random), Inbound });
  };
  const shown = async (context: AccountContext): Promise<readonly string[]> => {
    await context.sync();
    return (await inspectWaiting(context)).waiting.map(({ type }) => type);
  };

  it(
    "is closed by an administrator alone, and stays so for who joins later, also when the one who closed it was removed",
    async () => {
      const laptop = await house.join(alice, "laptop", ["admin"]);
      const phone = await house.join(alice, "phone", ["web"]);
      await send("Invitation2031", "Parcel2031", "Letter2031");
      for (const context of [alice, laptop, phone]) assert.equal(await shown(context), ["Invitation2031", "Parcel2031", "Letter2031"]);
      const nameOf = async (type: string): Promise<string> =>
        (await inspectWaiting(alice)).waiting.find((message) => message.type === type)?.messageId ?? "";
      const at = (name: string) => machine(house.home(name), house.service.url);
      const [first, second] = [await nameOf("Invitation2031"), await nameOf("Parcel2031")];
      assert.match(await at("phone").fails(2, "message", "reject", first), /hint: .*on an administration device/);
      assert.match(await at("alice").fails(2, "message", "accept", first), /hint: .*'meshman message reject' closes it unread/);
      await at("alice").does("message", "reject", first);
      await at("laptop").does("message", "reject", second);
      for (const context of [alice, laptop, phone]) assert.equal(await shown(context), ["Letter2031"]);
      const desk = await house.join(alice, "desk", ["admin"]);
      assert.equal(await shown(desk), ["Letter2031"]);
      await revokeDevice(alice, laptop.deviceUdf);
      for (const context of [alice, phone, desk, await house.join(alice, "den", ["web"])]) assert.equal(await shown(context), ["Letter2031"]);
    },
    { timeoutMs: 120_000 },
  );
});
