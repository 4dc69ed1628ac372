/** Commands that talk to the running hub: devices, say, status, onboard. */

import { resolve } from "node:path";
import type { DeviceView, HubClient, HubStatus, OnboardLine, SayRequest, SayResult } from "../../api/index.ts";
import { readFileIfExists } from "../../base/atomic-file.ts";
import type { ErrorCode } from "../../base/errors.ts";
import { catalogue, isMeshError, MeshError } from "../../base/errors.ts";
import { visible } from "../../base/visible.ts";
import { showDue, showTime } from "../term/age.ts";
import { counted } from "../term/counted.ts";
import { deviceCode } from "../term/device-code.ts";
import { report } from "../term/output.ts";
import { withProgress } from "../term/progress.ts";
import { printFields, printTable } from "../term/table.ts";
import type { SoundFlags } from "./aloud.ts";
import type { Invocation } from "./invocation.ts";

/** `devices`: all devices of the account that have a description. */
export async function devices({ output, ports, hub }: Invocation): Promise<void> {
  const found = await hub().devices();
  report(output, { devices: found }, () => {
    if (found.length === 0) return output.say("no devices yet: connect one with 'mesh-hub onboard'");
    const now = ports.clock.now();
    printTable(
      output,
      ["name", "place", "class", "status", "state", "says", "heard", "udf"],
      found.map((device) => [
        device.name,
        device.place.join(" / "),
        device.class,
        statusOf(device),
        device.shown.join(", "),
        device.says ?? "",
        showTime(output, device.lastContact, now),
        device.udf,
      ]),
    );
  });
}

const networkNotes = { refused: "the password is wrong", absent: "not in the air", failed: "not joined yet" } as const;

function statusOf({ status, restored, own, connected, eventsLost, valuesRefused, network }: DeviceView): string {
  const notes = [
    ...(own ? [] : ["another hub"]),
    ...(connected ? [] : ["not registered"]),
    ...(restored ? ["values from before the start"] : []),
    ...(eventsLost === undefined ? [] : [`events lost: ${eventsLost}`]),
    ...(valuesRefused === undefined ? [] : [`values refused: ${valuesRefused}`]),
    ...(network === undefined || network.outcome === "joined" ? [] : [`Wi-Fi ${visible(network.ssid)}: ${networkNotes[network.outcome]}`]),
  ];
  return [status.toLowerCase(), ...(notes.length === 0 ? [] : [`(${notes.join(", ")})`])].join(" ");
}

/** `say`: does what the words say. @returns the exit status: 0 when it was done or answered */
export async function say(call: Invocation, words: string, context: Omit<SayRequest, "text">, flags: SoundFlags = {}): Promise<number> {
  const said = await call.hub().say({ text: words, ...context });
  const status = tellSaid(call, said, context);
  if (flags.speak === true) await (await import("./aloud.ts")).sayAloud(call, said.text, flags);
  return status;
}

/** Shows what became of a sentence. @returns the exit status: 0 when it was done or answered, 64 for a question */
export function tellSaid(
  { output, surroundings }: Invocation,
  result: SayResult & { readonly heard?: string; readonly why?: string },
  { conversation }: Pick<SayRequest, "conversation">,
): number {
  if (result.kind === "done" || result.kind === "answer") {
    report(output, result, () => output.line(result.text));
    return 0;
  }
  const error = failureOf(result);
  if (output.json) output.document({ success: false, ...result, error });
  if (result.kind === "question") {
    output.say(error.message);
    output.say(`next: ${nextOf(result, conversation === surroundings.shell ? undefined : conversation) ?? error.hint}`);
    return error.exitStatus;
  }
  output.say(`error: ${error.message}`);
  output.say(`hint: ${error.hint}`);
  return error.exitStatus;
}

