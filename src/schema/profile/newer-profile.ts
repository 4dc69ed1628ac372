/** Which of two issues of a profile counts: a profile is reissued under the same ProfileSignature when its address, service or keys change. schema-08 §4.1; extensions §1 */
import { fromDateTime } from "../../base/clock.ts";
import type { ProfileUser } from "./profile.ts";

/**
 * True when `other` takes the place of `profile`: its Version is higher, or it is the same and it was issued later. Keys that were replaced come back
 * by no time that somebody states. A Version or a time that is missing is before all others.
 */
export function isNewerProfile(other: ProfileUser, profile: ProfileUser): boolean {
  const version = ({ Version = 0 }: ProfileUser): number => Version;
  const time = ({ Updated }: ProfileUser): number => (Updated === undefined ? 0 : fromDateTime(Updated));
  if (version(other) !== version(profile)) return version(other) > version(profile);
  return time(other) > time(profile);
}
