/** A service of somebody else that takes a question and never answers, or answers late: the machine that asks is its owner's again soon. */
import { once } from "node:events";
import type { RequestListener } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { systemRandom } from "../../../src/base/random.ts";
import { encryptionUdf, formatConnectUri } from "../../../src/crypto/index.ts";
import { assert, describe, onCleanup } from "../../harness/suite.ts";
import { startHousehold } from "../../kit/household.ts";
import { machine } from "../../kit/meshman-terminal.ts";
import { startService } from "../../kit/service.ts";

/** Alice's laptop, and the service of silent.example that does as it is told. */
async function besideOf(listener: RequestListener) {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  const house = await startHousehold();
  onCleanup(async () => {
    server.closeAllConnections();
    server.close();
    await house.stop();
  });
  const alice = machine(house.home("alice"), house.service.url);
  await alice.does("account", "create", "alice@example.com");
  return { server, alice, peer: `silent.example=http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** What a true service answers; nothing when the test is over. */
async function answerOf(url: string, type: string, body: Uint8Array) {
  try {
    const answer = await fetch(url, { method: "POST", headers: { "content-type": type }, body });
    return {
      status: answer.status,
      headers: { "content-type": answer.headers.get("content-type") ?? "" },
      body: Buffer.from(await answer.arrayBuffer()),
    };
  } catch {
    return { status: 502, headers: {}, body: "" };
  }
}

/** A printed code that the maker of silent.example would have published. */
const printed = formatConnectUri({ account: "maker@silent.example", code: encryptionUdf(systemRandom.bytes(16)) });

const questions: readonly (readonly string[])[] = [
  ["contact", "add", "mallet@silent.example"],
  ["account", "connect", printed, "--role", "web"],
];

const said = questions.map((words) => `'${words.slice(0, 2).join(" ")}'`).join(", ");

/** Each question in a house of its own, at once: all of it is waiting. */
async function all(ask: (words: readonly string[]) => Promise<void>): Promise<void> {
  await Promise.all(questions.map(ask));
}

describe("somebody else's service that never answers", (it) => {
  it(`is asked once by each of ${said}, and other commands get their turn meanwhile`, () =>
    all(async (words) => {
      let asked = 0;
      const { server, alice, peer } = await besideOf(() => void asked++);
      const question = once(server, "request");
      const hung = alice.fails(69, "--peer", peer, ...words);
      await question;
      await alice.does("contact", "list");
      await hung;
      assert.is(asked, 1, words.join(" "));
    }));

  it(`has one patience for all answers that each of ${said} needs`, () =>
    all(async (words) => {
      const { url } = (await startService()).service;
      const { server, alice, peer } = await besideOf(async (request, response) => {
        const parts: Buffer[] = [];
        for await (const part of request) parts.push(part as Buffer);
        // Below the patience for one answer.
        await new Promise((resolve) => setTimeout(resolve, 6000).unref());
        const type = request.headers["content-type"] ?? "";
        const { status, headers, body } = await answerOf(`${url}${request.url}`, type, Buffer.concat(parts));
        response.writeHead(status, headers);
        response.end(body);
      });
      const question = once(server, "request");
      const hung = alice.fails(69, "--peer", peer, ...words);
      await question;
      await alice.does("contact", "list");
      // What was left for the last answer.
      assert.match(await hung, /no answer within [0-4]?\d{1,3} ms|more than 10 s/, words.join(" "));
    }));
});
