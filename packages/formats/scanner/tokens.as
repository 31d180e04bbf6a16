// AssemblyScript (https://www.assemblyscript.org), compiled by `node tools/compile-scanner.ts` into src/json/tokens.gen.ts.
//
// One pass over JSON lines that looks at what DuckDB's reader would take without telling: a comma before a closing bracket, and under a key whose
// column is read as a number or a boolean anything but that. It proves no text to be JSON: what is malformed makes the reader itself fail. What it
// does not understand (a text that does not end, a key with unknown escapes) is a doubt too. Memory: a hash table of keys and a filter, then the text, then
// at least 64 newlines.

/** Kinds of a key, in the low byte of its word; `decimal` has its scale in the next one. Unlisted keys are not looked at. */
const WHOLE: u32 = 1
const FRACTION: u32 = 2
const DECIMAL: u32 = 3
const BOOLEAN: u32 = 4
const ANYTHING: u32 = 5
/** Integers of more digits may be no binary64 value, and decimals of more digits are no longer told apart by it. */
const EXACT_DIGITS: u32 = 15

/** Slots of 16 bytes: the last 8 bytes of the key, its length + 1 (0: free), its kind. At most half of them are taken. */
const TABLE: usize = 1024
const SLOTS: u32 = 1024

/** A bit for each two bytes with which a key that must be looked at ends: most keys of most records need no look into the table. */
const FILTER: usize = 32768
const FILTER_BYTES: usize = 8192

export function clear(): void {
  memory.fill(TABLE, 0, SLOTS * 16)
  memory.fill(FILTER, 0, FILTER_BYTES)
}

/** Takes a key whose bytes end at `end`. */
export function add(end: usize, length: u32, kind: u32): void {
  const last = lastBytes(end, length)
  let slot = slotOf(last, length)
  while (load<u32>(TABLE + slot * 16, 8) != 0) slot = (slot + 1) & (SLOTS - 1)
  store<u64>(TABLE + slot * 16, last)
  store<u32>(TABLE + slot * 16, length + 1, 8)
  store<u32>(TABLE + slot * 16, kind, 12)
  if ((kind & 0xff) == ANYTHING) return
  // The quote before a key of one byte is one of the two; before an empty key stands anything.
  if (length > 1) expect(load<u16>(end - 2))
  else if (length == 1) expect((<u32>load<u8>(end - 1) << 8) | 0x22)
  else for (let before: u32 = 0; before < 256; before++) expect(0x2200 | before)
}

@inline function expect(lastTwo: u32): void {
  const at = FILTER + (lastTwo >> 3)
  store<u8>(at, load<u8>(at) | (<u8>1 << <u8>(lastTwo & 7)))
}

/**
 * Whether anything in [start, end) must be looked at closely. 64 bytes at once, as simdjson does: quotes tell what lies inside of a text, colons outside
 * of it where the values of keys begin. Lines with a backslash, rare in most data, take the slow way.
 */
export function doubts(start: usize, end: usize): bool {
  let at = start
  /** All bits: the block begins inside of a text. */
  let open: u64 = 0
  /** Bit 0: the block follows a comma. */
  let comma: u64 = 0
  while (at < end) {
    const a = v128.load(at)
    const b = v128.load(at, 16)
    const c = v128.load(at, 32)
    const d = v128.load(at, 48)
    const backslashes = bitsOf(a, b, c, d, 0x5c)
    if (backslashes != 0) {
      const escape = at + <usize>ctz(backslashes)
      const next = behindLine(escape, end)
      if (doubtsSlowly(startOfLine(escape, start), next)) return true
      at = next
      open = 0
      comma = 0
      continue
    }
    const quotes = bitsOf(a, b, c, d, 0x22)
    const inside = prefixXor(quotes) ^ open
    open = <u64>(<i64>inside >> 63)
    const commas = bitsOf(a, b, c, d, 0x2c) & ~inside
    let followers = ((commas << 1) | comma) & ~quotes
    comma = commas >> 63
    while (followers != 0) {
      if (isCloser(load<u8>(pastSpace(at + <usize>ctz(followers), end)))) return true
      followers &= followers - 1
    }
    let colons = bitsOf(a, b, c, d, 0x3a) & ~inside
    while (colons != 0) {
      if (bendsBehind(at + <usize>ctz(colons), start, end)) return true
      colons &= colons - 1
    }
    at += 64
  }
  return open != 0
}

@inline function bitsOf(a: v128, b: v128, c: v128, d: v128, byte: i8): u64 {
  const wanted = i8x16.splat(byte)
  return (
    <u64>i8x16.bitmask(i8x16.eq(a, wanted)) |
    (<u64>i8x16.bitmask(i8x16.eq(b, wanted)) << 16) |
    (<u64>i8x16.bitmask(i8x16.eq(c, wanted)) << 32) |
    (<u64>i8x16.bitmask(i8x16.eq(d, wanted)) << 48)
  )
}

