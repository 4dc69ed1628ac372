/** One value is changed in a hub.config.json as people have written it; all else stays, octet by octet. */
import fc from "fast-check";
import { parseCommentedJson } from "../../src/config/commented-json.ts";
import { exampleConfig } from "../../src/config/index.ts";
import { setValue } from "../../src/config/set-value.ts";
import { assert, describe, throwsMesh } from "../harness/suite.ts";

const set = (text: string, path: string, value: unknown): string => setValue(text, path, value, "hub.config.json");

describe("config: one value of the file", (it) => {
  it("puts it in the place of the one that stands there", () => {
    const text = '{\n  // words, "recogniser": "no"\n  "speech": { "recogniser": "off", /* or */ "microphone": "hw:1" }, "stateDir": "."\n}\n';
    assert.is(set(text, "speech.recogniser", "local"), text.replace('"off"', '"local"'));
    assert.is(set(text, "stateDir", "/x"), text.replace('"."', '"/x"'));
  });

  it("takes the comment away from a line that shows what is not set", () => {
    const text = exampleConfig();
    assert.is(set(text, "speech.microphone", "hw:2"), text.replace('// "microphone": "default"', '"microphone": "hw:2",'));
    assert.is(set(text, "account.service.url", "https://a.example"), text.replace(/\/\/ "url": "https:\/\/mmm.*/, '"url": "https://a.example",'));
    assert.is(set(text, "speech.recogniser", "local"), text.replace('"recogniser": "off"', '"recogniser": "local"'));
  });

  it("adds it, with the groups that it needs, where nothing of it is there", () => {
    assert.is(set("{}", "stateDir", "."), '{\n  "stateDir": "."\n}');
    assert.is(set('{ "stateDir": "." }', "speech.recogniser", "local"), '{\n  "speech": { "recogniser": "local" }, "stateDir": "." }');
    assert.is(
      set('{\n  "speech": {\n    "microphone": "x"\n  }\n}', "speech.recogniser", "local"),
      '{\n  "speech": {\n    "recogniser": "local",\n    "microphone": "x"\n  }\n}',
    );
  });

  it("refuses to write into what is no group, and a text that is no configuration", async () => {
    await throwsMesh(() => set('{ "speech": 7 }', "speech.recogniser", "local"), "ERR_CONFIG");
    await throwsMesh(() => set('{ "speech": ["recogniser"] }', "speech.recogniser", "local"), "ERR_CONFIG");
    await throwsMesh(() => set("{", "stateDir", "."), "ERR_CONFIG");
    await throwsMesh(() => set("[]", "stateDir", "."), "ERR_CONFIG");
  });

  it("changes nothing but that value, whatever the tree", () => {
    const name = fc.constantFrom("a", "b", 'c"', "//d", "{e");
    const key = fc.constantFrom("a", "b", "longerName");
    const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.array(fc.string(), { maxLength: 3 }));
    const { tree } = fc.letrec((tie) => ({ tree: fc.oneof(leaf, fc.dictionary(name, tie("tree"), { maxKeys: 4 })) }));
    const root = fc.dictionary(name, tree, { maxKeys: 4 });
    fc.assert(
      fc.property(root, key, key, leaf, (value, first, second, wanted) => {
        const before = JSON.parse(JSON.stringify(value)) as Record<string, Record<string, unknown>>;
        const inner = before[first];
        if (inner !== undefined && (typeof inner !== "object" || inner === null || Array.isArray(inner))) return;
        const text = set(JSON.stringify(value, undefined, 2), `${first}.${second}`, wanted);
        assert.equal(parseCommentedJson(text, "x"), { ...before, [first]: { ...inner, [second]: wanted } });
      }),
    );
  });
});
