import { LineSplitter, type Line } from './lines.ts'
import type { StreamEvent, StreamParser } from './stream-event.ts'

/** One JSON value per line; empty lines keep the connection alive. */
export class NdjsonParser implements StreamParser {
  readonly #lines: LineSplitter

  constructor(mostBytes: number) {
    this.#lines = new LineSplitter(mostBytes)
  }

  *push(chunk: Uint8Array): Generator<StreamEvent> {
    for (const line of this.#lines.push(chunk)) yield* eventOf(line)
  }

  *end(): Generator<StreamEvent> {
    yield* eventOf(this.#lines.rest())
  }
}

/** RFC 7464 puts a record separator before each value. */
const recordSeparator = 0x1e

function* eventOf({ text, bytes }: Line): Generator<StreamEvent> {
  const data = text[0] === recordSeparator ? text.subarray(1) : text
  if (!isBlank(data)) yield { data, bytes }
}

function isBlank(text: Buffer): boolean {
  for (const byte of text) if (byte !== 32 && byte !== 9) return false
  return true
}