/** Bit n: an odd number of bits is set up to n. */
@inline function prefixXor(bits: u64): u64 {
  bits ^= bits << 1
  bits ^= bits << 2
  bits ^= bits << 4
  bits ^= bits << 8
  bits ^= bits << 16
  return bits ^ (bits << 32)
}

function startOfLine(at: usize, start: usize): usize {
  while (at > start && load<u8>(at - 1) != 0x0a) at--
  return at
}

function behindLine(at: usize, end: usize): usize {
  while (at < end) {
    const newlines = i8x16.bitmask(i8x16.eq(v128.load(at), i8x16.splat(0x0a)))
    if (newlines != 0) return min(at + <usize>ctz(newlines) + 1, end)
    at += 16
  }
  return end
}

/** Whether the value behind a colon does not fit the kind of the key before it. Neither is escaped. */
@inline function bendsBehind(colon: usize, start: usize, end: usize): bool {
  let close = colon - 1
  while (load<u8>(close) <= 0x20 && close > start) close--
  const lastTwo = <u32>load<u16>(close - 2)
  if (((load<u8>(FILTER + (lastTwo >> 3)) >> (lastTwo & 7)) & 1) == 0) return false
  return doesNotFit(close, pastSpace(colon + 1, end), start)
}

function doesNotFit(close: usize, value: usize, start: usize): bool {
  const byte = <u32>load<u8>(value)
  if (byte == 0x7b || byte == 0x5b) return false
  const word = load<u64>(close - 8)
  const quotes = bytesOf(word, 0x22)
  let length: u32 = 8
  if (quotes != 0) length = <u32>clz(quotes) >> 3
  else {
    let before = close - 9
    while (load<u8>(before) != 0x22 && before > start) before--
    length = <u32>(close - before - 1)
  }
  const kind = kindOf(close, length)
  if (kind == 0 || kind == ANYTHING) return false
  return byte == 0x22 || !fits(kind, value)
}

/** The top bit of each byte that is `byte`. */
@inline function bytesOf(word: u64, byte: u64): u64 {
  const other = word ^ (byte * 0x0101010101010101)
  return ~(((other & 0x7f7f7f7f7f7f7f7f) + 0x7f7f7f7f7f7f7f7f) | other | 0x7f7f7f7f7f7f7f7f)
}

/** The same byte by byte, for lines with escapes. */
function doubtsSlowly(start: usize, end: usize): bool {
  let at = start
  while (at < end) {
    let byte = <u32>load<u8>(at)
    if (byte == 0x2c) {
      at = pastSpace(at + 1, end)
      if (isCloser(load<u8>(at))) return true
      continue
    }
    if (byte != 0x22) {
      at++
      continue
    }
    const close = closingQuote(at + 1, end)
    if (close >= end) return true
    let next = pastSpace(close + 1, end)
    if (load<u8>(next) != 0x3a) {
      at = next
      continue
    }
    // A key, and behind the colon its value.
    next = pastSpace(next + 1, end)
    byte = load<u8>(next)
    if (byte == 0x7b || byte == 0x5b) {
      at = next + 1
      continue
    }
    const kind = kindOf(close, <u32>(close - at - 1))
    if (kind == 0 && hasEscape) return true
    at = next
    if (kind == 0 || kind == ANYTHING) continue
    if (byte == 0x22 || !fits(kind, next)) return true
  }
  return false
}

@inline function lastBytes(end: usize, length: u32): u64 {
  const bytes = load<u64>(end - 8)
  return length >= 8 ? bytes : length == 0 ? 0 : bytes >> (64 - 8 * length)
}

@inline function slotOf(last: u64, length: u32): u32 {
  return <u32>(((last ^ (<u64>length << 56)) * 0x9e3779b97f4a7c15) >> 54)
}

@inline function kindOf(end: usize, length: u32): u32 {
  const last = lastBytes(end, length)
  let slot = slotOf(last, length)
  while (true) {
    const taken = load<u32>(TABLE + slot * 16, 8)
    if (taken == 0) return 0
    if (taken == length + 1 && load<u64>(TABLE + slot * 16) == last) return load<u32>(TABLE + slot * 16, 12)
    slot = (slot + 1) & (SLOTS - 1)
  }
}

/** Set by `closingQuote`: a backslash stands in the text. */
let hasEscape: bool = false

