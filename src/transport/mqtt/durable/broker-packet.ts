/** What aedes hands to its persistence, as far as it matters here: packets, clients, subscriptions. */

/** The members of a broker packet that matter here. */
export interface BrokerPacket {
  cmd: string;
  topic: string;
  payload: string | Buffer;
  qos: 0 | 1 | 2;
  retain: boolean;
  dup?: boolean;
  brokerId?: string;
  brokerCounter?: number;
  messageId?: number;
}

/** The second half of QoS 2: the message itself has been received. */
export interface ReleasePacket {
  readonly cmd: "pubrel";
  readonly messageId: number | undefined;
}

/** What aedes says of a client. */
export interface ClientRef {
  readonly id: string;
  readonly clean?: boolean;
}

/** What aedes says of itself. */
export interface BrokerRef {
  readonly id: string;
  counter: number;
}

/** A subscription as aedes hands it over. */
export interface Topic {
  readonly topic: string;
  readonly qos: 0 | 1 | 2;
}
