import { fastRecordBytes } from '../limits.ts'

export interface Marks {
  readonly delimiter: string
  readonly quote: string
  /** Equal to `quote` where quotes are doubled. */
  readonly escape: string
}

export interface CsvField {
  readonly text: string
  readonly quoted: boolean
}

export interface CsvRecord {
  readonly fields: readonly CsvField[]
  /** Characters of the text; `end` is before the line end, `next` behind it. */
  readonly start: number
  readonly end: number
  readonly next: number
  /** An empty line. */
  readonly blank: boolean
  /** Why it cannot be read; `fields` is then not complete. */
  readonly broken: string | null
  /** False when the text ends before the record certainly does. */
  readonly complete: boolean
}

/**
 * Records of delimited text, as DuckDB's strict mode reads them: a quote opens a field only at its start; inside, the delimiter and line ends are data. `text` holds one
 * character per byte (latin1), so that positions are bytes. A record with a quote that is never closed, or with text behind a closing quote, is
 * broken and ends at the first line end behind that quote: what follows is read again as records.
 */
export function* scanRecords(text: string, marks: Marks, withFields = true): Generator<CsvRecord> {
  const scanner = new Scanner(text, marks, withFields)
  while (scanner.more) yield scanner.next()
}

class Scanner {
  readonly #text: string
  readonly #delimiter: number
  readonly #quote: number
  readonly #escape: number
  readonly #withFields: boolean
  #at = 0

  constructor(text: string, marks: Marks, withFields: boolean) {
    this.#text = text
    this.#delimiter = marks.delimiter.charCodeAt(0)
    this.#quote = marks.quote.charCodeAt(0)
    this.#escape = marks.escape.charCodeAt(0)
    this.#withFields = withFields
  }

  get more(): boolean {
    return this.#at < this.#text.length
  }

  next(): CsvRecord {
    const text = this.#text
    const start = this.#at
    const fields: CsvField[] = []
    for (;;) {
      const opening = this.#at
      if (text.charCodeAt(opening) === this.#quote) {
        const broken = this.#quoted(fields)
        if (broken) return this.#broken(start, opening, broken)
      } else this.#plain(fields)
      const code = text.charCodeAt(this.#at)
      if (code === this.#delimiter) {
        this.#at++
        continue
      }
      const end = this.#at
      const complete = end < text.length
      if (code === 13 && text.charCodeAt(end + 1) === 10) this.#at += 2
      else if (complete) this.#at++
      // A carriage return as the last byte may be half of a line end.
      const certain = complete && !(code === 13 && end + 1 >= text.length)
      return { fields, start, end, next: this.#at, blank: end === start, broken: null, complete: certain }
    }
  }

  #plain(fields: CsvField[]): void {
    const text = this.#text
    const start = this.#at
    let at = start
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at)
      if (code === this.#delimiter || code === 10 || code === 13) break
    }
    this.#at = at
    if (this.#withFields) fields.push({ text: text.slice(start, at), quoted: false })
  }

  /** Reads a quoted field; the position is behind its closing quote. Returns why it is broken. */
  #quoted(fields: CsvField[]): string | null {
    const text = this.#text
    const start = this.#at + 1
    let pieces = ''
    let from = start
    for (let at = start; at < text.length && at - start <= fastRecordBytes; at++) {
      const code = text.charCodeAt(at)
      const next = text.charCodeAt(at + 1)
      if (code === this.#escape && (next === this.#quote || (next === this.#escape && code !== this.#quote))) {
        if (this.#withFields) pieces += text.slice(from, at) + text[at + 1]
        from = at + 2
        at++
      } else if (code === this.#quote) {
        this.#at = at + 1
        if (next !== this.#delimiter && next !== 10 && next !== 13 && !Number.isNaN(next))
          return 'there is text behind a closing quote'
        if (this.#withFields) fields.push({ text: pieces + text.slice(from, at), quoted: true })
        return null
      }
    }
    return 'a quote is not closed'
  }

  #broken(start: number, opening: number, why: string): CsvRecord {
    const text = this.#text
    const from = why.startsWith('there') ? this.#at : opening
    const newline = text.indexOf('\n', from)
    const complete = newline >= 0 && (why.startsWith('there') || text.length - opening > fastRecordBytes)
    this.#at = newline < 0 ? text.length : newline + 1
    const end = newline < 0 ? text.length : text[newline - 1] === '\r' ? newline - 1 : newline
    return { fields: [], start, end, next: this.#at, blank: false, broken: why, complete }
  }
}
