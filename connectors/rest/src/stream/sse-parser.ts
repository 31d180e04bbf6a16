import { LineSplitter, type Line } from './lines.ts'
import type { StreamEvent, StreamParser } from './stream-event.ts'

const colon = 58
const space = 32
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf])
const between = Buffer.from(' ')

/**
 * Server-sent events as https://html.spec.whatwg.org/multipage/server-sent-events.html says: an event ends with an empty line, one that is cut off is
 * dropped, `:` begins a comment. Lines of data are joined by a space where the standard has a line feed: in JSON both mean the same.
 */
export class SseParser implements StreamParser {
  readonly #lines: LineSplitter
  readonly #mostBytes: number
  /** Types of events that are records; null: all. */
  readonly #wanted: ReadonlySet<string> | null
  #data: Buffer[] = []
  #kept = 0
  #bytes = 0
  #type = ''
  #id: string | undefined
  #first = true
  retryMs: number | undefined

  constructor(mostBytes: number, wanted: ReadonlySet<string> | null) {
    // The name of the field is no part of the event.
    this.#lines = new LineSplitter(mostBytes + 'data: '.length)
    this.#mostBytes = mostBytes
    this.#wanted = wanted
  }

  *push(chunk: Uint8Array): Generator<StreamEvent> {
    for (const line of this.#lines.push(chunk)) {
      const event = this.#take(line)
      if (event !== null) yield event
    }
  }

  // eslint-disable-next-line require-yield -- an event without its empty line was not complete
  *end(): Generator<StreamEvent> {}

  #take(line: Line): StreamEvent | null {
    let { text } = line
    if (this.#first) {
      this.#first = false
      if (text.subarray(0, 3).equals(byteOrderMark)) text = text.subarray(3)
    }
    if (text.length === 0) return this.#dispatch()
    const cut = text.indexOf(colon)
    const name = (cut < 0 ? text : text.subarray(0, cut)).toString()
    const begin = cut < 0 ? text.length : text[cut + 1] === space ? cut + 2 : cut + 1
    this.#field(name, text.subarray(begin), line.bytes - begin)
    return null
  }

  #field(name: string, value: Buffer, bytes: number): void {
    if (name === 'data') {
      if (this.#data.length > 0) this.#keep(between)
      this.#bytes += bytes
      this.#keep(value)
    } else if (name === 'event') this.#type = value.toString()
    else if (name === 'id' && !value.includes(0)) this.#id = value.toString()
    else if (name === 'retry' && /^\d+$/.test(value.toString())) this.retryMs = Number(value.toString())
  }

  #keep(piece: Buffer): void {
    const room = this.#mostBytes - this.#kept
    const kept = piece.length <= room ? piece : piece.subarray(0, Math.max(0, room))
    this.#data.push(kept)
    this.#kept += kept.length
  }

  #dispatch(): StreamEvent | null {
    const [data, bytes, type, id] = [this.#data, this.#bytes, this.#type, this.#id]
    this.#data = []
    this.#kept = this.#bytes = 0
    this.#type = ''
    this.#id = undefined
    const silent = bytes === 0 || (this.#wanted !== null && !this.#wanted.has(type === '' ? 'message' : type))
    if (silent && id === undefined) return null
    return {
      data: silent ? Buffer.alloc(0) : data.length === 1 ? data[0]! : Buffer.concat(data),
      bytes,
      ...(id === undefined ? {} : { id }),
      ...(silent ? { silent } : {}),
    }
  }
}
