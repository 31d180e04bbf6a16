import type { DataType, Schema } from '@leat/connector-kit'

/**
 * What DuckDB's reader takes without telling, found in the bytes on their way to it: a comma before a closing bracket, and a number with so many digits
 * that binary64 cannot hold it, where a column keeps decimals exactly. Four bytes at a time, because every byte passes here; a doubt costs the slow
 * path, so each is looked at closely before it is raised.
 */
export class Doubts {
  readonly #numbers: boolean
  /** The last byte so far that is no white space. */
  #last = 0
  /** Digits and points at the end of the last chunk: the number may go on. */
  #tail = ''

  constructor(schema: Schema) {
    this.#numbers = schema.fields.some(({ type }) => isExact(type))
  }

  /** True when the text up to here must be read record by record. Chunks come in order. */
  raises(chunk: Uint8Array): boolean {
    if (chunk.length === 0) return false
    const head = Math.min((4 - (chunk.byteOffset & 3)) & 3, chunk.length)
    const words = (chunk.length - head) >> 2
    const aligned = words === 0 ? none : new Int32Array(chunk.buffer, chunk.byteOffset + head, words)
    const doubt =
      this.#commaIn(chunk, 0, head) ||
      this.#commaInWords(chunk, head, aligned) ||
      this.#commaIn(chunk, head + words * 4, chunk.length) ||
      (this.#numbers && this.#longNumber(chunk))
    this.#last = lastByte(chunk, chunk.length) ?? this.#last
    return doubt
  }

  #commaInWords(chunk: Uint8Array, head: number, words: Int32Array): boolean {
    for (let index = 0; index < words.length; index++) {
      // `]` and `}` differ in one bit only; the rest is the test whether any byte is zero.
      const closers = (words[index]! | 0x20202020) ^ 0x7d7d7d7d
      if (((closers - 0x01010101) & ~closers & 0x80808080) === 0) continue
      const at = head + index * 4
      // Almost all closers follow a value: its last byte is above the comma and any white space.
      if (at > 0 && isHarmless(chunk, at)) continue
      if (this.#commaIn(chunk, at, at + 4)) return true
    }
    return false
  }

  #commaIn(chunk: Uint8Array, from: number, to: number): boolean {
    for (let at = from; at < to; at++) {
      const byte = chunk[at]!
      if (byte !== 0x7d && byte !== 0x5d) continue
      if ((lastByte(chunk, at) ?? this.#last) === 0x2c && !isGoodLine(chunk, at)) return true
    }
    return false
  }

  /** A number of 16 digits and a point covers a multiple of 16, and the byte 8 before or 8 after it. */
  #longNumber(chunk: Uint8Array): boolean {
    const first = startOfRun(chunk)
    if (first < chunk.length && isInexact(this.#tail + latin1(chunk, 0, first))) return true
    let seen = first
    for (let at = 16; at < chunk.length; at += 16) {
      if (at < seen || !isOfNumber(chunk[at]!)) continue
      if (!isOfNumber(chunk[at - 8]!) && !(at + 8 < chunk.length && isOfNumber(chunk[at + 8]!))) continue
      let from = at
      while (from > seen && isOfNumber(chunk[from - 1]!)) from--
      let to = at + 1
      while (to < chunk.length && isOfNumber(chunk[to]!)) to++
      seen = to
      if (to - from > 16 && to < chunk.length && isInexact(latin1(chunk, from, to))) return true
    }
    let end = chunk.length
    while (end > first && isOfNumber(chunk[end - 1]!)) end--
    this.#tail = end === 0 ? this.#tail + latin1(chunk, 0, chunk.length) : latin1(chunk, end, chunk.length)
    return this.#tail.length > longestNumber
  }
}

const none = new Int32Array(0)

/** Longer runs of digits are no numbers that anyone means: the slow path says what they are. */
const longestNumber = 4096

/** Types whose values DuckDB reads through binary64 and that are kept as decimals. */
function isExact(type: DataType): boolean {
  if (type.kind === 'decimal') return type.scale > 0
  if (type.kind === 'list') return isExact(type.element)
  if (type.kind === 'struct') return type.fields.some((field) => isExact(field.type))
  return type.kind === 'scalar' && (type.name === 'JSON' || type.name === 'UNKNOWN')
}

/** The last byte before `end` that is no white space; undefined when there is none. */
function lastByte(chunk: Uint8Array, end: number): number | undefined {
  let at = end - 1
  while (at >= 0 && (chunk[at] === 0x20 || chunk[at] === 0x09 || chunk[at] === 0x0d || chunk[at] === 0x0a)) at--
  return at < 0 ? undefined : chunk[at]
}

/** The comma may stand in a text (`"a{1,}"`): the line decides, where all of it is here. */
function isGoodLine(chunk: Uint8Array, at: number): boolean {
  const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)
  const start = bytes.lastIndexOf(10, at) + 1
  const end = bytes.indexOf(10, at)
  if (start === 0 || end < 0) return false
  try {
    JSON.parse(bytes.toString('utf8', start, end))
    return true
  } catch {
    return false
  }
}

function isOfNumber(byte: number): boolean {
  return (byte >= 0x2b && byte <= 0x39 && byte !== 0x2c && byte !== 0x2f) || byte === 0x65 || byte === 0x45
}

/** Whether no closer of the four bytes from `at` stands behind a comma or white space. */
function isHarmless(chunk: Uint8Array, at: number): boolean {
  return (
    ((chunk[at]! | 0x20) !== 0x7d || endsValue(chunk[at - 1]!)) &&
    ((chunk[at + 1]! | 0x20) !== 0x7d || endsValue(chunk[at]!)) &&
    ((chunk[at + 2]! | 0x20) !== 0x7d || endsValue(chunk[at + 1]!)) &&
    ((chunk[at + 3]! | 0x20) !== 0x7d || endsValue(chunk[at + 2]!))
  )
}

function endsValue(byte: number): boolean {
  return byte > 0x20 && byte !== 0x2c
}

function startOfRun(chunk: Uint8Array): number {
  let at = 0
  while (at < chunk.length && isOfNumber(chunk[at]!)) at++
  return at
}

function latin1(chunk: Uint8Array, from: number, to: number): string {
  return Buffer.from(chunk.buffer, chunk.byteOffset + from, to - from).toString('latin1')
}

/** Whether binary64 and back gives other digits: fewer, or others. Whole numbers are read as they stand. */
function isInexact(run: string): boolean {
  if (run.length < 17) return false
  const [, whole, fraction, exponent] = /^-?(\d+)(\.\d+)?([eE][+-]?\d+)?$/.exec(run) ?? []
  if (whole === undefined || (fraction === undefined && exponent === undefined)) return false
  const digits = significant(whole + (fraction ?? ''))
  return digits.length > 15 && significant(mantissa(Number(run))) !== digits
}

/** Digits without the point and without zeros at the ends. */
function significant(number: string): string {
  return number.replace('.', '').replace(/^0+/, '').replace(/0+$/, '')
}

/** Digits as JavaScript prints them: its shortest form is that of DuckDB. */
function mantissa(value: number): string {
  return String(Math.abs(value)).replace(/e.*$/, '')
}
