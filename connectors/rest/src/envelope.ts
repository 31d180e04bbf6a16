/** A JSON answer cut into the list of its records and what stands around it, without a value of the list being parsed. */
export interface Envelope {
  /** The records, each with a line break behind it: a piece of the body, in which separators were turned into such. */
  readonly lines: Buffer
  readonly count: number
  readonly first: Buffer
  readonly last: Buffer
  /** The answer with an empty list in the place of the records. */
  readonly around: string
}

const [quote, backslash, comma, colon, newline, space] = [0x22, 0x5c, 0x2c, 0x3a, 0x0a, 0x20]
const [openList, closeList, openObject, closeObject] = [0x5b, 0x5d, 0x7b, 0x7d]

/**
 * Cuts a body at the list that `names` lead to (`$.data.items` is ['data', 'items']; no names: the body is the list). Changes the body. Null when there
 * is no such list or the brackets do not fit: then nothing was changed, and the caller parses the whole.
 */
export function cutEnvelope(body: Buffer, names: readonly string[]): Envelope | null {
  const start = findList(body, names)
  if (start < 0) return null
  const list = measure(body, start)
  if (list === null) return null
  const around = `${body.toString('utf8', 0, start)}[]${body.toString('utf8', list.end + 1)}`
  for (const at of list.separators) body[at] = newline
  for (const at of list.breaks) body[at] = space
  body[list.end] = newline
  const empty = list.count === 0
  const [firstEnd, lastStart] = [list.separators[0] ?? list.end, list.separators.at(-1) ?? start]
  return {
    lines: empty ? Buffer.alloc(0) : body.subarray(start + 1, list.end + 1),
    count: list.count,
    first: body.subarray(start + 1, firstEnd),
    last: body.subarray(lastStart + 1, list.end),
    around,
  }
}

interface List {
  /** Index of the closing bracket. */
  readonly end: number
  readonly count: number
  /** Commas between records. */
  readonly separators: readonly number[]
  /** Line breaks between tokens. */
  readonly breaks: readonly number[]
}

/** What a byte between tokens means. Every byte of every page is looked up here: one table costs less than questions. */
const [plain, text, opener, closer, separator, lineBreak, blank] = [0, 1, 2, 3, 4, 5, 6]
const kinds = new Uint8Array(256)
for (const [kind, bytes] of [
  [text, '"'],
  [opener, '[{'],
  [closer, ']}'],
  [separator, ','],
  [lineBreak, '\n\r'],
  [blank, ' \t'],
] as const)
  for (const byte of Buffer.from(bytes)) kinds[byte] = kind

function measure(body: Buffer, start: number): List | null {
  const separators: number[] = []
  const breaks: number[] = []
  let depth = 0
  let filled = false
  for (let at = start + 1; at < body.length; at++) {
    const kind = kinds[body[at]!]!
    if (kind === plain) filled = true
    else if (kind === text) {
      filled = true
      at = stringEnd(body, at)
      if (at < 0) return null
    } else if (kind === opener) {
      filled = true
      depth++
    } else if (kind === closer) {
      if (depth === 0) {
        if (body[at] !== closeList) return null
        return { end: at, count: filled ? separators.length + 1 : 0, separators, breaks }
      }
      depth--
    } else if (kind === separator) {
      if (depth === 0) separators.push(at)
    } else if (kind === lineBreak) breaks.push(at)
  }
  return null
}

/** Index of the closing quote; -1 when there is none. */
function stringEnd(body: Buffer, begin: number): number {
  for (let at = begin + 1; at < body.length; at++) {
    const byte = body[at]
    if (byte === backslash) at++
    else if (byte === quote) return at
  }
  return -1
}

/** Index of the opening bracket of the list; -1 when the names lead elsewhere. */
function findList(body: Buffer, names: readonly string[]): number {
  let at = blankEnd(body, body[0] === 0xef ? 3 : 0)
  for (const name of names) {
    if (body[at] !== openObject) return -1
    at = memberOf(body, at, name)
    if (at < 0) return -1
  }
  return body[at] === openList ? at : -1
}

/** Where the value of the first member of this name in the object at `begin` starts; -1 when it has none. */
function memberOf(body: Buffer, begin: number, name: string): number {
  let at = blankEnd(body, begin + 1)
  while (at < body.length && body[at] === quote) {
    const end = stringEnd(body, at)
    if (end < 0) return -1
    const key = body.toString('utf8', at + 1, end)
    at = blankEnd(body, end + 1)
    if (body[at] !== colon) return -1
    at = blankEnd(body, at + 1)
    if (key === name) return at
    at = valueEnd(body, at)
    if (at < 0) return -1
    at = blankEnd(body, at)
    if (body[at] === comma) at = blankEnd(body, at + 1)
    else break
  }
  return -1
}

/** Index after the value that starts at `begin`. */
function valueEnd(body: Buffer, begin: number): number {
  let depth = 0
  for (let at = begin; at < body.length; at++) {
    const byte = body[at]!
    if (byte === quote) {
      at = stringEnd(body, at)
      if (at < 0) return -1
      if (depth === 0) return at + 1
    } else if (byte === openObject || byte === openList) depth++
    else if (byte === closeObject || byte === closeList) {
      if (depth === 0) return at
      if (--depth === 0) return at + 1
    } else if (depth === 0 && (byte === comma || byte <= space)) return at
  }
  return body.length
}

function blankEnd(body: Buffer, begin: number): number {
  let at = begin
  while (at < body.length && body[at]! <= space) at++
  return at
}
