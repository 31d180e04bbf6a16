// AssemblyScript (https://www.assemblyscript.org), compiled by `node tools/compile-scanner.ts` into src/json/tokens.gen.ts.
//
// One pass over JSON lines that looks at what DuckDB's reader would take without telling: a comma before a closing bracket, and under a key whose
// column is read as a number or a boolean anything but that. It proves no text to be JSON: what is malformed makes the reader itself fail. What it
// does not understand (a text that does not end, a key with unknown escapes) is a doubt too. Memory: a hash table of keys, then the text, then at least
// 32 bytes of anything.

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

/** Bit n: a key that must be looked at has n bytes (63: or more). Most keys of most records need no look into the table. */
let lengths: u64 = 0

export function clear(): void {
  memory.fill(TABLE, 0, SLOTS * 16)
  lengths = 0
}

/** Takes a key whose bytes end at `end`. */
export function add(end: usize, length: u32, kind: u32): void {
  const last = lastBytes(end, length)
  let slot = slotOf(last, length)
  while (load<u32>(TABLE + slot * 16, 8) != 0) slot = (slot + 1) & (SLOTS - 1)
  store<u64>(TABLE + slot * 16, last)
  store<u32>(TABLE + slot * 16, length + 1, 8)
  store<u32>(TABLE + slot * 16, kind, 12)
  if ((kind & 0xff) != ANYTHING) lengths |= bitOf(length)
}

/** Whether anything in [start, end) must be looked at closely. */
export function doubts(start: usize, end: usize): bool {
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
    const length = <u32>(close - at - 1)
    let kind: u32 = ANYTHING
    if (hasEscape || (lengths & bitOf(length)) != 0) {
      kind = kindOf(close, length)
      if (kind == 0 && hasEscape) return true
    }
    at = next
    if (kind == 0 || kind == ANYTHING) continue
    if (byte == 0x22) return true
    at = endOfScalar(next)
    if (!fits(kind, next, at)) return true
  }
  return false
}

@inline function bitOf(length: u32): u64 {
  return <u64>1 << (length < 63 ? length : 63)
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
    const byte = <u32>load<u8>(at)
    if (byte == 0x2c || isCloser(byte) || byte <= 0x20) return at
    at++
  }
}

@inline function isDigit(byte: u32): bool {
  return byte - 0x30 <= 9
}

function fits(kind: u32, from: usize, to: usize): bool {
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
