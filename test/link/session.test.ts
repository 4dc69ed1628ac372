import { plainKey } from "../../src/crypto/key.ts";
import { closeFrame, closeReason, frameType } from "../../src/link/frame.ts";
import { describe as describeDevice } from "../../src/link/initiator.ts";
import type { LinkMessage } from "../../src/link/verb.ts";
import { assert, describe, throwsMesh, within } from "../harness/suite.ts";
import { bench, settle } from "./bench-pair.ts";

const command = { Command: "on", Arguments: [{ Name: "on", Value: true }] } as const;

describe("link session", (it) => {
  for (const curve of ["X25519", "X448"] as const) {
    for (const [medium, maxPacket] of [
      ["mqtt", 8192],
      ["tcp", 16_384],
      ["ble", 64],
    ] as const) {
      it(`carries requests both ways, ${curve} over ${medium}`, async () => {
        const { link, sessions, hubKey, deviceKey, responder } = bench({ curve, medium, maxPacket });
        const hub = await link();
        await settle();
        const [device] = sessions;
        assert.ok(device);
        assert.is(responder.session, device);
        assert.is(device!.mode, "linked");
        assert.equal(device!.handshakeHash, hub.handshakeHash);
        assert.is(device!.remoteStatic.udf, plainKey(hubKey.public).udf);
        assert.is(hub.remoteStatic.udf, deviceKey.public.udf);
        const result = await hub.request("Command", command);
        assert.is(result.Result, "Accept");
        assert.is(result.State?.Values[0]?.Value, true);
        const { Contribution } = await hub.request("Describe", {});
        assert.equal(Contribution, Uint8Array.of(1, 2, 3));

        const seen: LinkMessage[] = [];
        hub.onMessage((message) => {
          seen.push(message);
          return { tag: "Result", value: { Result: "Accept" } };
        });
        await device!.notify("State", { Sequence: 5, Values: [], Cause: "switch" });
        assert.is((await device!.request("State", { Sequence: 6, Values: [] })).Result, "Accept");
        assert.equal(
          seen.map(({ tag, value }) => [tag, value.Id]),
          [
            ["State", undefined],
            ["State", 1],
          ],
        );
      });
    }
  }

  it("carries large messages in parts, and refuses larger ones without harm", async () => {
    for (const maxPacket of [64, 182, 8192]) {
      const { link, sessions } = bench({ medium: "ble", maxPacket });
      const hub = await link();
      await settle();
      let length = 0;
      sessions[0]!.onMessage((message) => {
        if (message.tag === "Deliver") length = message.value.Sealed.length;
        return { tag: "Result", value: { Result: "Accept" } };
      });
      await hub.request("Deliver", { Sealed: new Uint8Array(16_000) });
      assert.is(length, 16_000);
      await throwsMesh(hub.request("Deliver", { Sealed: new Uint8Array(16_384) }), "ERR_TOO_LARGE");
      await hub.request("Ping", {});
    }
  });

  it("keeps messages that come before the listener", async () => {
    const { link } = bench({
      device: {
        onSession: (session) => {
          void session.notify("State", { Sequence: 1, Values: [], Cause: "start" });
        },
      },
    });
    const hub = await link();
    await settle();
    const seen: string[] = [];
    hub.onMessage((message) => {
      seen.push(message.tag);
      return undefined;
    });
    assert.equal(seen, ["State"]);
  });

  it("rejects verbs nobody handles, and unknown ones, and goes on", async () => {
    const { link } = bench();
    const hub = await link();
    assert.is((await hub.request("Provision", { Ssid: "home", Password: "secret" })).Result, "Reject");
    await throwsMesh(hub.request("Sign", { Body: Uint8Array.of(1) }), "ERR_REJECTED");
    assert.is((await hub.request("Command", { ...command, Command: "x".repeat(100) })).Result, "Accept");
  });

  it("wants each answer from its own verb: a Result in its place is a refusal, another one a fault", async () => {
    const { link, sessions } = bench();
    const hub = await link();
    await settle();
    const point = new Uint8Array(32).fill(7);
    hub.onMessage(({ tag }) => {
      if (tag === "Agree") return { tag: "Agreed", value: { Share: point } };
      if (tag === "Sign") return { tag: "Commitment", value: { Commitment: point } };
      if (tag === "Signature") return { tag: "Result", value: { Result: "Reject", ErrorReport: "no", ErrorCode: "ERR_REPLAY" } };
      return { tag: "Agreed", value: { Share: point } };
    });
    const [device] = sessions;
    assert.equal((await device!.request("Agree", { Ephemeral: point })).Share, point);
    assert.equal((await device!.request("Sign", { Body: point })).Commitment, point);
    assert.is((await device!.request("Signature", { Commitment: point, R: point, Share: point })).ErrorCode, "ERR_REPLAY");
    await throwsMesh(device!.request("Ping", {}), "ERR_LINK");
    sessions[0]!.onMessage(({ tag }) =>
      tag === "Challenge"
        ? { tag: "Nonce", value: { Nonce: point, Seconds: 10 } }
        : { tag: "Result", value: { Result: "Reject", ErrorReport: "not now", ErrorCode: "ERR_BUSY" } },
    );
    assert.is((await hub.request("Challenge", { Seconds: 30 })).Seconds, 10);
    const refused = await throwsMesh(hub.request("Describe", {}), "ERR_REJECTED");
    assert.match(refused.message, /Describe was refused: not now/);
    assert.equal(refused.detail, { code: "ERR_BUSY" });
  });

  it("reports a handler's MeshError, and not a defect's text", async () => {
    const { link, sessions } = bench();
    const hub = await link();
    await settle();
    sessions[0]!.onMessage(() => {
      throw new Error("a secret path");
    });
    assert.is((await hub.request("Ping", {})).ErrorReport, "internal error");
  });

  it("times out requests and takes late answers for nothing", async () => {
    const { link, sessions, clock } = bench();
    const hub = await link();
    await settle();
    let answer = (): void => undefined;
    sessions[0]!.onMessage(() => new Promise((resolve) => (answer = () => resolve({ tag: "Result", value: { Result: "Accept" } }))));
    const request = hub.request("Ping", {}, { timeoutMs: 4999.985168999992 });
    await settle();
    clock.advance(5001);
    assert.is((await throwsMesh(request, "ERR_TIMEOUT")).message, "no answer to Ping within 5 s");
    answer();
    await settle();
    assert.not(hub.isClosed);
  });

  it("bounds what waits", async () => {
    const { link, sessions } = bench();
    const hub = await link();
    await settle();
    sessions[0]!.onMessage(() => new Promise(() => undefined));
    const waiting = Array.from({ length: 32 }, () => hub.request("Ping", {}));
    for (const request of waiting) request.catch(() => undefined);
    await throwsMesh(hub.request("Ping", {}), "ERR_LINK");
    await hub.close();
    for (const request of waiting) await throwsMesh(request, "ERR_LINK");
  });

  it("tells both sides when it is closed, by either or by the stream", async () => {
    for (const end of ["hub", "device", "stream"] as const) {
      const { link, sessions, hubEnd } = bench();
      const hub = await link();
      await settle();
      const device = sessions[0]!;
      let closed = 0;
      hub.onClose(() => closed++);
      device.onClose(() => closed++);
      await (end === "stream" ? hubEnd : end === "hub" ? hub : device).close();
      await settle();
      assert.is(closed, 2, end);
      await throwsMesh(hub.request("Ping", {}), "ERR_LINK");
      await throwsMesh(device.notify("State", { Sequence: 1, Values: [] }), "ERR_LINK");
    }
  });

  it("ends with the stream in the middle of a handshake", async () => {
    const { link, fromHub, hubEnd } = bench();
    fromHub.current = () => [];
    const opening = link();
    await settle();
    await hubEnd.close();
    await throwsMesh(within(1000, opening), "ERR_LINK");
  });
});

