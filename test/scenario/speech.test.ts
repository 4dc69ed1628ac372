/**
 * Somebody speaks to the hub in clips: what is said is done, a number is read back and done by "yes", and a blender runs only when alice's phone has said
 * yes, whoever speaks: the clips come over the hub's own socket, as the owner of the machine sends them. Real service, hub daemon, devices and recogniser;
 * the voice is synthetic.
 */
import { answerOrder, inspectHubMail, openWindow } from "../../src/account/index.ts";
import { encodeBase64url } from "../../src/codec/index.ts";
import { writeWav } from "../../src/speech/sound/clip.ts";
import { assert, describe, onCleanup, skipUnless, throwsMesh } from "../harness/suite.ts";
import { eventually } from "../kit/eventually.ts";
import { ports } from "../kit/household.ts";
import { startRemovalHouse } from "../kit/removal-house.ts";
import { speechMissing, spokenClip } from "../kit/spoken-clip.ts";

describe("scenario: speech", (it) => {
  it(
    "does what is said and heard without doubt, reads numbers back, and leaves what may do harm to the owner",
    async () => {
      const missing = speechMissing();
      skipUnless(missing === undefined, `needs ${missing}`);
      const house = await startRemovalHouse();
      onCleanup(() => house.stop());
      const daemon = house.daemon({ "speech.recogniser": "local" });
      await daemon.start();
      onCleanup(() => daemon.stop());
      const { alice, household } = house.world;
      await openWindow({ dir: alice.dir, minutes: 60, ports });
      const phone = await household.join(alice, "phone", ["web", "command"]);
      const light = await house.device("light", "kitchen light");
      const blender = await house.device("blender", "big blender");
      const reported = async (device: typeof light, name: string) => ((await device.process.status()).values as Record<string, unknown>)[name];
      await eventually("the recogniser is up", () => daemon.hub.status().media.some(({ name, state }) => name === "speech" && state === "up"));

      const hear = async (text: string) => {
        const clip = encodeBase64url(writeWav(spokenClip(text)));
        const { heard, said } = await daemon.hub.hear({ clip, conversation: "kitchen" });
        return `${heard}: ${said.kind}: ${said.text}`;
      };
      assert.is(await hear("turn on the kitchen light"), "turn on the kitchen light: done: kitchen light is on");
      assert.is(await reported(light, "On"), true);
      // The voice swallows the "to".
      const forty = /^(set the kitchen light (to )?forty percent): question: did you mean "\1"\?$/;
      assert.match(await hear("set the kitchen light to forty percent"), forty);
      assert.is.not(await reported(light, "Brightness"), 40);
      assert.match(await hear("yes"), /^yes: done: kitchen light: brightness 40 %/);
      assert.is(await reported(light, "Brightness"), 40);
      assert.match(await hear("he never listens to what i say about the weather"), /^undefined: unknown: nothing was understood/);

      assert.match(
        await hear("start the big blender"),
        /^(start|stop) the big blender: (failed: big blender: not done; the owner is asked|question: did you mean)/,
      );
      const asked = async () => {
        await phone.sync();
        return (await inspectHubMail(phone)).orders;
      };
      if ((await asked()).length === 0) await hear("yes");
      assert.is(await reported(blender, "Running"), false);
      await eventually("alice's phone shows it", async () => (await asked()).length === 1);
      const [question] = await asked();
      assert.match(question!.value.Principal, /by voice/);
      assert.is(await reported(blender, "Running"), false);
      await answerOrder(phone, question!, true);
      await eventually("the blender runs", async () => (await reported(blender, "Running")) === true);

      await throwsMesh(() => daemon.hub.hear({ clip: encodeBase64url(writeWav(new Int16Array(16_000 * 16))) }), "ERR_TOO_LARGE");
      await throwsMesh(() => daemon.hub.hear({ clip: "AAAA" }), "ERR_ENCODING");
      assert.match((await daemon.hub.hear({ clip: encodeBase64url(writeWav(new Int16Array(32_000))) })).said.text, /^nothing was understood/);
    },
    { timeoutMs: 240_000 },
  );
});
