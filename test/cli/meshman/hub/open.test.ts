/** `meshman hub list` and `hub open`: a link to the page of a hub that comes from afar, signed and sealed, for who may manage the hub and for nobody else. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { issuePin, sendCommands } from "../../../../src/account/index.ts";
import { hubClass, openPageCommand } from "../../../../src/schema/index.ts";
import { assert, describe } from "../../../harness/suite.ts";
import { makeBridgedHub } from "../../../kit/bridged-hub.ts";
import { eventually } from "../../../kit/eventually.ts";
import { machine } from "../../../kit/meshman-terminal.ts";

const web = { "web.enabled": true, "web.port": 0, "web.tls.port": 0 };

describe("meshman hub", (it) => {
  it(
    "opens the page of a hub from afar, once, and knows its certificate",
    async () => {
      const hub = await makeBridgedHub();
      const { house, alice } = hub;
      const daemon = await hub.start([], web);
      const laptop = machine(house.home("alice"), house.service.url);
      const { hubs } = await laptop.json("hub", "list");
      assert.is(hubs.length, 1);
      assert.is(hubs[0].hubUdf, daemon.hub.status().hubUdf);
      const opened = await laptop.json("hub", "open");
      assert.match(opened.url, /^http:\/\/localhost:\d+\/#link=[A-Za-z0-9_-]{43}$/);
      assert.is(opened.seconds, 60);
      assert.match(opened.fingerprint, /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
      const { origin, hash } = new URL(opened.url);
      const secret = hash.slice("#link=".length);
      const welcome = (await (await fetch(`${origin}/welcome.json`)).json()) as { fingerprint: string };
      assert.is(welcome.fingerprint, opened.fingerprint);
      const signIn = (link: string): Promise<Response> =>
        fetch(`${origin}/v1/session`, {
          method: "POST",
          headers: { origin, "content-type": "application/json" },
          body: JSON.stringify({ link }),
        });
      assert.is((await signIn(secret)).status, 200);
      assert.is((await signIn(secret)).status, 401);
      const text = (await laptop.run(["hub", "open", hubs[0].localName], { isTerminal: true })).stderr;
      assert.match(text, /certificate authority has SHA-256/);
      const audited = await daemon.hub.audit({});
      assert.ok(audited.some(({ command, outcome }) => command === openPageCommand && outcome === "Accept"));
      // The secret of a link is nowhere on the service's disk, nor on the hub's.
      for (const dir of [join(house.dir, "service"), hub.stateDir]) assert.not.ok(contains(dir, secret), dir);

      const enrol = async (name: string, roles: Parameters<typeof issuePin>[1]["roles"]) => {
        const { uri } = await issuePin(alice, { roles, minutes: 10 });
        const joined = machine(house.home(name), house.service.url);
        await joined.does("device", "join", uri, "--name", name);
        await laptop.does("account", "sync");
        await joined.does("device", "complete", "--wait", "20s");
        return joined;
      };
      const watch = await enrol("watch", ["web"]);
      assert.match(await watch.fails(77, "hub", "open"), /role command/);
      assert.match(await laptop.fails(66, "hub", "open", "attic"), /no hub is called/);

      const phone = await enrol("phone", ["web", "command"]);
      const { url } = await phone.json("hub", "open");
      const signedIn = await signIn(new URL(url).hash.slice("#link=".length));
      const cookie = signedIn.headers.get("set-cookie")?.split(";")[0] ?? "";
      const look = async (): Promise<number> => (await fetch(`${origin}/v1/devices`, { headers: { cookie } })).status;
      assert.is(await look(), 200);
      await laptop.does("device", "delete", "phone", "--yes");
      await eventually("the page of a removed phone is signed out", async () => (await look()) === 401);
      await daemon.stop();
      const off = await hub.start([]);
      await eventually("the page is said to be off", async () => /page of this hub is off/.test((await laptop.run(["hub", "open"])).stderr));
      await alice.sync();
      const order = { deviceUdf: off.hub.status().hubUdf, class: hubClass, arguments: [] };
      const [unknown] = await sendCommands(alice, [{ ...order, command: "Explode" }], { seconds: 20 });
      assert.is(unknown?.error?.code, "ERR_COMMAND");
      await off.stop();
      await house.stop();
    },
    { timeoutMs: 180_000 },
  );
});

function contains(dir: string, text: string): boolean {
  return readdirSync(dir, { recursive: true, encoding: "utf8" })
    .map((name) => join(dir, name))
    .some((path) => statSync(path).isFile() && readFileSync(path).includes(text));
}