/** Where the text that begins at `at` ends; `end` or more when it does not. */
@inline function closingQuote(at: usize, end: usize): usize {
  hasEscape = false
  while (at < end) {
    const bytes = v128.load(at)
    const marks = i8x16.bitmask(v128.or(i8x16.eq(bytes, i8x16.splat(0x22)), i8x16.eq(bytes, i8x16.splat(0x5c))))
    if (marks == 0) {
      at += 16
      continue
    }
    at += ctz(marks)
    if (load<u8>(at) == 0x22) return at
    hasEscape = true
    at += 2
  }
  return end
}

@inline function isCloser(byte: u32): bool {
  return byte == 0x7d || byte == 0x5d
}

@inline function pastSpace(at: usize, end: usize): usize {
  let byte = <u32>load<u8>(at)
  while (byte <= 0x20 && at < end) byte = load<u8>(++at)
  return at
}

/** The bytes behind the text end every scalar. */
@inline function endOfScalar(at: usize): usize {
  while (true) {
    if (isEnd(load<u8>(at))) return at
    at++
  }
}

@inline function isDigit(byte: u32): bool {
  return byte - 0x30 <= 9
}

@inline function isEnd(byte: u32): bool {
  return byte == 0x2c || isCloser(byte) || byte <= 0x20
}

/** Short numbers at a glance, anything else byte by byte. */
function fits(kind: u32, from: usize): bool {
  const sort = kind & 0xff
  const minus = <u32>(load<u8>(from) == 0x2d)
  const bytes = i8x16.sub(v128.load(from), i8x16.splat(0x30))
  const digits = <u32>i8x16.bitmask(i8x16.lt_u(bytes, i8x16.splat(10)))
  const whole = <u32>ctz(~(digits >> minus))
  let to = minus + whole
  if (whole == 0 || to > 15 || sort == BOOLEAN) return fitsSlowly(kind, from, endOfScalar(from))
  if (sort == WHOLE) return isEnd(load<u8>(from + to))
  let fraction: u32 = 0
  if (load<u8>(from + to) == 0x2e) {
    fraction = <u32>ctz(~(digits >> (to + 1)))
    to += 1 + fraction
  } else if (minus != 0 && whole == 1) return fitsSlowly(kind, from, endOfScalar(from))
  const exact = sort == FRACTION || (fraction <= kind >> 8 && whole + (kind >> 8) <= EXACT_DIGITS)
  if (exact && to < 16 && isEnd(load<u8>(from + to))) return true
  return fitsSlowly(kind, from, endOfScalar(from))
}

function fitsSlowly(kind: u32, from: usize, to: usize): bool {
  const length = <u32>(to - from)
  const word = load<u32>(from)
  if (length == 4 && word == 0x6c6c756e) return true // null
  const sort = kind & 0xff
  if (sort == BOOLEAN)
    return (length == 4 && word == 0x65757274) || (length == 5 && word == 0x736c6166 && load<u8>(from, 4) == 0x65)
  const first = load<u8>(from) == 0x2d ? from + 1 : from
  if (length > 40 || !isDigit(load<u8>(first))) return false
  if (sort == WHOLE) return isWhole(first, to)
  // Minus zero is one in binary64 only.
  if (sort == FRACTION && length == 2 && first > from && load<u8>(first) == 0x30) return false
  return sort == DECIMAL ? isDecimal(first, to, kind >> 8) : isFraction(first, to)
}

function isWhole(at: usize, to: usize): bool {
  while (at < to) if (!isDigit(load<u8>(at++))) return false
  return true
}

/** Digits before the point and the scale together are exact in binary64; zeros behind the scale change nothing. */
function isDecimal(first: usize, to: usize, scale: u32): bool {
  let point = to
  for (let at = first; at < to; at++) {
    const byte = <u32>load<u8>(at)
    if (byte == 0x2e) point = at
    else if (!isDigit(byte)) return false
  }
  if (<u32>(point - first) + scale > EXACT_DIGITS) return false
  if (point == to) return true
  let last = to - 1
  while (load<u8>(last) == 0x30) last--
  return <u32>(last - point) <= scale
}

/** Neither an integer that binary64 may not hold, nor beyond what is finite and not zero there. */
function isFraction(first: usize, to: usize): bool {
  let point: usize = 0
  let exponent: u32 = 0
  for (let at = first; at < to; at++) {
    const byte = <u32>load<u8>(at)
    if (byte == 0x2e) point = at
    else if (byte == 0x65 || byte == 0x45) {
      point = at
      const sign = <u32>load<u8>(++at)
      if (sign == 0x2b || sign == 0x2d) at++
      for (; at < to; at++) {
        if (!isDigit(load<u8>(at))) return false
        exponent = exponent * 10 + (<u32>load<u8>(at) - 0x30)
        if (exponent > 250) return false
      }
    } else if (!isDigit(byte)) return false
  }
  return point != 0 || <u32>(to - first) <= EXACT_DIGITS
}
