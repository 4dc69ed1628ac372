/** An on-network light of matter.js: `node matter-light.js STORE PORT DISCRIMINATOR PASSCODE`. Prints `ready` when it can be commissioned. */
import { Environment, Logger, ServerNode } from "@matter/main";
import { OnOffLightDevice } from "@matter/main/devices/on-off-light";

Logger.level = "fatal";
const [store, port, discriminator, passcode] = process.argv.slice(2);
const environment = Environment.default;
environment.vars.set("storage.path", store);
const node = await ServerNode.create({
  id: "light",
  environment,
  network: { port: Number(port), ble: false },
  commissioning: { passcode: Number(passcode), discriminator: Number(discriminator) },
});
await node.add(OnOffLightDevice, { id: "onoff" });
await node.start();
process.stdout.write("ready\n");
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
