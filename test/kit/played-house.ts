/** A house that is played: a device of each class, made from the drivers alone, that does what it is told and tells of it; some of it goes wrong. */
import type { DeviceView, OnboardLine, SayResult } from "../../src/api/index.ts";
import { silentLog } from "../../src/base/log.ts";
import { packagePath } from "../../src/base/package-root.ts";
import { describeDevice, loadDrivers } from "../../src/driver/index.ts";
import { deviceView } from "../../src/hub/hub-view.ts";
import { doneText } from "../../src/hub/onboarding/step.ts";
import { playedOwner } from "./played-owner.ts";
import { scriptedHub, statusOf } from "./scripted-hub.ts";

type Value = boolean | number | string;

/** Names that would be markup, script, a terminal's orders or another direction of writing. */
export const hostileNames: readonly string[] = [
  "<img src=x onerror=document.title='owned'>",
  "</script><script>document.title='owned'</script>",
  "\u202egnidaer\u202c \u0000\u001b[31m {{7*7}} \u0024{7*7} &lt;b&gt;",
  "A".repeat(120),
  "javascript:document.title='owned'",
];

/** Options of the house. */
export interface PlayedHouseOptions {
  /** So many lights more, for pages with much to show. */
  readonly lights?: number;
  readonly names?: readonly string[];
  /** It is a household in one box. */
  readonly ownerHere?: boolean;
  /** Its language has these words for yes and no, and waits so long for them. */
  readonly answers?: NonNullable<Extract<SayResult, { kind: "question" }>["answers"]>;
}