/** `automations`: orders for another time and rules, and what came of them. `remove` and `resume` are keys. */
export async function automations(
  { output, hub, ports }: Invocation,
  { remove, resume }: { readonly remove?: string; readonly resume?: string },
): Promise<void> {
  if (remove !== undefined) {
    const gone = await hub().deleteAutomation({ key: remove });
    return report(output, gone, () => output.line(`deleted: ${gone.said}`));
  }
  if (resume !== undefined) {
    const going = await hub().resumeAutomation({ key: resume });
    return report(output, going, () => output.line(`goes on: ${going.said}`));
  }
  const found = await hub().automations();
  report(output, { automations: found }, () => {
    if (found.length === 0)
      return output.say('nothing waits for its time; say, for example: mesh-hub say "turn off the kitchen light in ten minutes"');
    const now = ports.clock.now();
    printTable(
      output,
      ["next", "what", "said", "by", "last", "key"],
      found.map(({ due, repeats, state, spoken, said, by, last, key }) => [
        due === undefined || state === "paused" || state === "stopped"
          ? (state ?? "over")
          : `${showDue(output, due, now)}${repeats ? ", again and again" : ""}`,
        spoken,
        said,
        by,
        last === undefined ? "" : `${last.text} (${showTime(output, last.at, now)})`,
        key.slice(0, 14),
      ]),
    );
  });
}

/** `scenes`: what can be said by one name. */
export async function scenes({ output, hub }: Invocation): Promise<void> {
  const found = await hub().scenes();
  report(output, { scenes: found }, () => {
    if (found.length === 0) return output.say("no scenes; 'meshman scene add' on a machine of the owner makes one");
    printTable(
      output,
      ["name", "does", "key"],
      found.map(({ name, orders, key }) => [
        name,
        orders.map((order) => `${order.name}: ${order.shown.length === 0 ? order.command : order.shown.join(", ")}`).join("; "),
        key.slice(0, 14),
      ]),
    );
  });
}

function failureOf(result: Extract<SayResult, { kind: "failed" | "question" | "unknown" }>): MeshError {
  switch (result.kind) {
    case "question":
      return new MeshError("ERR_AMBIGUOUS", result.text, hintOf(result));
    case "unknown":
      return new MeshError("ERR_COMMAND", result.text, {
        hint:
          result.suggestions.length === 0
            ? "'mesh-hub devices' shows what is called how, 'mesh-hub scenes' the scenes"
            : `for example: ${result.suggestions.join("; ")}`,
      });
    case "failed": {
      const error = result.targets.find((target) => target.error)?.error;
      // What is no error of the hub's the device has refused.
      if (error === undefined) return new MeshError("ERR_COMMAND", result.text, { hint: "the device itself has refused it" });
      return new MeshError(codeOf(error.code), result.text, error.hint === undefined ? {} : { hint: error.hint });
    }
  }
}

/** Most sentences that are told of what may have been meant. */
const mostTold = 3;

/** How a question is answered. */
function hintOf({ answers, sentence, candidates }: Extract<SayResult, { kind: "question" }>): { readonly hint?: string } {
  if (answers !== undefined) return { hint: `say "${answers.yes}" or "${answers.no}", within ${answers.withinMs / 1000} s` };
  if (sentence !== undefined) return { hint: `if so, say that alone: ${JSON.stringify(sentence)}` };
  const each = candidates.flatMap((candidate) => candidate.sentence ?? []).slice(0, mostTold);
  return each.length === 0 ? {} : { hint: `say which one, for example: ${each.join("; ")}` };
}

/** The same as what is typed next. @param conversation one that is not this shell's */
function nextOf(question: Extract<SayResult, { kind: "question" }>, conversation: string | undefined): string | undefined {
  const { answers } = question;
  if (answers === undefined) return hintOf(question).hint;
  const [yes, no] = [answers.yes, answers.no].map(
    (answer) => `mesh-hub say ${answer}${conversation === undefined ? "" : ` --conversation ${JSON.stringify(conversation)}`}`,
  );
  return `${yes}, or ${no}, within ${answers.withinMs / 1000} s`;
}

function codeOf(text: string | undefined): ErrorCode {
  return text !== undefined && Object.hasOwn(catalogue, text) ? (text as ErrorCode) : "ERR_COMMAND";
}

