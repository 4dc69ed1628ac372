/** The story of the hub, played with real processes on loopback: from a printed code to a light that answers to its name, and what cannot break it. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fromUtf8 } from "../../base/bytes.ts";
import { MeshError } from "../../base/errors.ts";
import { qrForTerminal } from "../../codec/qr/index.ts";
import type { Bulb } from "./bulb.ts";
import { recordedHail, startBulb, startImpostor } from "./bulb.ts";
import type { Running } from "./cast.ts";
import { decryptedStores, historyOf } from "./history.ts";
import type { Narrator } from "./narrator.ts";
import type { Scene } from "./scene.ts";
import { startHub, startService } from "./scene.ts";
import { searchFiles, searchOctets } from "./sentinel-search.ts";

/** Words that nobody but the owner's devices may ever see; long, so that no chance makes them. */
const secret = {
  name: "SENTINEL-NAME-the-lamp-that-hangs-over-the-kitchen-table-7391",
  place: "SENTINEL-PLACE-the-room-where-alice-keeps-her-pans-2846",
  value: "SENTINEL-VALUE-bought-on-a-rainy-tuesday-in-november-5520",
} as const;

/** What lives through the acts. */
interface Stage {
  readonly scene: Scene;
  readonly narrator: Narrator;
  service: Running;
  hub?: Running;
  readonly bulbs: Bulb[];
}

function must(condition: boolean, what: string): void {
  if (!condition) throw new MeshError("ERR_INTERNAL", `the demo found that this does not hold: ${what}`);
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Asks until the answer is right. */
async function until(what: string, check: () => Promise<boolean>, timeoutMs = 60_000): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!(await check())) {
    must(performance.now() < end, what);
    await sleep(100);
  }
}

/** Plays everything; leaves the processes running. Bulbs are put into the list given as they are powered. */
export async function play(scene: Scene, narrator: Narrator, bulbs: Bulb[]): Promise<void> {
  const stage: Stage = { scene, narrator, service: await openService(scene, narrator), bulbs };
  const pictures = await makeBulbs(stage);
  await createOwner(stage);
  await joinHub(stage);
  await plugIn(stage, pictures);
  const kitchen = await onboard(stage, pictures);
  await speak(stage, kitchen);
  await secondMachine(stage, kitchen);
  await killHub(stage, kitchen);
  await killService(stage, kitchen);
  await searchSecrets(stage, kitchen);
}

async function openService(scene: Scene, narrator: Narrator): Promise<Running> {
  await narrator.step("A Mesh Service Provider starts", "It keeps the accounts' stores and passes messages on. It will read neither.");
  narrator.command(`mesh-service --dir service --open --port ${scene.servicePort}`);
  const running = await startService(scene);
  narrator.fact(`it listens at ${scene.serviceUrl}`);
  return running;
}

const meshman = (stage: Stage, home: string, args: readonly string[]): readonly string[] => [
  "--dir",
  stage.scene.home(home),
  "--service",
  stage.scene.serviceUrl,
  ...args,
];

/** Runs a command of meshman that has to succeed, shows it, and gives its answer. */
async function tell<T>(stage: Stage, home: string, args: readonly string[], options: { readonly onlyPort?: number } = {}): Promise<T> {
  stage.narrator.command(`meshman --dir ${home} ${args.map((arg) => (arg.includes(" ") ? `"${arg}"` : arg)).join(" ")}`);
  return stage.scene.cast.ask<T>("meshman", meshman(stage, home, args), options);
}

