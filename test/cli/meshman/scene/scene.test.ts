/** Scenes by the commands: understood when they are made, shown in words, said by their names. */
import { join } from "node:path";
import { MeshService } from "../../../../src/provider/index.ts";
import { assert, describe, tempDirectory } from "../../../harness/suite.ts";
import { ports } from "../../../kit/household.ts";
import { machine } from "../../../kit/meshman-terminal.ts";
import { joinAsHub } from "../../../kit/stand-in-hub.ts";

describe("meshman scene", (it) => {
  it(
    "is made of orders in words, shown in words, said by its name, and forgotten",
    async () => {
      const root = tempDirectory();
      const service = new MeshService();
      await service.start({ bind: { kind: "open" }, dir: join(root, "service"), host: "127.0.0.1", port: 0, ...ports });
      const maker = machine(join(root, "maker"), service.url);
      await maker.does("account", "create", "maker@example.com");
      const made = await maker.json("device", "preconfig", "--manufacturer", "Lumen", "--model", "B1", "--out", join(root, "factory"));
      const desk = machine(join(root, "desk"), service.url);
      await desk.does("account", "create", "alice@example.com", "--name", "desk");
      await desk.does("place", "add", "kitchen");
      const { uri } = await desk.json("account", "pin", "--role", "hub");
      const hub = await joinAsHub({ dir: join(root, "hub"), uri, serviceUrl: service.url, letIn: () => desk.does("account", "sync") });
      try {
        await hub.offer(made.devices[0].directory, { LocalName: "ceiling", Place: "kitchen" });
        const { pending } = await desk.json("device", "pending");
        await desk.does("device", "accept", pending[0].code.slice(0, 9));

        assert.match(await desk.fails(65, "scene", "add", "x", "--order", "turn on the piano"), /turn on the piano.*piano/);
        assert.match(await desk.fails(65, "scene", "add", "x", "--order", "turn on the ceiling at seven"), /another time/);
        assert.match(await desk.fails(65, "scene", "add", "x", "--order", "is the ceiling on"), /a question/);
        assert.equal((await desk.json("scene", "list")).scenes, []);
        const added = await desk.json("scene", "add", "movie night", "--alias", "Filmabend", "--order", "set the ceiling to 20 percent");
        assert.equal(
          [added.does, added.orders],
          [["ceiling: brightness 20 %"], [{ command: "Set", deviceUdf: made.devices[0].deviceUdf, arguments: { Brightness: 20 } }]],
        );
        assert.match(await desk.does("scene", "get", "filmabend"), /^movie night: ceiling: brightness 20 %$/m);
        assert.match(await desk.fails(65, "device", "say", "movie night?"), /\?|asked|question/i);
        const group = await desk.run(["device", "group", "add", "evening lamps", "ceiling"]);
        assert.match(group.stdout, /^evening lamps: ceiling$/m);
        assert.match(
          group.stderr,
          /^say it: 'mesh-hub say "turn on evening lamps"' at the hub, or 'meshman device say "turn on evening lamps"' here;/m,
        );
        assert.match(await desk.fails(73, "device", "group", "add", "movie night", "ceiling"), /scene called/);
        assert.match(await desk.fails(66, "device", "group", "add", "others", "piano"), /piano/);
        const away = await desk.json("scene", "add", "leaving", "--order", "turn off the evening lamps");
        assert.equal(away.does, ["ceiling: off"]);
        await desk.does("device", "group", "delete", "evening lamps");

        assert.match(await desk.fails(65, "automation", "add", "turn on the ceiling in ten minutes"), /for once/);
        assert.match(await desk.fails(65, "automation", "add", "turn on the ceiling"), /no time and no condition/);
        assert.match(await desk.fails(65, "automation", "add", "when the piano plays turn on the ceiling"), /condition/);
        assert.equal((await desk.json("automation", "list")).automations, []);
        const dusk = await desk.json("automation", "add", "every day at sunset turn on the ceiling");
        assert.is(dusk.does, "every day at sunset: ceiling: on");
        const rule = await desk.json("automation", "add", "when the ceiling is on for two hours turn it off");
        assert.is(rule.does, "when ceiling is on for 2 h: ceiling: off");
        assert.equal(
          (await desk.json("automation", "list", "--language", "de")).automations.map(({ does }: { does: string }) => does),
          ["jeden Tag bei Sonnenuntergang: ceiling: an", "wenn ceiling an ist seit 2 h: ceiling: aus"],
        );
        assert.match(await desk.does("automation", "pause", "sunset"), /^paused: every day at sunset/m);
        assert.match(await desk.does("automation", "get", dusk.key.slice(0, 9)), /\(paused\)$/m);
        assert.match(await desk.does("automation", "resume", "sunset"), /^goes on: /m);
        assert.match(await desk.fails(64, "automation", "delete", "the ceiling"), /2 automations/);
        assert.match(await desk.fails(65, "device", "say", "every day at sunset turn on the ceiling"), /automation add/);
        await desk.does("automation", "delete", rule.key.slice(0, 9));
        await desk.does("automation", "delete", "sunset");
        assert.equal((await desk.json("automation", "list")).automations, []);
        const both = await desk.json("automation", "add", "every weekday turn on the ceiling at sunset and off at eleven in the evening");
        assert.is(both.does, "on weekdays at sunset: ceiling: on");
        assert.is(both.next.does, "on weekdays at 23:00: ceiling: off");
        for (const { key } of [both, both.next]) await desk.does("automation", "delete", key);
        assert.equal((await desk.json("automation", "list")).automations, []);
        assert.equal((await desk.json("device", "group", "list")).groups, []);
        await desk.does("scene", "delete", "leaving");
        await desk.does("scene", "delete", "movie night");
        assert.equal((await desk.json("scene", "list")).scenes, []);
        await desk.fails(66, "scene", "get", "movie night");
      } finally {
        await hub.context.close();
        await service.stop();
      }
    },
    { timeoutMs: 240_000 },
  );
});
