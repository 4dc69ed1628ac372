/** Makes the Debian root that the tests of this folder boot. Where that cannot be done it says so, and they are skipped. */
import { makeRoot, need } from "./root.ts";

if (!makeRoot()) console.log(`skipped: ${need}`);