/** The facade of a hub with such a house. */
export function playedHouse({
  lights = 0,
  names = [],
  ownerHere = false,
  answers = { yes: "yes", no: "no", withinMs: 30_000 },
}: PlayedHouseOptions = {}) {
  const drivers = [...loadDrivers({ packageDir: packagePath("drivers"), log: silentLog }).drivers.values()];
  const views = new Map<string, DeviceView>();
  const add = (
    udf: string,
    name: string,
    options: { readonly class: string; readonly place: string; readonly values?: Readonly<Record<string, Value>>; readonly warmest?: number },
  ): void => {
    const driver = drivers.find(({ Class }) => Class === options.class);
    if (!driver) throw new Error(`no driver ${options.class}`);
    const made = describeDevice(driver, { manufacturer: "Lumen", model: "B1", version: "1" });
    const { warmest } = options;
    const isTarget = ({ Name }: { readonly Name: string }): boolean => Name === "Target" && warmest !== undefined;
    const description = { ...made, Properties: made.Properties.map((one) => (isTarget(one) ? { ...one, Maximum: warmest ?? 0 } : one)) };
    const values = Object.entries(options.values ?? {}).map(([Name, Value]) => ({ Name, Value }));
    const shadow = {
      deviceUdf: udf,
      status: "Online",
      updated: 0,
      lastContact: Date.now(),
      restored: false,
      reported: { Values: values, Sequence: 1 },
    };
    const view = deviceView({ udf, name, description, own: true, entry: { Connected: {} } } as never, {
      shadow: shadow as never,
      valuesRefused: 0,
      network: undefined,
      book: { placePath: () => (options.place === "" ? [] : [options.place]), show: () => "" } as never,
    });
    views.set(udf, view);
  };
  add("MAAA-LIGHT", "kitchen light", { class: "light", place: "Kitchen", values: { On: false, Brightness: 40, ColourTemperature: 2700 } });
  add("MAAA-BLENDER", "blender", { class: "blender", place: "Kitchen", values: { Running: false, Speed: 0 } });
  add("MAAA-LOCK", "front door", { class: "lock", place: "Hall", values: { Locked: true } });
  add("MAAA-SENSOR", "hall sensor", { class: "sensor", place: "Hall", values: { Temperature: 21.5, Humidity: 48, Motion: false } });
  add("MAAA-THERMOSTAT", "heating", { class: "thermostat", place: "Living room", values: { Target: 20, Temperature: 19.4 } });
  add("MAAA-BOILER", "boiler", { class: "thermostat", place: "Hall", values: { Target: 20 }, warmest: 90 });
  add("MAAA-PLUG", "desk plug", { class: "plug", place: "", values: { On: true, Power: 31.5 } });
  for (const [i, name] of names.entries()) {
    add(`MBBB-${i}`, name, { class: "light", place: i % 2 === 0 ? name : "Hall", values: { On: false, Label: name } });
  }
  for (let i = 0; i < lights; i++) add(`MCCC-${i}`, `light ${i}`, { class: "light", place: `Room ${i % 20}`, values: { On: false, Brightness: 50 } });

  const report = (udf: string, values: Readonly<Record<string, Value>>, status: DeviceView["status"] = "Online"): void => {
    const known = views.get(udf);
    if (!known) throw new Error(`no device ${udf}`);
    const kept = known.values.filter(({ name }) => values[name] === undefined);
    const next = { ...known, status, values: [...kept, ...Object.entries(values).map(([name, value]) => ({ name, value }))] };
    views.set(udf, next);
    hub.tell({ kind: "state", udf, name: known.name, status, changed: Object.keys(values), values: next.values, at: new Date().toISOString() });
  };
  const said: string[] = [];
  /** Codes whose onboarding does not come to its end. */
  const underWay: { readonly id: string; readonly name: string }[] = [];
  const commands: { readonly device: string; readonly command: string; readonly arguments: readonly { name: string; value: Value }[] }[] = [];
  const change = (udf: string, part: Partial<DeviceView>): void => {
    const known = views.get(udf);
    if (known) views.set(udf, { ...known, ...part });
  };
  const owner = playedOwner({
    tell: (event) => hub.tell(event),
    nameOf: (udf) => views.get(udf)?.name,
    names,
    make: (request) => {
      if (request.kind === "rename") change(request.device, { name: request.name });
      if (request.kind === "move") change(request.device, { place: owner.house.places().find(({ key }) => key === request.place)?.path ?? [] });
      if (request.kind === "remove") views.delete(request.device);
    },
  });
  const hub = scriptedHub({
    house: () => owner.house,
    onboardings: () => underWay,
    automations: () => owner.timers,
    deleteAutomation: async ({ key }) => {
      const [found] = owner.timers.splice(
        owner.timers.findIndex((timer) => timer.key === key),
        1,
      );
      if (!found) throw new Error(`no timer ${key}`);
      return found;
    },
    resumeAutomation: async ({ key }) => {
      const at = owner.timers.findIndex((timer) => timer.key === key);
      const found = owner.timers[at];
      if (!found) throw new Error(`no timer ${key}`);
      owner.timers[at] = { ...found, state: "watching" };
      return owner.timers[at];
    },
    audit: async () => owner.audit,
    auditVerify: async () => ({ first: 1, count: owner.audit.length }),
    status: () => statusOf({ devices: { total: views.size, online: views.size }, ...(ownerHere ? { ownerHere } : {}) }),
    devices: () => [...views.values()],
    history: ({ device }) => ({
      series:
        device === "MAAA-SENSOR"
          ? [{ name: "Temperature", samples: [18, 19, 20].map((value, i) => ({ at: Date.now() - (4 - i) * 600_000, value })) }]
          : [],
    }),
    say: async ({ text }): Promise<SayResult> => {
      said.push(text);
      if (text === "turn on the light")
        return {
          kind: "question",
          text: "which one: light (Hall) or light (Kitchen) or desk light (Hall)?",
          candidates: [
            { udf: "MAAA-1", name: "light", place: ["Hall"], class: "light" },
            { udf: "MAAA-2", name: "light", place: ["Kitchen"], class: "light", sentence: "turn on Kitchen light" },
            { udf: "MAAA-3", name: "desk light", place: ["Hall"], class: "light", sentence: "turn on desk light" },
          ],
        };
      if (text === "it is dark turn on the lamp")
        return {
          kind: "question",
          text: 'did you mean "turn on the lamp"?',
          candidates: [],
          sentence: "turn on the lamp",
          answers,
        };
      if (text === "xyzzy") return { kind: "unknown", text: "that is not a command known here", suggestions: ["turn on the kitchen light"] };
      return { kind: "done", text: `${text}: done`, targets: [] };
    },
    command: async ({ device, command, arguments: args }) => {
      commands.push({ device, command, arguments: args });
      if (device === "MAAA-BLENDER") return { result: "Reject", report: "the lid is open", values: [] };
      report(device, Object.fromEntries(args.map(({ name, value }) => [name, value])));
      return { result: "Accept", values: [] };
    },
    async *onboard({ uri, name }): AsyncIterable<OnboardLine> {
      const steps = ["scan", "find", "describe", "link", "offer", "accept", "deliver", "commit", "register"] as const;
      if (uri.endsWith("SLOW")) underWay.push({ id: "MBQA-SLOW", name: name ?? "slow lamp" });
      for (const step of steps) {
        if (uri.endsWith("SLOW") && step === "accept") await new Promise((resolve) => setTimeout(resolve, 600_000).unref());
        yield { step, state: "started", message: `${step} begins` };
        if (uri.endsWith("LOST") && step === "find") {
          const error = { code: "ERR_DEVICE_NOT_FOUND", message: "no device answers to this code", hint: "power it, bring it near" };
          yield { step, state: "failed", message: error.message, error };
          return;
        }
        yield { step, state: "done", message: doneText[step], ...(step === "register" ? { deviceUdf: "MNEW", name: name ?? "light 7" } : {}) };
      }
    },
  });
  return { hub, owner, report, said, commands, views };
}
