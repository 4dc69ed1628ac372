/**
 * What a scanner sends that acts as a keyboard: boot reports of 8 octets (HID 1.11 appendix B.1), keys by position (HID Usage Tables §10). The layout is
 * the American one, which scanners have as they are sold; a code ends with the Enter key.
 */
import { MeshError } from "../../base/errors.ts";

const mostCharacters = 4096;
const enter = 0x28;
const shiftKeys = 0x22;
const letters = "abcdefghijklmnopqrstuvwxyz";
const digits: readonly [plain: string, shifted: string] = ["1234567890", "!@#$%^&*()"];
/** Key positions from 0x2c on: space, and the keys right of the letters. */
const signs: readonly [plain: string, shifted: string] = [" -=[]\\#;'`,./", ' _+{}|~:"~<>?'];

/** Puts the reports of one scanner together. */
export class KeyboardReports {
  #text = "";
  #held: ReadonlySet<number> = new Set();

  /** The text of a code when a key of this report ends one. Errors: ERR_CODE_DAMAGED for what is no report of a keyboard, or too long. */
  read(report: Uint8Array): string | undefined {
    if (report.length !== 8) {
      this.#text = "";
      throw new MeshError("ERR_CODE_DAMAGED", `the scanner sent ${report.length} octets that are no keys`);
    }
    const isShifted = ((report[0] ?? 0) & shiftKeys) !== 0;
    const keys = [...report.subarray(2)].filter((key) => key > 3);
    const pressed = keys.filter((key) => !this.#held.has(key));
    this.#held = new Set(keys);
    let ended: string | undefined;
    for (const key of pressed) {
      if (key === enter) {
        ended = this.#text;
        this.#text = "";
      } else {
        this.#text += characterOf(key, isShifted);
      }
    }
    if (this.#text.length > mostCharacters) {
      this.#text = "";
      throw new MeshError("ERR_CODE_DAMAGED", `the scanner sent more than ${mostCharacters} characters without an end`);
    }
    return ended === undefined || ended === "" ? undefined : ended;
  }
}

/** Empty for keys that write nothing. */
function characterOf(key: number, isShifted: boolean): string {
  if (key <= 0x1d) {
    const letter = letters[key - 4] ?? "";
    return isShifted ? letter.toUpperCase() : letter;
  }
  if (key <= 0x27) return digits[isShifted ? 1 : 0][key - 0x1e] ?? "";
  return key >= 0x2c ? (signs[isShifted ? 1 : 0][key - 0x2c] ?? "") : "";
}