/** Runs a command as a person would and shows what it prints. */
async function show(
  stage: Stage,
  program: "mesh-hub" | "meshman",
  home: string | undefined,
  args: readonly string[],
  options: { readonly onlyPort?: number } = {},
): Promise<string> {
  const { scene, narrator } = stage;
  const quoted = args.map((arg) => (arg.includes(" ") ? `"${arg}"` : arg)).join(" ");
  narrator.command(home === undefined ? `${program} ${quoted}` : `${program} --dir ${home} ${quoted}`);
  const [verb = "", ...rest] = args;
  const full = home === undefined ? [verb, ...scene.hubArgs, ...rest] : meshman(stage, home, args);
  const answer = await scene.cast.run(program, full, options);
  narrator.show(answer.stdout || answer.stderr);
  must(answer.status === 0, `${program} ${quoted} succeeds: ${answer.stderr}`);
  return answer.stdout;
}

async function makeBulbs(stage: Stage): Promise<readonly string[]> {
  const { narrator, scene } = stage;
  await narrator.step(
    "The maker makes light bulbs",
    "Each gets a seed, a signed description and a printed code. The code commits to the bulb; the bulb does not know its code.",
  );
  await tell(stage, "maker", ["account", "create", "maker@example.com"]);
  const factory = scene.home("factory");
  await tell(stage, "maker", [
    "device",
    "preconfig",
    "--class",
    "light",
    "--manufacturer",
    "Lumen",
    "--model",
    "B1",
    "--count",
    "3",
    "--out",
    factory,
  ]);
  const folders = (await readdir(factory)).sort().map((name) => join(factory, name));
  must(folders.length === 3, "three bulbs were made");
  for (const folder of folders) {
    const uri = fromUtf8(await readFile(join(folder, "code.txt"))).trim();
    narrator.show(qrForTerminal(uri));
    narrator.show(`${uri}\n${join(folder, "code.png")}`);
  }
  return folders;
}

async function createOwner(stage: Stage): Promise<void> {
  const { narrator, scene } = stage;
  await narrator.step("Alice creates her account; her agent waits", "The keys are made here. The service gets a public profile and sealed stores.");
  await tell(stage, "alice", ["account", "create", "alice@example.com", "--name", "alice's laptop"]);
  await tell(stage, "alice", ["place", "add", "kitchen"]);
  narrator.command("meshman --dir alice agent &");
  scene.cast.start("agent", "meshman", meshman(stage, "alice", ["agent"]));
  await tell(stage, "alice", ["device", "window", "10m", "--class", "light"]);
  narrator.fact("for ten minutes the agent connects lights by itself, and nothing else");
}

async function joinHub(stage: Stage): Promise<void> {
  const { narrator, scene } = stage;
  await narrator.step(
    "The hub joins her account with a PIN",
    "The PIN carries the role hub and the account's fingerprint, so no service can slip in another account.",
  );
  const { uri } = await tell<{ uri: string }>(stage, "alice", ["account", "pin", "--role", "hub", "--name", "hub"]);
  narrator.show(uri);
  narrator.command("mesh-hub init --pin URI");
  const init = ["init", ...scene.hubArgs, "--state-dir", scene.hubDir, "--service", scene.serviceUrl, "--pin", uri];
  const { roles } = await scene.cast.ask<{ roles: readonly string[] }>("mesh-hub", init);
  must(roles.join() === "hub", "the hub has the role hub and no other");
  narrator.fact("it holds the keys of Device, Place, State, Network and Publication; no account key, no administrator key");
  narrator.command("mesh-hub run &");
  stage.hub = await startHub(scene);
  narrator.fact(`its broker listens on port ${scene.brokerPort}`);
}

async function plugIn(stage: Stage, folders: readonly string[]): Promise<void> {
  const { narrator, scene } = stage;
  await narrator.step(
    "Three bulbs and an impostor are powered",
    "Each is a process with an empty environment and one directory: its flash memory. The impostor replays what it heard a bulb say.",
  );
  for (const folder of folders) stage.bulbs.push(await startBulb({ folder, brokerPort: scene.brokerPort }));
  const target = stage.bulbs[1];
  if (!target) throw new MeshError("ERR_INTERNAL", "a bulb is missing");
  stage.bulbs.push(await startImpostor({ dir: scene.home("impostor"), brokerPort: scene.brokerPort, hail: recordedHail(target) }));
  narrator.fact("all four hail; to who has not scanned a code they look alike");
}

