/** What devices report as attributes of Matter, and colours from one diagram into the other. */
import fc from "fast-check";
import { batteryState, levelOf, percentOf, reportedState } from "../../src/matter/process/attributes.ts";
import { hueOf, xyOf } from "../../src/matter/process/colour-space.ts";
import { assert, describe } from "../harness/suite.ts";

describe("Matter: attributes", (it) => {
  it("a percentage comes back as it went, and no light that is on is at level 0", () => {
    for (let percent = 0; percent <= 100; percent++) {
      const level = levelOf(percent);
      assert.ok(level >= 1 && level <= 254);
      if (percent > 0) assert.is(Math.round(percentOf(level)), percent);
    }
  });

  it("are in the units of Matter", () => {
    assert.equal(reportedState("contact", { open: true }, {}), { booleanState: { stateValue: false } });
    assert.equal(reportedState("cover", { position: 30 }, {}), {
      windowCovering: { currentPositionLiftPercent100ths: 7000, targetPositionLiftPercent100ths: 7000 },
    });
    assert.equal(reportedState("lock", { locked: true }, {}), { doorLock: { lockState: 1 } });
    assert.equal(reportedState("lock", {}, {}), { doorLock: { lockState: null } });
    assert.equal(reportedState("temperature", { temperature: -3.25 }, {}), { temperatureMeasurement: { measuredValue: -325 } });
    assert.equal(reportedState("illuminance", { illuminance: 100 }, {}), { illuminanceMeasurement: { measuredValue: 20_001 } });
    assert.equal(reportedState("white", { on: true, level: 100, white: 2000 }, { whiteLeast: 2200, whiteMost: 6500 }), {
      onOff: { onOff: true },
      levelControl: { currentLevel: 254 },
      colorControl: { colorMode: 2, enhancedColorMode: 2, colorTemperatureMireds: 455 },
    });
    assert.equal(reportedState("fan", { on: false, speed: 50 }, {}), { fanControl: { percentSetting: 0, percentCurrent: 0, fanMode: 0 } });
    assert.equal(batteryState({ battery: 4 }), { powerSource: { batPercentRemaining: 8, batChargeLevel: 2 } });
  });

  it("the primaries of sRGB stand where they should, and a colour comes back as it went", () => {
    for (const [hue, x, y] of [
      [0, 0.64, 0.33],
      [120, 0.3, 0.6],
      [240, 0.15, 0.06],
    ] as const) {
      const at = xyOf(hue, 100);
      assert.ok(Math.abs(at.x - x) < 0.002 && Math.abs(at.y - y) < 0.002, `${hue}: ${at.x} ${at.y}`);
    }
    fc.assert(
      fc.property(fc.double({ min: 0, max: 359, noNaN: true }), fc.double({ min: 10, max: 100, noNaN: true }), (hue, saturation) => {
        const back = hueOf(xyOf(hue, saturation));
        const apart = Math.abs(((back.hue - hue + 540) % 360) - 180);
        assert.ok(apart < 2 && Math.abs(back.saturation - saturation) < 2, `${hue} ${saturation}: ${back.hue} ${back.saturation}`);
      }),
    );
  });

  it("a place that no screen shows, and none at all, give a colour within bounds", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }), (x, y) => {
        const { hue, saturation } = hueOf({ x, y });
        assert.ok(hue >= 0 && hue < 360 && saturation >= 0 && saturation <= 100, `${hue} ${saturation}`);
      }),
    );
  });
});
