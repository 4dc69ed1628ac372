/**
 * Bob, whose account is at another service, is alice's guest: he says sentences to her hub from wherever he is, by messages of his account. He may do what
 * he was granted; what can do harm is put before her; when his time is over nothing of his is taken. Commands as people type them; real services, hub
 * daemon, and devices as processes.
 */
import { answerOrder, inspectHubMail, openWindow } from "../../src/account/index.ts";
import { assert, describe, onCleanup, tempDirectory } from "../harness/suite.ts";
import { eventually } from "../kit/eventually.ts";
import { freePort } from "../kit/free-port.ts";
import { ports } from "../kit/household.ts";
import { machine } from "../kit/meshman-terminal.ts";
import { startRemovalHouse } from "../kit/removal-house.ts";
import { startService } from "../kit/service.ts";

const [ofAlice, ofBob] = ["alice@example.com", "bob@example.net"] as const;
const notFound = 66;
const waits = 75;

describe("scenario: a guest of another service", (it) => {
  it(
    "gives orders by messages of his account, as far as he was granted and for as long",
    async () => {
      const at = { com: await freePort(), net: await freePort() };
      const url = (name: "com" | "net") => `http://127.0.0.1:${at[name]}`;
      const begin = async (name: "com" | "net", dir: string) => {
        const other = name === "com" ? "net" : "com";
        const peers = [{ domain: `example.${other}`, url: url(other) }];
        return (await startService({ dir, port: at[name], domains: [`example.${name}`], peers, limits: { peerRetryMs: 50 } })).service;
      };
      const house = await startRemovalHouse((dir) => begin("com", dir));
      onCleanup(() => house.stop());
      await begin("net", tempDirectory());
      const daemon = house.daemon();
      await daemon.start();
      onCleanup(() => daemon.stop());
      const { alice, household } = house.world;
      await openWindow({ dir: alice.dir, minutes: 60, ports });
      const phone = await household.join(alice, "phone", ["web", "command"]);
      const light = await house.device("light", "kitchen light");
      const blender = await house.device("blender", "smoothie blender");

      const withPeers = ["--peer", `example.com=${url("com")}`, "--peer", `example.net=${url("net")}`];
      const own = machine(alice.dir, url("com"));
      const aliceSays = (...words: string[]) => own.json(...withPeers, ...words);
      const guest = machine(tempDirectory(), url("net"));
      const bobSays = (...words: string[]) => guest.run([...withPeers, ...words]);
      await guest.does(...withPeers, "account", "create", ofBob);

      const { uri } = await guest.json(...withPeers, "contact", "dynamic");
      await aliceSays("contact", "exchange", uri);
      await eventually("bob has alice's contact", async () => {
        await bobSays("account", "sync");
        return (await bobSays("contact", "get", ofAlice)).status === 0;
      });
      assert.is((await bobSays("guest", "say", ofAlice, "turn on the kitchen light")).status, notFound, "nobody has let him in");
      // The house has another hub, which is not running.
      const { hubUdf } = await house.client().status();
      const { told } = await aliceSays("guest", "add", ofBob, "--class", "light,blender", "--until", "1h", "--hub", hubUdf);
      assert.ok(told);
      await eventually("bob is told of alice's hub", async () => {
        const { stdout } = await bobSays("guest", "houses", "--json");
        return JSON.parse(stdout).houses.length === 1;
      });

      const said = (text: string) => bobSays("guest", "say", ofAlice, text, "--wait", "60s");
      const lit = await said("turn on the kitchen light");
      assert.is(lit.status, 0, lit.stderr);
      assert.match(lit.stdout, /kitchen light is on/);
      assert.is(((await light.process.status()).values as Record<string, unknown>).On, true);
      const asked = await said("is the kitchen light on?");
      assert.match(asked.stdout, /kitchen light is on/);
      const dimmed = await said("turn it off");
      assert.is(dimmed.status, 0, dimmed.stderr);
      assert.is(((await light.process.status()).values as Record<string, unknown>).On, false);

      const blended = await said("start the smoothie blender");
      assert.is(blended.status, waits, blended.stderr);
      assert.is(((await blender.process.status()).values as Record<string, unknown>).Running, false);
      await eventually("alice's phone shows it", async () => {
        await phone.sync();
        return (await inspectHubMail(phone)).orders.length === 1;
      });
      const [question] = (await inspectHubMail(phone)).orders;
      assert.match(question!.value.Principal, /\(guest\)$/);
      await answerOrder(phone, question!, true);
      await eventually("the blender runs", async () => ((await blender.process.status()).values as Record<string, unknown>).Running === true);

      const lines = await house.client().audit({});
      const kinds = lines.map(({ kind, command, outcome }) => `${kind} ${command} ${outcome}`);
      assert.ok(kinds.includes("guest Set Accept"), kinds.join());
      assert.ok(kinds.includes("guest Start ERR_CONFIRMATION_NEEDED"), kinds.join());

      await aliceSays("guest", "delete", ofBob);
      await eventually("bob is told that it is over", async () => (await said("turn on the kitchen light")).status === notFound);
      assert.is(((await light.process.status()).values as Record<string, unknown>).On, false);
    },
    { timeoutMs: 240_000 },
  );
});