describe("link handshake", (it) => {
  it("fails under another psk, and the device has met nobody", async () => {
    const { link, sessions } = bench();
    await throwsMesh(link({ psk: new Uint8Array(32).fill(9) }), "ERR_VERIFICATION");
    await settle();
    assert.is(sessions.length, 0);
  });

  it("is refused for another device key, id, mode, hub or epoch", async () => {
    const { hubKey } = bench();
    for (const changes of [{ remote: hubKey.public }, { id: "MBBB" }, { hubUdf: "MBBB" }, { dealEpoch: 4 }]) {
      const { link, sessions } = bench();
      await throwsMesh(link(changes), "ERR_LINK");
      assert.is(sessions.length, 0);
    }
    const shut = bench({ device: { identity: (mode) => (mode === "linked" ? undefined : { local: hubKey, id: "MBBB" }) } });
    await throwsMesh(shut.link(), "ERR_LINK");
  });

  it("cannot be carried to another medium", async () => {
    const { link, hubStream } = bench();
    await throwsMesh(link({ stream: { ...hubStream, medium: "tcp" } }), "ERR_LINK");
  });

  it("shows a wrong hub key only to the device, which then decides", async () => {
    const { link, sessions, deviceKey } = bench();
    const hub = await link({ local: deviceKey });
    await settle();
    assert.is(sessions[0]!.remoteStatic.udf, deviceKey.public.udf);
    assert.not(hub.isClosed);
  });

  it("believes the hub only at its first transport frame", async () => {
    const { link, sessions, fromHub } = bench();
    fromHub.current = (packet) => (packet[0] === frameType.transport ? [] : [packet]);
    await link();
    await settle();
    assert.is(sessions.length, 0);
  });

  it("tells its stream who has proven itself: the hub always, the device where it is known as one of the house", async () => {
    const { link, proven } = bench();
    await (await link({ mode: "onboard" })).close();
    await settle();
    assert.equal(proven, ["the hub"]);
    await link();
    await settle();
    assert.equal(proven.slice(1).sort(), ["the device", "the hub"]);
  });

  it("half open does not evict a live session; a proven one does", async () => {
    const { link, sessions, fromHub } = bench();
    const hub = await link();
    await settle();
    const listening = hub;
    const first = sessions[0]!;
    // The first half of a handshake, as a stranger with the description could make it.
    const { link: strangerLink, fromHub: strangerTap } = bench();
    let message1 = new Uint8Array(0);
    strangerTap.current = (packet) => {
      message1 = packet.slice();
      return [];
    };
    strangerLink().catch(() => undefined);
    await settle();
    for (let count = 0; count < 20; count++) {
      fromHub.current = (packet) => [message1, packet];
      await listening.request("Ping", {});
    }
    assert.is(sessions.length, 1);
    assert.not(first.isClosed);
    fromHub.current = (packet) => [packet];
  });

  it("a second handshake replaces the first session, also with frames of the old one under way", async () => {
    const { link, sessions, clock } = bench();
    const old = await link();
    await settle();
    await old.request("Ping", {});
    const late = sessions[0]!.notify("State", { Sequence: 1, Values: [] });
    old.end();
    clock.advance(60_000);
    const hub = await link();
    await late;
    await settle();
    assert.ok(sessions[0]!.isClosed);
    assert.not(sessions[1]!.isClosed);
    assert.is((await hub.request("Command", command)).Result, "Accept");
  });

  it("a refusal, or a stranger who provokes one, does not end a live session", async () => {
    const { link, sessions, hubEnd, deviceEnd, fromHub } = bench();
    const hub = await link();
    await settle();
    await hubEnd.send(closeFrame(closeReason.refused));
    await deviceEnd.send(closeFrame(closeReason.refused));
    fromHub.current = (packet) => [Uint8Array.of(frameType.handshake1, 0, 2, 1, 7), packet];
    assert.is((await hub.request("Command", command)).Result, "Accept");
    await settle();
    assert.not(sessions[0]!.isClosed);
    assert.not(hub.isClosed);
  });

  it("forgets a half-open handshake", async () => {
    const { link, sessions, fromHub, hubEnd, clock } = bench();
    let confirm = new Uint8Array(0);
    fromHub.current = (packet) => {
      if (packet[0] !== frameType.transport) return [packet];
      confirm = packet.slice();
      return [];
    };
    await link();
    clock.advance(10_001);
    await hubEnd.send(confirm);
    await settle();
    assert.is(sessions.length, 0);
  });

  it("limits handshakes by rate", async () => {
    const { link, clock } = bench();
    for (let count = 0; count < 4; count++) (await link()).end();
    const fifth = link();
    await settle();
    clock.advance(5001);
    await throwsMesh(fifth, "ERR_TIMEOUT");
    await link();
  });
});

