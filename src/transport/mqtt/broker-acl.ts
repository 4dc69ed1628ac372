/**
 * The access control list that an external Mosquitto needs for the device link, as mosquitto.conf(5) describes it: the hub by its user name, every other
 * client by its own client id, which is the tag. Nothing rests on it: it spares the house strangers who hail for others or write into their streams,
 * and a broker without it can do no more than one that lies.
 */
import { MeshError } from "../../base/errors.ts";
import { linkedUsername } from "./broker/access-policy.ts";
import { downTopic, hailTopic, tagHailTopic, upTopic, whoTopic } from "./topic.ts";

const clientId = "%c";

/** The topics of one device that are written on one side and read on the other. */
export const linkTopics = ["hail", "up", "down"] as const;
export type LinkTopic = (typeof linkTopics)[number];

/** The lines that each takes: of every client, for its own id, and of the hub. */
export const accessTo: Readonly<Record<LinkTopic, { readonly device: string; readonly hub: string }>> = {
  hail: { device: `pattern write ${tagHailTopic(clientId)}`, hub: `topic read ${tagHailTopic("+")}` },
  up: { device: `pattern write ${upTopic(clientId)}`, hub: `topic read ${upTopic("+")}` },
  down: { device: `pattern read ${downTopic(clientId)}`, hub: `topic write ${downTopic("+")}` },
};
const ofDevices = [`topic write ${hailTopic}`, `topic read ${whoTopic}`];

/** The file for a hub that logs in with this name. Errors: ERR_USAGE for a name that no line of the file can hold. */
export function brokerAcl(username: string): string {
  if (username === linkedUsername) throw new MeshError("ERR_USAGE", `${linkedUsername} is the name that devices give: the hub needs another one`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a line break would begin a line of somebody else's choice.
  if (username === "" || /[\u0000-\u001f\u007f]/.test(username) || username !== username.trim()) {
    throw new MeshError("ERR_USAGE", "the hub's name at the broker must not be empty, begin or end with a space, or hold control characters");
  }
  return [
    "# Access to the device link of a Mesh hub, by 'mesh-hub broker acl'. In mosquitto.conf, for each listener of the hub and of devices:",
    "#   acl_file /etc/mosquitto/mesh-hub.acl",
    "# Devices need no login (allow_anonymous true) and reach the topics of their own client id. What other clients of the house may do",
    "# belongs above the first line 'user', for those without a name, or into a 'user' of their own.",
    "",
    "# Devices, each by its client id.",
    ...linkTopics.map((topic) => accessTo[topic].device),
    "# Before they are connected.",
    ...ofDevices,
    `# Connected ones log in as ${linkedUsername}, which a listener without password_file takes at once.`,
    `user ${linkedUsername}`,
    ...ofDevices,
    "",
    "# The hub.",
    `user ${username}`,
    `topic read ${hailTopic}`,
    ...linkTopics.map((topic) => accessTo[topic].hub),
    `topic write ${whoTopic}`,
    "",
  ].join("\n");
}
