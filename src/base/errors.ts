/**
 * The one error catalogue: code -> exit status, HTTP status, what to do next.
 * Everything thrown on purpose is a MeshError; anything else reaching a user is a defect and is reported as ERR_INTERNAL.
 * Cryptographic and authentication failures say one thing whatever the cause.
 */

interface Entry {
  readonly exit: number;
  readonly http: number;
  readonly hint: string;
}

/** Every error code, with the process exit status, the HTTP status and the default remedy. */
export const catalogue = {
  // input
  ERR_USAGE: { exit: 2, http: 400, hint: "see --help for the arguments this command takes" },
  ERR_NOT_BUILT: { exit: 2, http: 501, hint: "the README lists what is not built yet, and what to do instead" },
  ERR_ENCODING: { exit: 65, http: 400, hint: "the data is damaged or not of this kind; get it again from its source" },
  ERR_SCHEMA: { exit: 65, http: 400, hint: "the object lacks a field or has one of the wrong kind; the path names it" },
  ERR_TOO_LARGE: { exit: 65, http: 413, hint: "send less at a time" },
  ERR_CONFIG: { exit: 78, http: 500, hint: "correct the file and run 'mesh-hub config check'" },
  // cryptography and authority
  ERR_VERIFICATION: { exit: 77, http: 403, hint: "the data was changed on its way or made by somebody else; do not trust it" },
  ERR_KEY: { exit: 77, http: 403, hint: "the key is malformed or not fit for this use" },
  ERR_NOT_AUTHORIZED: { exit: 77, http: 401, hint: "ask an administration device of the account for the right" },
  ERR_CONFIRMATION_NEEDED: { exit: 77, http: 403, hint: "a device of the owner may confirm it: 'meshman message pending' shows what is asked" },
  ERR_REVOKED: { exit: 77, http: 401, hint: "this device was removed from the account; connect it again" },
  // account and service
  ERR_SERVICE_UNREACHABLE: { exit: 69, http: 503, hint: "check that the service runs and its address is right" },
  ERR_SERVICE_REFUSED: { exit: 76, http: 502, hint: "the service did not carry out the request; its reason is above" },
  ERR_NOT_INVITED: {
    exit: 77,
    http: 403,
    hint: "ask whoever runs the service; an invitation goes with 'meshman account create ADDRESS --invitation CODE'",
  },
  ERR_ACCOUNT_EXISTS: { exit: 73, http: 409, hint: "choose another address, or connect this device to the existing account" },
  ERR_ACCOUNT_UNKNOWN: { exit: 67, http: 404, hint: "check the address; 'meshman account create' makes a new account" },
  ERR_NO_ACCOUNT: { exit: 67, http: 404, hint: "run 'meshman account create' or 'meshman device request' first" },
  ERR_INTERRUPTED: { exit: 130, http: 499, hint: "run it again when you want it; what was done already stays" },
  ERR_QUOTA: { exit: 73, http: 429, hint: "free what is used, or ask whoever runs the service for a larger budget" },
  ERR_BUSY: { exit: 75, http: 503, hint: "try again in a minute; the log of the machine that refused says what it is short of" },
  ERR_CONFLICT: { exit: 75, http: 409, hint: "another device wrote first; synchronise and try again" },
  ERR_FORK: {
    exit: 77,
    http: 409,
    hint: "the service shows different histories to your devices; stop using it and compare 'meshman account status' on each",
  },
  ERR_ROLLBACK: {
    exit: 77,
    http: 409,
    hint: "the service offers an older state than this device has seen; do not trust it. When who runs it has put it back: 'meshman account repair' on an administration device",
  },
  ERR_PIN_INVALID: { exit: 77, http: 401, hint: "check it, or ask the owner for a new one: 'meshman account pin'" },
  ERR_PIN_USED: {
    exit: 77,
    http: 401,
    hint: "a PIN works once: get a new one with 'meshman account pin'; if it was not you, look for a device you do not know in 'meshman device list'",
  },
  ERR_PIN_EXPIRED: { exit: 77, http: 401, hint: "get a new one with 'meshman account pin'" },
  ERR_PENDING: { exit: 75, http: 404, hint: "accept it on an administration device: 'meshman device pending', then 'meshman device accept'" },
  ERR_REJECTED: { exit: 77, http: 403, hint: "the owner refused; ask for a reason and try again" },
  ERR_NOT_FOUND: { exit: 66, http: 404, hint: "check the name or identifier" },
  ERR_AMBIGUOUS: { exit: 64, http: 409, hint: "say which one: add the place, or use the fingerprint" },
  // device code and onboarding
  ERR_CODE_KIND: { exit: 65, http: 400, hint: "scan the Mesh code of the device; it starts with mcu://" },
  ERR_CODE_DAMAGED: { exit: 65, http: 400, hint: "scan it again in better light, or type the code that is printed below it" },
  ERR_CODE_CLAIMED: {
    exit: 77,
    http: 409,
    hint: "ask the present owner to release it ('meshman device release'); press its button if it was claimed within a day",
  },
  ERR_DEVICE_NOT_FOUND: { exit: 69, http: 404, hint: "power it, bring it near, check that it is in the same network, then try again" },
  ERR_DESCRIPTION: { exit: 77, http: 502, hint: "the description does not belong to this code: return the device or ask its maker" },
  ERR_LINK: { exit: 76, http: 502, hint: "power the device off and on, then try again" },
  ERR_OWNED: {
    exit: 77,
    http: 409,
    hint: "its owner has to release it ('meshman device release'); within a day of its connection its reset button frees it as well",
  },
  ERR_OFFER_EXPIRED: {
    exit: 75,
    http: 410,
    hint: "open a window with 'meshman device window 10m' or accept by 'meshman device pending', then onboard again",
  },
  ERR_DELIVERY: { exit: 76, http: 502, hint: "the device refused what the owner sent; reset it with its button and onboard again" },
  // devices and commands
  ERR_DEVICE_OFFLINE: { exit: 69, http: 504, hint: "check its power and network" },
  ERR_COMMAND: { exit: 65, http: 400, hint: "the README's table of devices says what each class can do" },
  ERR_COMMAND_EXPIRED: { exit: 75, http: 410, hint: "the hub was away too long; say it again" },
  ERR_REPLAY: { exit: 77, http: 409, hint: "the request was seen before" },
  ERR_NAME: { exit: 65, http: 400, hint: "choose another name, or another place for it" },
  ERR_EXISTS: { exit: 73, http: 409, hint: "choose another name, or use the one that is there" },
  ERR_DRIVER: { exit: 78, http: 500, hint: "correct or remove the driver file that is named" },
  // machine
  ERR_HUB_NOT_RUNNING: { exit: 69, http: 503, hint: "start it with 'mesh-hub run' or 'sudo systemctl start mesh-hub'" },
  ERR_LOCKED: { exit: 75, http: 409, hint: "another process uses this directory; wait for it or stop it" },
  ERR_STORE: { exit: 74, http: 500, hint: "check the disk; the file that is named was left as it is" },
  ERR_STORE_DAMAGED: {
    exit: 74,
    http: 500,
    hint: "the file was left as it is; put a copy of it back, or move it away if it is a store of meshman: the next sync fetches it again",
  },
  ERR_DISK_FULL: { exit: 74, http: 507, hint: "free some space and try again; nothing acknowledged was lost" },
  ERR_ADAPTER: { exit: 69, http: 503, hint: "run 'mesh-hub doctor' to see what is missing" },
  ERR_TIMEOUT: { exit: 75, http: 504, hint: "try again; if it goes on, run 'mesh-hub doctor'" },
  ERR_PERMISSION: { exit: 77, http: 403, hint: "run it as the user that owns the directory" },
  ERR_INTERNAL: { exit: 70, http: 500, hint: "this is a defect of ours; please report it with the log" },
} as const satisfies Record<string, Entry>;

