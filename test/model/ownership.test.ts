/**
 * Who owns a device, looked through by spin: two accounts that know its code, hostile hubs that bring every delivery over two sessions, reset, release and
 * loss of power. No device has two owners, and no former connection comes back into force.
 */
import { describeModel } from "./spin.ts";

describeModel("who owns a device", {
  file: "ownership.pml",
  rules: {
    NO_PINNED: "rightful",
    NO_EPOCH: "highest",
    NO_ATOMIC: "rightful",
    NO_KEEP: "rightful",
    NO_CODE: "rightful",
    NO_FIRST: "rightful",
  },
});
