/** alice and bob as a process that trusts the test's certificate: alice sends bob a message, both at services that are named by their URLs. */
import { Person } from "../../kit/service.ts";
import { contactFrom, inbound, send } from "../../kit/two-services.ts";

const [com = "", net = ""] = process.argv.slice(2);
const alice = await (await Person.meet("alice@example.com", com)).bind();
const bob = await (await Person.meet("bob@example.net", net)).bind();
await send(alice, [contactFrom(alice)], [bob.address]);
process.stdout.write("sent\n");
while ((await inbound(bob)).length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
process.stdout.write("received\n");
process.exit(0);
