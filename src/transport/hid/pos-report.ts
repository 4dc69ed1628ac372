/**
 * What a scanner in HID POS mode sends (HID Point of Sale Usage Tables 1.02 §3, as scanners use it): input report 2 of 64 octets, with a length, the
 * symbology as AIM names it, up to 56 octets of data, and a last octet that says whether the code goes on in the next report.
 */
import { MeshError } from "../../base/errors.ts";

const reportId = 2;
const reportLength = 64;
const dataAt = 5;
const mostData = 56;
/** A QR code holds 2953 octets; a device's code has some 60. */
const mostOctets = 4096;

/** Puts the reports of one scanner together. */
export class PosReports {
  #parts: number[] = [];
  #skips = false;

  /** The text of a code when this report ends one. Errors: ERR_CODE_DAMAGED for what is no such report, or too long; the next code is read again. */
  read(report: Uint8Array): string | undefined {
    const [id, length = 0] = report;
    if (id !== reportId || report.length !== reportLength || length > mostData) {
      this.#parts = [];
      throw new MeshError("ERR_CODE_DAMAGED", `the scanner sent ${report.length} octets that are no scanned data`, {
        hint: "set it to 'USB HID POS' with the code in its manual",
      });
    }
    const goesOn = ((report[reportLength - 1] ?? 0) & 1) === 1;
    if (!this.#skips) for (const octet of report.subarray(dataAt, dataAt + length)) this.#parts.push(octet);
    const isTooLong = this.#skips || this.#parts.length > mostOctets;
    // What follows of it is no beginning of a code.
    this.#skips = isTooLong && goesOn;
    if (goesOn && !isTooLong) return undefined;
    const text = Buffer.from(this.#parts).toString("utf8");
    this.#parts = [];
    if (isTooLong && !goesOn) throw new MeshError("ERR_CODE_DAMAGED", `the scanner sent a code of more than ${mostOctets} octets`);
    return isTooLong ? undefined : text;
  }
}
