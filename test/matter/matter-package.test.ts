/** Whether the package that speaks Matter is there is asked of the disk, and what is wrong is said with what to run. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { matterModules, matterVersion, missingMatter } from "../../src/matter/matter-package.ts";
import { assert, describe, tempDirectory } from "../harness/suite.ts";

describe("Matter: its package", (it) => {
  it("is found above, once it is there; another version is named", () => {
    const dir = tempDirectory();
    const from = join(dir, "lib", "node_modules", "mesh-hub");
    const place = join(dir, "lib", "node_modules", "@matter", "main");
    mkdirSync(from, { recursive: true });
    assert.match(missingMatter(from) ?? "", /is not installed: run 'npm install --global @matter\/main@/);
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, "package.json"), JSON.stringify({ version: matterVersion }));
    assert.equal([missingMatter(from), matterModules(from)], [undefined, join(dir, "lib", "node_modules")]);
    writeFileSync(join(place, "package.json"), '{"version":"0.16.2"}');
    assert.match(missingMatter(from) ?? "", /0\.16\.2 is installed, which this program does not know/);
    writeFileSync(join(place, "package.json"), "{");
    assert.match(missingMatter(from) ?? "", /is not installed/);
  });

  it("is not started by a Node that it does not run on, and that is said before anything is installed", () => {
    const dir = tempDirectory();
    for (const node of ["20.15.0", "20.18.3", "22.0.0", "22.12.0", "18.20.4"])
      assert.match(missingMatter(dir, node) ?? "", new RegExp(`needs Node 20\\.19 .*runs on Node ${node}: install a later one`), node);
    for (const node of ["20.19.0", "21.7.3", "22.13.0", "24.1.0", process.versions.node])
      assert.match(missingMatter(dir, node) ?? "", /is not installed/, node);
  });
});
