/**
 * Finds numbers with so many digits that binary64 cannot hold them, where columns keep decimals exactly and are read as JSON text: DuckDB's reader would
 * bend them without telling. Every byte passes here, so most numbers are passed over by looking at every eighth byte.
 */
export class LongNumbers {
  /** Digits and points at the end of the last chunk: the number may go on. */
  #tail = ''

  /** True when the text up to here must be read record by record. Chunks come in order. */
  raises(chunk: Uint8Array): boolean {
    // A number of 16 digits and a point covers a multiple of 16, and the byte 8 before or 8 after it.
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

/** Longer runs of digits are no numbers that anyone means: the slow path says what they are. */
const longestNumber = 4096

function isOfNumber(byte: number): boolean {
  return (byte >= 0x2b && byte <= 0x39 && byte !== 0x2c && byte !== 0x2f) || byte === 0x65 || byte === 0x45
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
