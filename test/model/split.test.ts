/**
 * Split administration at the service, looked through by spin: no number is signed for two devices, none beyond the limit or unseen, and nothing after
 * a stop, in every order of what a hostile phone, a tablet, an administrator and a kill do.
 */
import { describeModel } from "./spin.ts";

describeModel("split administration", {
  file: "split.pml",
  rules: {
    NO_RESERVE: "used|made",
    NO_ONCE: "used|made",
    NO_COUNT: "s<=2",
    NO_KEEP: "used|made",
    NO_DISK: "used|made",
    NO_JUDGE: "granted",
    NO_STOP: "frozen",
  },
});
