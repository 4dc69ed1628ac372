/** Programmes of appliances: read against the description of the device that is to do them, kept in one form, and refused with the stage that does not fit. */

import { MeshError } from "../../src/base/errors.ts";
import { checkOrder, lengthOf, readProgramme, takesProgrammes, writeProgramme } from "../../src/driver/index.ts";
import { assert, describe } from "../harness/suite.ts";
import { describing } from "../kit/named-things.ts";

const oven = describing("oven");
const blender = describing("blender");

describe("driver: programmes", (it) => {
  it("are stages with their times, in one form whatever way they are written", () => {
    const stages = readProgramme("mode fan, target 181,35min ;Mode grill, Target 240, 5 MIN", oven);
    assert.is(writeProgramme(stages), "Mode fan, Target 180, 35 min; Mode grill, Target 240, 5 min");
    assert.is(lengthOf(stages), 2400);
    assert.equal(readProgramme(writeProgramme(stages), oven), stages);
    assert.is(writeProgramme(readProgramme("Speed 3, 90 s; Speed 8, 3600 s", blender)), "Speed 3, 90 s; Speed 8, 1 h");
  });

  it("are taken by classes that say so alone", () => {
    assert.equal([oven, blender, describing("light"), describing("washing-machine")].map(takesProgrammes), [true, true, false, false]);
    assert.throws(() => readProgramme("On true, 5 min", describing("light")), "takes no programmes");
  });

  const wrong: readonly (readonly [text: string, why: RegExp])[] = [
    ["", /each stage ends with its time/],
    ["Mode fan", /each stage ends with its time/],
    ["35 min", /each stage sets something/],
    ["Mode fan, 0 min", /each stage ends with its time/],
    ["Mode fan, -5 min", /each stage ends with its time/],
    ["Mode fan, 5 years", /each stage ends with its time/],
    ["Mode fan, 1e3 s", /each stage ends with its time/],
    ["Mode fan, 99999 min", /24 h at most/],
    ["Mode fan, 20 h; Mode fan, 5 h", /24 h at most/],
    ["Target 300, 5 min", /30 to 280 °C/],
    ["Target hot, 5 min", /30 to 280 °C/],
    ["Mode nuke, 5 min", /off, bake, fan, grill/],
    ["Door false, 5 min", /Door cannot be given to Set/],
    ["Programme x, 5 min", /Programme cannot be given to Set/],
    ["Power 5, 5 min", /no property "Power"/],
    ["constructor 5, 5 min", /no property "constructor"/],
    ["Target 180, Target 200, 5 min", /given twice/],
    ["Mode fan, 1 min;", /each stage ends with its time/],
    [Array.from({ length: 9 }, () => "Mode fan, 1 min").join(";"), /8 stages at most/],
    [`Mode fan, ${"9".repeat(300)} min`, /256 characters/],
  ];
  for (const [text, why] of wrong)
    it(`refuses ${JSON.stringify(text.slice(0, 40))}`, () => {
      assert.throws(
        () => readProgramme(text, oven),
        (error: unknown) => error instanceof MeshError && error.code === "ERR_COMMAND" && why.test(error.message),
      );
    });

  it("an order to run one carries stages that the device has, in the form in which they are kept, and a meal with the length of a name", () => {
    const run = (Programme: string, Meal = "toast") =>
      checkOrder(oven, "Run", [
        { Name: "Meal", Value: Meal },
        { Name: "Programme", Value: Programme },
      ]);
    assert.equal(run("mode grill,target 250, 60 MIN"), [
      { Name: "Meal", Value: "toast" },
      { Name: "Programme", Value: "Mode grill, Target 250, 1 h" },
    ]);
    const refused = (order: () => unknown, why: RegExp) =>
      assert.throws(order, (error: unknown) => error instanceof MeshError && error.code === "ERR_COMMAND" && why.test(error.message));
    refused(() => run("toast"), /each stage ends with its time/);
    refused(() => run("Mode grill, Target 900, 5 min"), /30 to 280 °C/);
    refused(() => run("Mode fan, 5 min", "x".repeat(65)), /64 characters/);
    refused(() => checkOrder(oven, "Run", [{ Name: "Meal", Value: "toast" }]), /Run needs a Programme/);
    assert.equal(checkOrder(oven, "Set", [{ Name: "Target", Value: "200" }]), [{ Name: "Target", Value: 200 }]);
  });
});