/** `status`: health first, then the hub itself, then the others. @returns the exit status: not 0 when nothing works */
export async function status({ output, ports, hub }: Invocation): Promise<number> {
  const client = hub();
  const now = await client.status();
  const onboardings = await client.onboardings();
  const problems = problemsOf(now);
  const usable = now.media.some(({ state }) => state === "up");
  report(output, { ...now, onboardings, problems }, () => {
    for (const problem of problems) output.line(`! ${problem}`);
    const time = ports.clock.now();
    printFields(output, [
      ["hub", now.hubUdf],
      ["account", now.account],
      ["started", showTime(output, now.started, time)],
      ["service", now.service.reachable === true ? `reachable, last heard ${showTime(output, now.service.lastSync, time)}` : "away"],
      ["to be published", String(now.outbox.waiting)],
      ["devices", `${now.devices.online} of ${now.devices.total} online`],
      ["events lost", now.devices.eventsLost === undefined ? undefined : `${now.devices.eventsLost}; 'mesh-hub devices' shows of which device`],
      [
        "values refused",
        now.devices.valuesRefused === undefined ? undefined : `${now.devices.valuesRefused}; 'mesh-hub devices' shows of which device`,
      ],
      ["connecting", onboardings.length === 0 ? undefined : onboardings.map(({ id, name }) => name ?? id).join(", ")],
      ["drivers", now.drivers.loaded.join(", ")],
      ...now.media.map(({ name, state, detail }): [string, string] => [name, detail === undefined ? state : `${state}: ${detail}`]),
      ...(now.bridges ?? []).map(({ name, state, devices, refused }): [string, string] => [
        `bridge ${name}`,
        `${state}, ${counted(devices, "device")}${refused.length === 0 ? "" : `; ${refused.length} cannot be taken over`}`,
      ]),
      ["broker port", now.mqttPort === undefined ? undefined : String(now.mqttPort)],
    ]);
    for (const { name, refused } of now.bridges ?? [])
      for (const { foreignId, name: called, reason } of refused)
        output.say(`bridge ${name}: ${visible(called ?? foreignId)} is left out: ${visible(reason)}`);
    if (now.devices.total === 0) output.say("next: mesh-hub onboard URI");
  });
  return usable ? 0 : catalogue.ERR_ADAPTER.exit;
}

/** `alarm`: shows what the service was caught at and which files were damaged; with `clear` all of it counts as seen. @returns the exit status: not 0 while there is one */
export async function alarm({ output, hub }: Invocation, options: { readonly clear: boolean }): Promise<number> {
  if (options.clear) {
    const { cleared } = await hub().clearAlarm();
    report(output, { cleared }, () => output.line(cleared === undefined ? "there was no alarm" : `cleared: ${cleared}`));
    return 0;
  }
  const { service, damaged = [] } = await hub().status();
  const alarms = [...(service.alarm === undefined ? [] : [service.alarm]), ...damaged];
  report(output, { alarm: service.alarm, damaged: damaged.length === 0 ? undefined : damaged }, () => {
    for (const line of alarms.length === 0 ? ["no alarm"] : alarms) output.line(line);
  });
  if (damaged.length > 0) output.say("hint: look at the disk of this machine; what is kept can be deleted then, and 'mesh-hub alarm --clear'");
  if (service.alarm === undefined) return damaged.length === 0 ? 0 : catalogue.ERR_STORE_DAMAGED.exit;
  output.say("hint: compare the heads of 'meshman account status' on your devices; when they agree, 'mesh-hub alarm --clear'");
  return catalogue.ERR_FORK.exit;
}

/** `removed`: hands the owner's evidence to the hub, where the service does not. */
export async function removed({ output, hub, surroundings }: Invocation, file: string): Promise<void> {
  const octets = await readFileIfExists(resolve(surroundings.cwd, file));
  if (!octets) throw new MeshError("ERR_NOT_FOUND", `no file ${file}`, { hint: "'meshman device delete HUB --evidence FILE' writes it" });
  const taken = await hub().removal({ evidence: Buffer.from(octets).toString() });
  report(output, taken, () => output.line(`removed from ${taken.account}${taken.by === undefined ? "" : ` by ${taken.by}`}`));
  output.say("the hub stops now and erases its keys; 'mesh-hub init' joins again, with a new PIN of the owner");
}