/** An error code of the catalogue. */
export type ErrorCode = keyof typeof catalogue;

/** What may stand beside the message of a MeshError. */
export interface ErrorOptions {
  /** What to do next, where the catalogue's remedy is too general. */
  readonly hint?: string;
  /** Data for logs and programs; never secrets. */
  readonly detail?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** Every error thrown on purpose. The message is lower case, without a full stop, and holds the offending value. */
export class MeshError extends Error {
  readonly code: ErrorCode;
  readonly hint: string;
  readonly detail: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "MeshError";
    this.code = code;
    this.hint = options.hint ?? catalogue[code].hint;
    this.detail = options.detail ?? {};
  }

  get exitStatus(): number {
    return catalogue[this.code].exit;
  }

  get httpStatus(): number {
    return catalogue[this.code].http;
  }

  /** The form that programs read: `{"error":{code,message,hint,detail}}` without the wrapper. */
  toJSON(): { code: ErrorCode; message: string; hint: string; detail: Readonly<Record<string, unknown>> } {
    return { code: this.code, message: this.message, hint: this.hint, detail: this.detail };
  }
}

/** True for a MeshError of the code given, or of any code. */
export function isMeshError(error: unknown, code?: ErrorCode): error is MeshError {
  return error instanceof MeshError && (code === undefined || error.code === code);
}

/** The one message of every failed check of a signature, MAC, seal or proof. */
export function verificationError(what: string, cause?: unknown): MeshError {
  return new MeshError("ERR_VERIFICATION", `${what} did not verify`, { cause });
}

/** What helps a process that may open too few files. */
export const moreFilesHint = "raise the limit: 'ulimit -n 4096' in the shell, LimitNOFILE=4096 in a systemd unit";

/** Any thrown value as a MeshError: system errors are named, the rest is a defect. */
export function asMeshError(error: unknown): MeshError {
  if (error instanceof MeshError) return error;
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  const text = error instanceof Error ? error.message : String(error);
  switch (code) {
    case "ENOSPC":
    case "EDQUOT":
    case "EFBIG":
      return new MeshError("ERR_DISK_FULL", "no space left on the disk", { cause: error });
    case "EACCES":
    case "EPERM":
      return new MeshError("ERR_PERMISSION", text, { cause: error });
    case "EROFS":
      return new MeshError("ERR_PERMISSION", text, {
        hint: "the file system is mounted read-only: mount it for writing, or use another directory; meshman reads there with --no-sync",
        detail: { system: code },
        cause: error,
      });
    case "EMFILE":
      return new MeshError("ERR_BUSY", "this process may open no more files", {
        hint: moreFilesHint,
        cause: error,
      });
    case "ENFILE":
      return new MeshError("ERR_BUSY", "the machine has no file descriptors left", {
        hint: "end programs that hold many, or raise fs.file-max with sysctl",
        cause: error,
      });
    case "ENOMEM":
    case "EAGAIN":
      return new MeshError("ERR_BUSY", "the machine is short of memory or of processes", {
        hint: "end other programs, or raise the limits of this one (ulimit -v and -u, MemoryMax= and TasksMax= in a systemd unit)",
        cause: error,
      });
    case "EIO":
      return new MeshError("ERR_STORE", text, { cause: error });
    default:
      return new MeshError("ERR_INTERNAL", text, { cause: error });
  }
}
