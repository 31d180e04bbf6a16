/** One event of a stream: a record, as long as it is JSON. */
export interface StreamEvent {
  /** One line. Only the beginning of an event that is too large. */
  readonly data: Buffer
  /** Of the whole event. */
  readonly bytes: number
  /** The id with which the stream can go on after it (server-sent events); undefined: as before. */
  readonly id?: string
  /** Only the place moves: an event without data, or of a type that is not wanted. */
  readonly silent?: boolean
}

/** Reads one connection. */
export interface StreamParser {
  push(chunk: Uint8Array): Iterable<StreamEvent>
  /** The server has ended the answer properly: what it left without an end of line. */
  end(): Iterable<StreamEvent>
  /** The wait before the next connection that the server has asked for, ms. */
  readonly retryMs?: number | undefined
}