async function onboard(stage: Stage, folders: readonly string[]): Promise<Bulb> {
  const { narrator } = stage;
  await narrator.step("Alice scans one code", "The hub is given a picture and nothing else.");
  const [, folder] = folders;
  const bulb = stage.bulbs[1];
  if (!folder || !bulb) throw new MeshError("ERR_INTERNAL", "a bulb is missing");
  const begun = performance.now();
  await show(stage, "mesh-hub", undefined, ["onboard", join(folder, "code.png")]);
  narrator.fact(`found among four, proven, connected, registered in ${((performance.now() - begun) / 1000).toFixed(1)} s`);
  await tell(stage, "alice", ["device", "name", bulb.udf, "kitchen light", "--place", "kitchen"]);
  const other = stage.bulbs.filter((candidate) => candidate !== bulb);
  for (const { device } of other) must((await device.status()).linked !== true, "no other device was connected");
  narrator.fact('named "kitchen light", in the kitchen; the other two and the impostor are still strangers');
  return bulb;
}

async function speak(stage: Stage, bulb: Bulb): Promise<void> {
  const { narrator } = stage;
  await narrator.step("She speaks to it at home", "The hub resolves the name itself. This works without the service and without the Internet.");
  await until("the hub knows the name", async () => {
    const { devices } = await stage.scene.cast.ask<{ devices: readonly { name: string }[] }>("mesh-hub", ["devices", ...stage.scene.hubArgs]);
    return devices.some(({ name }) => name === "kitchen light");
  });
  await show(stage, "mesh-hub", undefined, ["say", "turn on the kitchen light"]);
  must((await bulb.values()).On === true, "the bulb is lit");
  narrator.fact("the bulb itself says that it is on");
}

/** Listed by the second machine. */
interface Listed {
  readonly devices: readonly { readonly deviceUdf: string; readonly localName: string; readonly values?: Readonly<Record<string, unknown>> }[];
}

async function secondMachine(stage: Stage, bulb: Bulb): Promise<void> {
  const { narrator, scene } = stage;
  await narrator.step(
    "Her second machine, away from home",
    "A directory that knows nothing but its own account connection, and a process that can reach the service's port and no other.",
  );
  const away = { onlyPort: scene.servicePort };
  const { uri } = await tell<{ uri: string }>(stage, "alice", ["account", "pin", "--role", "web,command", "--name", "phone"]);
  await tell(stage, "phone", ["device", "request", uri], away);
  await tell(stage, "phone", ["device", "complete", "--wait", "20"], away);
  const seen = async (): Promise<unknown> => {
    const { devices } = await scene.cast.ask<Listed>("meshman", meshman(stage, "phone", ["device", "list"]), away);
    return devices.find(({ deviceUdf }) => deviceUdf === bulb.udf)?.values?.On;
  };
  await until("the phone sees the light on", async () => (await seen()) === true);
  await show(stage, "meshman", "phone", ["device", "list"], away);
  narrator.show("somebody uses the switch at the light");
  await bulb.device.send("switch off");
  await until("the phone sees the switch", async () => (await seen()) === false);
  narrator.fact("the phone sees what was done at the bulb's own switch");
  await bulb.device.send("switch on");
  await until("the phone sees the light on again", async () => (await seen()) === true);
  await show(stage, "meshman", "phone", ["device", "say", "turn off the kitchen light"], away);
  must((await bulb.values()).On === false, "the bulb is dark");
  narrator.fact("switched off from afar: signed by the phone, sealed to the hub, unread by the service");
}

