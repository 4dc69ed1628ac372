/**
 * Commissions a light of matter-light.js and toggles it: `node matter-control.js STORE PORT DISCRIMINATOR PASSCODE known|mdns TOGGLES`.
 * Prints one line of JSON: commissioning in ms (from commissionNode to its end), controllable in ms (to the first acknowledged toggle, a
 * connection to the node included), toggles in ms, RSS in MB. Starting the program and the controller is no part of it.
 */
import { Environment, Logger } from "@matter/main";
import { GeneralCommissioning, OnOff } from "@matter/main/clusters";
import { CommissioningController } from "@project-chip/matter.js";

Logger.level = "fatal";
const [store, port, discriminator, passcode, how, toggles] = process.argv.slice(2);
const environment = Environment.default;
environment.vars.set("storage.path", store);
const controller = new CommissioningController({ environment: { environment, id: "controller" }, autoConnect: false, adminFabricLabel: "bench" });
await controller.start();
const begun = performance.now();
const nodeId = await controller.commissionNode({
  commissioning: { regulatoryLocation: GeneralCommissioning.RegulatoryLocationType.IndoorOutdoor, regulatoryCountryCode: "XX" },
  discovery: {
    ...(how === "known" ? { knownAddress: { type: "udp", ip: "127.0.0.1", port: Number(port) } } : {}),
    identifierData: { longDiscriminator: Number(discriminator) },
    discoveryCapabilities: { onIpNetwork: true },
  },
  passcode: Number(passcode),
});
const commissioning = performance.now() - begun;
const node = await controller.getNode(nodeId);
if (!node.initialized) await node.events.initialized;
const [device] = node.getDevices();
const onOff = device.getClusterClient(OnOff.Complete ?? OnOff.Cluster);
await onOff.toggle();
const controllable = performance.now() - begun;
const times = [];
for (let turn = 0; turn < Number(toggles); turn += 1) {
  const sent = performance.now();
  await onOff.toggle();
  times.push(performance.now() - sent);
  await new Promise((resolve) => setTimeout(resolve, 5));
}
process.stdout.write(`${JSON.stringify({ commissioning, controllable, toggles: times, rss: process.memoryUsage().rss / 1e6 })}\n`);
process.exit(0);