describe("describe", (it) => {
  it("gives the sealed description twice per connection, in parts where needed", async () => {
    for (const maxPacket of [64, 8192]) {
      const { hubStream, clock } = bench({ maxPacket });
      for (let count = 0; count < 2; count++) {
        assert.equal(await describeDevice({ stream: hubStream, clock, timeoutMs: 1000 }), new Uint8Array(3000).fill(7));
      }
      const third = describeDevice({ stream: hubStream, clock, timeoutMs: 1000 });
      await settle();
      clock.advance(1001);
      await throwsMesh(third, "ERR_TIMEOUT");
    }
  });

  it("does not count anew after a handshake", async () => {
    const { hubStream, clock, link } = bench();
    for (let count = 0; count < 2; count++) await describeDevice({ stream: hubStream, clock, timeoutMs: 1000 });
    await link();
    await settle();
    const third = describeDevice({ stream: hubStream, clock, timeoutMs: 1000 });
    await settle();
    clock.advance(1001);
    await throwsMesh(third, "ERR_TIMEOUT");
  });

  it("keeps silent once committed", async () => {
    const { hubStream, clock } = bench({ device: { description: () => undefined } });
    const asked = describeDevice({ stream: hubStream, clock, timeoutMs: 1000 });
    await settle();
    clock.advance(1001);
    await throwsMesh(asked, "ERR_TIMEOUT");
  });
});