async function killHub(stage: Stage, bulb: Bulb): Promise<void> {
  const { narrator, scene } = stage;
  await narrator.step(
    "The hub is killed in the middle of a command",
    "kill -9 while the bulb is slow to answer. The bulb is not restarted and no code is read again.",
  );
  await bulb.device.send("fault late 1500");
  narrator.command('meshman --dir phone device say "set the kitchen light to 40 percent" &');
  const saying = scene.cast.run("meshman", meshman(stage, "phone", ["device", "say", "set the kitchen light to 40 percent", "--json"]), {
    onlyPort: scene.servicePort,
  });
  await bulb.device.waitFor("command", { timeoutMs: 15_000 }).catch(() => undefined);
  narrator.command("kill -9 HUB");
  await stage.hub?.kill("SIGKILL");
  await bulb.device.send("fault late 0");
  stage.hub = await startHub(scene);
  const answer = await saying;
  must(answer.status === 0, `the command is carried out after the restart: ${answer.stderr}${answer.stdout}`);
  await until("the bulb shows 40 percent", async () => (await bulb.values()).Brightness === 40);
  narrator.fact("the restarted hub finished the command; the phone got its answer");
}

async function killService(stage: Stage, bulb: Bulb): Promise<void> {
  const { narrator, scene } = stage;
  await narrator.step("The service is killed, the bulb lives on, the hub is killed too", "What the bulb reports meanwhile waits on the hub's disk.");
  narrator.command("kill -9 SERVICE");
  await stage.service.kill("SIGKILL");
  const levels = [11, 22, 33, 44];
  for (const level of levels) {
    await bulb.device.send(`set Brightness ${level}`);
    await sleep(450);
  }
  await show(stage, "mesh-hub", undefined, ["say", "turn on the kitchen light"]);
  narrator.fact("without a service the house still obeys");
  await sleep(450);
  narrator.command("kill -9 HUB");
  await stage.hub?.kill("SIGKILL");
  stage.service = await startService(scene);
  stage.hub = await startHub(scene);
  await bulb.device.send("set Brightness 55");
  const wanted = [...levels, 55];
  const brightness = async (): Promise<readonly number[]> => {
    const history = await historyOf(scene.home("phone"), bulb.udf);
    const last = history.map(({ values }) => Number(values.Brightness));
    return last.slice(last.indexOf(11)).filter((level, i, all) => i === 0 || all[i - 1] !== level);
  };
  await until("the phone has every state", async () => (await brightness()).at(-1) === 55);
  must((await brightness()).join() === wanted.join(), `states arrive in order, without gap or duplicate: ${(await brightness()).join()}`);
  const numbers = (await historyOf(scene.home("phone"), bulb.udf)).map(({ sequence }) => sequence);
  must(
    numbers.every((number, i) => i === 0 || number === (numbers[i - 1] ?? 0) + 1),
    `the numbers have no gap: ${numbers.join()}`,
  );
  narrator.fact(`the phone reads ${wanted.join(", ")} percent: nothing lost, nothing twice (entries ${numbers[0]} to ${numbers.at(-1)})`);
}

async function searchSecrets(stage: Stage, bulb: Bulb): Promise<void> {
  const { narrator, scene } = stage;
  await narrator.step(
    "What the service can read",
    "Three long words are set as name, place and value. Its whole disk is searched: raw, and with every Base64 and JSON-B layer decoded.",
  );
  await tell(stage, "alice", ["place", "add", secret.place]);
  await tell(stage, "alice", ["device", "name", bulb.udf, "--alias", secret.name, "--place", secret.place]);
  await bulb.device.send(`set Label ${secret.value}`);
  const words = Object.values(secret);
  await until(
    "alice finds all three in her decrypted stores",
    async () => searchOctets(await decryptedStores(scene.home("alice")), words).size === 3,
  );
  narrator.fact("alice's decrypted stores: name, place and value found");
  const { findings, files, octets, layers } = await searchFiles(scene.serviceDir, words);
  must(findings.length === 0, `the service's disk does not hold ${findings.map(({ word, file }) => `${word} in ${file}`).join("; ")}`);
  narrator.fact(`the service's disk: none, in ${files} files, ${Math.round(octets / 1024)} kB, ${layers} layers decoded`);
}
