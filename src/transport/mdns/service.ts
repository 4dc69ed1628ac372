/** What is announced and found in mDNS. Names and addresses that come from it prove nothing. */

/** A service to announce. */
export interface Announcement {
  /** Unlikely enough to need no probing. */
  readonly name: string;
  /** Type without underscores and protocol, as `mesh-device`. */
  readonly type: string;
  readonly port: number;
  readonly txt: Readonly<Record<string, string>>;
}

/** A service that was found. */
export interface FoundService {
  readonly name: string;
  /** Where to try, the sender's own address first; at most four. */
  readonly hosts: readonly string[];
  readonly port: number;
  readonly txt: Readonly<Record<string, string>>;
}

/** What a browser tells. */
export interface BrowseListener {
  found(service: FoundService): void;
  lost(name: string): void;
}
