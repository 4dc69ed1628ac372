/** A machine that was away while stores began anew several times, for every reason, with a removal between: it goes through all of it. */
import { addPlace, replaceKeys, revokeDevice } from "../../../src/account/index.ts";
import { placeCatalog } from "../../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import { threeMachines } from "../../kit/household.ts";

describe("a machine that is several epochs behind", (it) => {
  it(
    "goes through compactions, a rekey and what a removed administrator had begun",
    async () => {
      const { house, alice, laptop, phone } = await threeMachines();
      const stores = (["MMM_Place", "MMM_Device", "MMM_Access"] as const).map((label) => ({ label, keyEpoch: 0 }));
      for (const [writer, name] of [
        [alice, "attic"],
        [laptop, "cellar"],
        [laptop, "loft"],
      ] as const) {
        await writer.sync();
        await addPlace(writer, { name });
        await writer.beginEpochs({ reason: "Compact", stores });
      }
      await addPlace(laptop, { name: "shed" });
      await revokeDevice(alice, laptop.deviceUdf);
      await replaceKeys(alice);
      await addPlace(alice, { name: "yard" });
      await phone.sync();
      assert.equal(
        phone
          .list(placeCatalog)
          .map(({ value }) => value.LocalName)
          .sort(),
        ["attic", "cellar", "hall", "loft", "shed", "yard"],
      );
      for (const label of ["MMM_Place", "MMM_Device"] as const) {
        assert.is(phone.sizeOf(label).epoch, 4, label);
        assert.is(phone.sizeOf(label).keyEpoch, 1, label);
      }
      assert.is(phone.directory.find(laptop.deviceUdf), undefined);
      await throwsMesh(() => laptop.sync(), "ERR_REVOKED");
      await house.stop();
    },
    { timeoutMs: 120_000 },
  );
});
