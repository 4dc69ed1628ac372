/**
 * What every device does, whatever it is written in and whatever carries its packets: docs/device-link.md from outside, as a hub, an owner and a
 * stranger see it. A device is played through one life, and a failure names the step.
 */
import { describe, skipUnless } from "../harness/suite.ts";
import { connecting } from "./connecting.ts";
import { DeviceUnderTest } from "./device-under-test.ts";
import type { Implementation } from "./implementation.ts";
import { judging } from "./judging.ts";
import type { Life } from "./life.ts";
import { living } from "./living.ts";
import { parting } from "./parting.ts";
import type { MediumName } from "./reach.ts";
import { startReach } from "./reach.ts";
import { samples } from "./sample.ts";
import { splitting } from "./splitting.ts";

const lifeMs = 400_000;

/** Defines the suite of one class of an implementation over a medium. */
export function behaves(implementation: Implementation, className: string, medium: MediumName): void {
  describe(`${className} in ${implementation.name} over ${medium}`, (it) => {
    it(
      "lives as docs/device-link.md says",
      async () => {
        const missing = implementation.missing(className);
        skipUnless(missing === undefined, missing ?? "");
        const sample = samples[className];
        if (sample === undefined) throw new Error(`no sample of ${className}`);
        const life: Life = { device: new DeviceUnderTest({ implementation, className, reach: await startReach(medium) }), sample };
        for (const [name, play] of [...splitting, ...connecting, ...living, ...(sample.judged ? judging : []), ...parting]) {
          try {
            await play(life);
          } catch (cause) {
            throw new Error(`${name}: ${(cause as Error).stack}`, { cause });
          }
        }
      },
      { timeoutMs: lifeMs },
    );
  });
}
