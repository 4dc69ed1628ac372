/**
 * A removed machine together with the service, which show a reader other frames below the heads of the removal than were there (what the service
 * answers is put in place of the true answers). What it wrote up to them stays believed: these frames, not any in their place.
 */
import type { AccountContext } from "../../../src/account/index.ts";
import { addPlace, revokeDevice } from "../../../src/account/index.ts";
import type { ErrorCode } from "../../../src/base/errors.ts";
import { tag } from "../../../src/codec/index.ts";
import type { DareEnvelope } from "../../../src/dare/index.ts";
import { CatalogedPlace } from "../../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import { threeMachines } from "../../kit/household.ts";
import { placesOf } from "../../kit/places-of.ts";
import { groupOf } from "./tamper.ts";

const label = "MMM_Place";
/** The frames of an epoch as the service has them. */
async function framesOf(context: AccountContext, epoch = 0): Promise<readonly DareEnvelope[]> {
  const { Updates } = await context.client.download({ Account: context.address, Select: [{ Container: label, Epoch: epoch, IndexMin: 0 }] });
  return Updates[0]?.Envelopes ?? [];
}

/** Frames that a machine makes to go on from others. */
function goOn(writer: AccountContext, frames: readonly DareEnvelope[], names: readonly string[]): readonly DareEnvelope[] {
  const made = [...frames];
  for (const name of names)
    made.push(...groupOf({ writer, label, after: made, key: name, entry: tag(CatalogedPlace, { Key: name, LocalName: name }) }));
  return made;
}

/** What a service answers of MMM_Place, an epoch after the other; the last is the one that it says is in force. */
function showing({ client }: AccountContext, epochs: readonly (readonly DareEnvelope[])[]): void {
  const inForce = epochs.length - 1;
  const end = (epoch: number) => {
    const frames = epochs[epoch] ?? [];
    const Digest = frames.at(-1)?.trailer?.TreeDigest;
    return { Container: label, ...(epoch === 0 ? {} : { Epoch: epoch }), Index: frames.length, ...(Digest && { Digest }) };
  };
  const [status, download] = [client.status.bind(client), client.download.bind(client)];
  client.status = async (request) => {
    const answer = await status(request);
    return { ...answer, ContainerStatus: answer.ContainerStatus.map((one) => (one.Container === label ? end(inForce) : one)) };
  };
  client.download = async (request) => {
    const others = request.Select.filter(({ Container }) => Container !== label);
    const { Updates } = others.length === 0 ? { Updates: [] } : await download({ ...request, Select: others });
    const shown = request.Select.filter(({ Container }) => Container === label).map(({ Epoch: epoch = inForce, IndexMin: from = 0 }) => ({
      ...end(epoch),
      Envelopes: (epochs[epoch] ?? []).slice(from, from + 6),
    }));
    return { Status: 200, Updates: [...Updates, ...shown] };
  };
}

describe("attack: below the heads of a removal", (it) => {
  for (const [what, names, code] of [
    ["less than there was", ["trap"], "ERR_ROLLBACK"],
    ["as much as there was, and hides what came after", ["trap", "snare"], "ERR_FORK"],
    ["other frames up to the head and the removed machine's after it", ["trap", "snare", "pit"], "ERR_FORK"],
  ] as const satisfies readonly (readonly [string, readonly string[], ErrorCode])[]) {
    it(
      `a reader that is behind is shown ${what}`,
      async () => {
        const { house, alice, laptop, phone } = await threeMachines();
        const common = await framesOf(alice);
        for (const name of ["attic", "cellar"]) await addPlace(alice, { name });
        await revokeDevice(alice, laptop.deviceUdf);
        showing(phone, [goOn(laptop, common, names)]);
        const error = await throwsMesh(() => phone.sync(), code);
        assert.match(error.message, /MMM_Place/);
        assert.equal(placesOf(phone), ["hall"], "nothing of it is believed");
        await house.stop();
      },
      { timeoutMs: 60_000 },
    );
  }

  it(
    "a reader that took other frames in before it met the removal",
    async () => {
      const { house, alice, laptop, phone } = await threeMachines();
      const forged = goOn(laptop, await framesOf(alice), ["trap", "snare"]);
      for (const name of ["attic", "cellar"]) await addPlace(alice, { name });
      showing(phone, [forged]);
      await phone.sync();
      assert.equal(placesOf(phone), ["hall", "snare", "trap"], "it is a member, nobody can know");
      await revokeDevice(alice, laptop.deviceUdf);
      await throwsMesh(() => phone.sync(), "ERR_FORK");
      await house.stop();
    },
    { timeoutMs: 60_000 },
  );

  it(
    "a reader that is an epoch behind is shown another end of that epoch, and of the next one the truth",
    async () => {
      const { house, alice, laptop, phone } = await threeMachines();
      const common = await framesOf(alice);
      await addPlace(alice, { name: "attic" });
      await alice.beginEpochs({ reason: "Compact", stores: [{ label, keyEpoch: 0 }] });
      await addPlace(alice, { name: "cellar" });
      await revokeDevice(alice, laptop.deviceUdf);
      showing(phone, [goOn(laptop, common, ["trap"]), await framesOf(alice, 1)]);
      await throwsMesh(() => phone.sync(), "ERR_FORK");
      assert.equal(placesOf(phone), ["hall"], "nothing of it is believed");
      await house.stop();
    },
    { timeoutMs: 60_000 },
  );

  it(
    "a reader goes on over two epochs that a removed machine wrote in and began (small pages)",
    async () => {
      const { house, alice, laptop, phone } = await threeMachines();
      for (const name of ["attic", "cellar"]) await addPlace(laptop, { name });
      await laptop.beginEpochs({ reason: "Compact", stores: [{ label, keyEpoch: 0 }] });
      await addPlace(laptop, { name: "loft" });
      await laptop.beginEpochs({ reason: "Compact", stores: [{ label, keyEpoch: 0 }] });
      await addPlace(laptop, { name: "shed" });
      await alice.sync();
      await revokeDevice(alice, laptop.deviceUdf);
      await addPlace(alice, { name: "yard" });
      showing(phone, [await framesOf(alice, 0), await framesOf(alice, 1), await framesOf(alice, 2)]);
      await phone.sync();
      assert.equal(placesOf(phone), ["attic", "cellar", "hall", "loft", "shed", "yard"]);
      await house.stop();
    },
    { timeoutMs: 60_000 },
  );
});