function problemsOf({ service, damaged = [], renewal, outbox, media, drivers, bridges = [] }: HubStatus): string[] {
  return [
    ...damaged.map((damage) => `${damage}; see 'mesh-hub alarm'`),
    ...(service.alarm === undefined ? [] : [`the service cannot be trusted (${service.alarm}); see 'mesh-hub alarm'`]),
    ...(service.reachable === false && !(service.reason !== undefined && service.alarm?.endsWith(service.reason))
      ? [`the service does not answer (${service.reason ?? "no reason known"}); the house works, nothing comes from afar; what is reported is kept`]
      : []),
    ...(service.reachable === true && service.reason !== undefined ? [`commands from afar wait: ${service.reason}`] : []),
    ...(renewal.warning === undefined ? [] : [renewal.warning]),
    ...(outbox.reason !== undefined && service.reachable !== false ? [`states wait to be published: ${outbox.reason}`] : []),
    ...media.flatMap(({ name, state, detail }) => (state === "up" ? [] : [`${name} is ${state}${detail === undefined ? "" : `: ${detail}`}`])),
    ...bridges.flatMap(({ name, state, detail }) =>
      state === "up" ? [] : [`bridge ${name} is ${state}${detail === undefined ? "" : `: ${detail}`}`],
    ),
    ...drivers.refused.map(({ file, reason }) => `driver ${file} is not used: ${reason}`),
  ];
}

/** `onboard`: connects a device by its code, with each step as it goes. Errors: that of the step that failed. */
export async function onboard(
  { output, hub, surroundings }: Invocation,
  code: string,
  flags: { readonly name?: string; readonly place?: string; readonly pick?: number },
): Promise<void> {
  const { clock, cwd } = surroundings;
  const uri = await withProgress({ output, clock, doing: "searching the picture for a code" }, () =>
    deviceCode(code, { cwd, pick: flags.pick, clock }),
  );
  let last: OnboardLine | undefined;
  const names = { ...(flags.name === undefined ? {} : { name: flags.name }), ...(flags.place === undefined ? {} : { place: flags.place }) };
  for await (const line of untilInterrupted(hub().onboard({ uri, ...names }))) {
    last = line;
    if (output.json) output.document(line);
    else if (line.state !== "failed") output.say(`${line.step.padEnd(9)} ${line.state === "done" ? "done: " : ""}${line.message}`);
  }
  if (last?.state === "failed") {
    const { error } = last;
    throw new MeshError(codeOf(error?.code), `${last.step}: ${last.message}`, error?.hint === undefined ? {} : { hint: error.hint });
  }
  if (last?.step !== "register" || last.state !== "done") {
    throw new MeshError("ERR_HUB_NOT_RUNNING", "the hub stopped before the device was connected", {
      hint: "start it again: it goes on by itself; 'mesh-hub devices' shows the device then",
    });
  }
  if (output.json) return;
  const { name, deviceUdf = "DEVICE" } = last;
  output.line(`connected ${[name, last.deviceUdf].filter(Boolean).join("  ")}`);
  const rename = `meshman device name ${deviceUdf} ${JSON.stringify(names.name ?? "kitchen light")}`;
  if (names.name !== undefined && name !== undefined && name !== names.name.trim())
    output.say(`the account calls it ${JSON.stringify(name)}; to rename it, on your machine: ${rename}`);
  for (const note of last.notes ?? []) output.say(`note: ${note}`);
  output.say(name === undefined ? `next: on your machine, ${rename}` : `next: ${await nextStep(hub(), { name, deviceUdf })}`);
}

/** What to say to a device that was connected: a command only to one that takes it. */
async function nextStep(client: HubClient, { name, deviceUdf }: { readonly name: string; readonly deviceUdf: string }): Promise<string> {
  const devices = await client.devices().catch(() => []);
  const device = devices.find(({ udf }) => udf === deviceUdf);
  return device?.commands.some(({ arguments: names }) => names.includes("On")) ? `mesh-hub say "turn on ${name}"` : "mesh-hub devices";
}

/** The lines of a stream; an interruption ends the listening, not what the hub does. */
async function* untilInterrupted<T>(lines: AsyncIterable<T>): AsyncIterable<T> {
  try {
    yield* lines;
  } catch (error) {
    if (!isMeshError(error, "ERR_INTERRUPTED")) throw error;
    throw new MeshError("ERR_INTERRUPTED", "interrupted; the hub goes on", {
      hint: "'mesh-hub status' shows what is being connected",
      detail: error.detail,
      cause: error,
    });
  }
}
