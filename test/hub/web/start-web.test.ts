/** The web as a hub brings it up: HTTPS by its own authority, plain HTTP that lets nobody in, an own certificate, and a certificate that is renewed. */
import { statSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { connect } from "node:tls";
import { systemClock } from "../../../src/base/clock.ts";
import { silentLog } from "../../../src/base/log.ts";
import { systemRandom } from "../../../src/base/random.ts";
import { issueServer, makeAuthority } from "../../../src/crypto/index.ts";
import { hubName, serverCertificate } from "../../../src/hub/web/certificates.ts";
import { MdnsResponder } from "../../../src/transport/mdns/responder.ts";
import { ManualClock } from "../../harness/manual-clock.ts";
import { assert, describe, onCleanup, tempDirectory, throwsMesh } from "../../harness/suite.ts";
import { eventually } from "../../kit/eventually.ts";
import { authorityOf, configuredWeb, hubUdf } from "../../kit/web.ts";

const name = hubName(hubUdf);

interface Answer {
  readonly status: number;
  readonly cookie: string;
}

/** Asks over TLS by the hub's name, believing one authority alone. */
function ask(path: string, options: { readonly port: number; readonly ca: string; readonly link?: string }): Promise<Answer> {
  const { port, ca, link } = options;
  const headers = {
    host: `${name}:${port}`,
    ...(link === undefined ? {} : { origin: `https://${name}:${port}`, "content-type": "application/json" }),
  };
  return new Promise((resolve, reject) => {
    const asked = request(
      { host: "127.0.0.1", port, path, servername: name, ca, headers, method: link === undefined ? "GET" : "POST", agent: false },
      (response) => {
        response.resume();
        response.on("end", () => resolve({ status: response.statusCode ?? 0, cookie: String(response.headers["set-cookie"] ?? "") }));
      },
    );
    asked.on("error", reject);
    asked.end(link === undefined ? undefined : JSON.stringify({ link }));
  });
}

describe("the web of a hub", (it) => {
  it("is HTTPS by the hub's own authority, whose cookie is for HTTPS alone", async () => {
    const { dir, door, plain } = await configuredWeb();
    assert.is(name, "hub-maaa-bbbb.local");
    const welcome = (await (await fetch(`${plain}/welcome.json`)).json()) as { port: number; fingerprint: string; hubUdf: string };
    const { fingerprint } = await door.open({});
    assert.equal([welcome.hubUdf, welcome.fingerprint], [hubUdf, fingerprint]);
    const given = new Uint8Array(await (await fetch(`${plain}/authority.crt`)).arrayBuffer());
    const ca = authorityOf(dir);
    assert.is(Buffer.from(given).toString("base64"), ca.replace(/-----[A-Z ]+-----|\n/g, ""));
    for (const file of ["authority.json", "server.json"]) assert.is(statSync(join(dir, "web", file)).mode & 0o777, 0o600);
    const link = (await door.open({})).url.split("#link=")[1] as string;
    const { status, cookie } = await ask("/v1/session", { port: welcome.port, ca, link });
    assert.is(status, 200);
    assert.match(cookie, /^__Host-mesh_session=[\w-]{43}; .*Secure/);
    assert.is((await ask("/v1/devices", { port: welcome.port, ca })).status, 401);
    const other = makeAuthority({ commonName: "other", names: [name], from: Date.now(), days: 10, random: systemRandom });
    let refused = "";
    await ask("/", { port: welcome.port, ca: other.certificate }).catch((error: NodeJS.ErrnoException) => {
      refused = error.code ?? "";
    });
    assert.match(refused, /UNABLE_TO_VERIFY|SELF_SIGNED|SIGNATURE_FAILURE/);
  });

  it("is found by the name in its certificate, where the page is for the house", async () => {
    const found: string[] = [];
    const looking = new MdnsResponder({ interface: "127.0.0.1", clock: systemClock, log: silentLog });
    looking.start();
    onCleanup(() => looking.stop());
    const again = looking.browse("https", {
      found: ({ name: instance, port }) => void found.push(`${instance}:${port}`),
      lost: () => undefined,
    });
    const { plain: link } = await configuredWeb({ "web.addresses": ["0.0.0.0"] });
    const { hostname, port } = new URL(link);
    assert.is(hostname, name);
    await eventually("the hub's name is announced", () => {
      again();
      return found.includes(`${name.replace(".local", "")}:${port}`);
    });
  });

  it("takes no version of TLS that is broken", async () => {
    const { dir, plain } = await configuredWeb();
    const { port } = (await (await fetch(`${plain}/welcome.json`)).json()) as { port: number };
    const code = await new Promise<string>((resolve) => {
      const socket = connect({
        host: "127.0.0.1",
        port,
        servername: name,
        ca: authorityOf(dir),
        maxVersion: "TLSv1.1",
        minVersion: "TLSv1",
        ciphers: "DEFAULT@SECLEVEL=0",
      });
      socket.on("secureConnect", () => resolve("connected")).on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
      onCleanup(() => void socket.destroy());
    });
    assert.is.not(code, "connected");
  });

  it("uses the owner's certificate, and names the file that is no good", async () => {
    const dir = tempDirectory();
    const authority = makeAuthority({ commonName: "owner", names: [name], from: Date.now() - 1000, days: 30, random: systemRandom });
    const { certificate, key } = issueServer(authority, { names: [name], addresses: [], from: Date.now() - 1000, days: 30, random: systemRandom });
    const own = { "web.tls.certificate": join(dir, "own.pem"), "web.tls.key": join(dir, "own.key") };
    await throwsMesh(configuredWeb(own, dir), "ERR_CONFIG");
    writeFileSync(join(dir, "own.pem"), certificate);
    writeFileSync(join(dir, "own.key"), authority.key);
    const error = await throwsMesh(configuredWeb(own, dir), "ERR_CONFIG");
    assert.match(error.message, /web\.tls/);
    writeFileSync(join(dir, "own.key"), key);
    const { plain } = await configuredWeb(own, dir);
    const { port } = (await (await fetch(`${plain}/welcome.json`)).json()) as { port: number };
    assert.is((await ask("/v1/devices", { port, ca: authority.certificate })).status, 401);
    assert.is((await fetch(`${plain}/authority.crt`)).status, 404);
  });
});

describe("the certificate of a hub", (it) => {
  it("stays over restarts, is issued anew before it is over and for another address, and survives a damaged file", async () => {
    const stateDir = tempDirectory();
    const clock = new ManualClock();
    let addresses = ["192.168.1.7"];
    const now = () => serverCertificate({ stateDir, hubUdf, clock, random: systemRandom, addresses: () => addresses });
    const first = await now();
    assert.equal(await now(), first);
    clock.advance(360 * 86_400_000);
    assert.is((await now()).certificate, first.certificate);
    clock.advance(10 * 86_400_000);
    const second = await now();
    assert.is.not(second.certificate, first.certificate);
    assert.is(second.authority, first.authority);
    addresses = ["192.168.1.8"];
    const third = await now();
    assert.is.not(third.certificate, second.certificate);
    writeFileSync(join(stateDir, "web", "server.json"), "{");
    assert.is((await now()).authority, first.authority);
    writeFileSync(join(stateDir, "web", "authority.json"), "");
    assert.is.not((await now()).fingerprint, first.fingerprint);
  });

  it("waits for a time that can be believed", async () => {
    const clock = new ManualClock(1000);
    await throwsMesh(serverCertificate({ stateDir: tempDirectory(), hubUdf, clock, random: systemRandom }), "ERR_BUSY");
  });
});
