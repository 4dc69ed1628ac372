/**
 * A voice satellite in the kitchen speaks to the hub as an assistant does, over Wyoming: it does what does no harm in its own place, in English and German,
 * "it" is what was spoken of there, and a blender runs only when alice's phone has said yes. Real service, hub daemon, devices as processes; the client is
 * written from the protocol's description (`test/kit/wyoming.ts`).
 */
import { addGrant, answerOrder, inspectHubMail, openWindow } from "../../src/account/index.ts";
import { assert, describe, onCleanup } from "../harness/suite.ts";
import { eventually } from "../kit/eventually.ts";
import { freePort } from "../kit/free-port.ts";
import { ports } from "../kit/household.ts";
import { startRemovalHouse } from "../kit/removal-house.ts";
import { infoFaults, WyomingClient } from "../kit/wyoming.ts";

describe("scenario: a satellite", (it) => {
  it(
    "does what is harmless in its place, and asks the owner for the rest",
    async () => {
      const house = await startRemovalHouse();
      onCleanup(() => house.stop());
      const port = await freePort();
      const places = [{ satellite: "assist_satellite.kitchen", place: "kitchen" }];
      const daemon = house.daemon({ "wyoming.enabled": true, "wyoming.port": port, "wyoming.places": places });
      await daemon.start();
      onCleanup(() => daemon.stop());
      const { alice, household } = house.world;
      await openWindow({ dir: alice.dir, minutes: 60, ports });
      const phone = await household.join(alice, "phone", ["web", "command"]);
      const light = await house.device("light", "kitchen light");
      const blender = await house.device("blender", "smoothie blender");
      const isOn = async () => ((await light.process.status()).values as Record<string, unknown>).On;
      const isRunning = async () => ((await blender.process.status()).values as Record<string, unknown>).Running;

      // An assistant opens a connection for each sentence.
      const ask = async (type: string, data: Record<string, unknown> = {}) => {
        const client = await WyomingClient.open(port);
        try {
          return await client.ask(type, data);
        } finally {
          client.close();
        }
      };
      const speak = async (text: string, change: Record<string, unknown> = {}, satellite = "assist_satellite.kitchen") => {
        const context = { conversation_id: "C1", satellite_id: satellite };
        const answer = await ask("transcript", { text, language: "en", context, ...change });
        return `${answer?.type}: ${answer?.data.text}`;
      };

      const info = await ask("describe");
      assert.equal(infoFaults(info?.data ?? {}), []);

      assert.is(await speak("turn on the kitchen light"), "handled: kitchen light is on");
      assert.is(await isOn(), true);
      assert.is(await speak("turn it off"), "handled: kitchen light is off");
      assert.is(await isOn(), false);
      assert.is(await speak("turn on the light"), "handled: kitchen light is on", "the place is the satellite's");
      assert.match(await speak("turn off the light in one second"), /^handled: kitchen light: off, (today|tomorrow) at /);
      await eventually("it is off", async () => (await isOn()) === false);
      assert.match(await speak("schalte kitchen light aus", { language: "de-DE" }), /^handled: kitchen light ist aus/);
      assert.is(await isOn(), false);
      assert.match(await speak("sing a song"), /^not-handled: that is not a command known here/);
      assert.match(
        await speak(`turn on the light ${"please ".repeat(5000)}`),
        /^not-handled: nothing is done: a sentence has at most 256 characters$/,
      );

      assert.is(
        await speak("turn on the kitchen light", {}, "assist_satellite.street"),
        "not-handled: nothing is done: assist_satellite.street has no place in this house yet",
      );
      assert.is(await isOn(), false);

      assert.is(await speak("start the smoothie blender"), "not-handled: smoothie blender: not done; the owner is asked on his devices");
      assert.is(await isRunning(), false);
      await eventually("alice's phone shows it", async () => {
        await phone.sync();
        return (await inspectHubMail(phone)).orders.length === 1;
      });
      assert.is(await isRunning(), false);
      const [question] = (await inspectHubMail(phone)).orders;
      assert.is(question!.value.Principal, "assist_satellite.kitchen (satellite)");
      await answerOrder(phone, question!, true);
      await eventually("the blender runs", async () => (await isRunning()) === true);

      await addGrant(alice, { kind: "satellite", name: "assist_satellite.street", terms: { readOnly: true } });
      await eventually("the hub knows of the grant", async () =>
        (await speak("is the kitchen light on", {}, "assist_satellite.street")).startsWith("handled: no"),
      );
      assert.match(
        await speak("turn on the kitchen light", {}, "assist_satellite.street"),
        /^not-handled: kitchen light: assist_satellite.street \(satellite\) may not/,
      );
      assert.is(await isOn(), false);
    },
    { timeoutMs: 180_000 },
  );
});
