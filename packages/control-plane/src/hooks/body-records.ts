/** Why a body cannot be taken; the message goes to the sender. */
export class BodyProblem extends Error {}

export interface BodyRecords {
  readonly records: number
  /** One record per line, without the last line end. Part of the body's own memory wherever that is possible. */
  readonly lines: Buffer
}

const tab = 9
const newline = 10
const space = 32
const quote = 34
const comma = 44
const backslash = 92
const openBracket = 91
const closeBracket = 93
const openBrace = 123
const closeBrace = 125
/** Deeper JSON is refused: no parser behind this one takes it. */
const deepest = 512

/**
 * Puts every record of a JSON body on a line of its own, in place: one object, an array of objects, or several objects one after another
 * (NDJSON). It looks at strings and brackets only, so it costs a fraction of parsing; what is wrong inside a record is found by the engine,
 * which quarantines that record alone.
 */
export function jsonRecords(body: Buffer): BodyRecords {
  let at = skipSpace(body, bomLength(body))
  if (at === body.length) throw new BodyProblem('The body is empty. Send a JSON object, or an array of objects.')
  const inArray = body[at] === openBracket
  if (inArray) at = skipSpace(body, at + 1)
  const first = at
  let records = 0
  let end = at
  /** Copies are needed when two objects stand side by side without a byte between them. */
  let glued: number[] | null = null
  for (;;) {
    if (inArray && body[at] === closeBracket) {
      if (records > 0 && body[lastOf(body, end, at)] === comma) throw misplaced(body, at, records)
      at = skipSpace(body, at + 1)
      if (at < body.length) throw new BodyProblem(`There is something behind the array, at byte ${at}.`)
      break
    }
    if (at >= body.length) {
      if (inArray) throw new BodyProblem('The array is not closed: the body ends too early.')
      break
    }
    if (body[at] !== openBrace) throw misplaced(body, at, records)
    if (records > 0) {
      if (at > end) body[at - 1] = newline
      else (glued ??= []).push(at)
    }
    end = objectEnd(body, at, records)
    records++
    at = inArray ? skipSeparator(body, end, records) : skipSpace(body, end)
  }
  if (records === 0) return { records, lines: body.subarray(0, 0) }
  const lines = body.subarray(first, end)
  return { records, lines: glued === null ? lines : unglued(body, first, end, glued) }
}

/** Index behind the object that begins at `start`. Line ends inside of it become spaces. */
function objectEnd(body: Buffer, start: number, record: number): number {
  const { length } = body
  const open: number[] = []
  for (let at = start; at < length; at++) {
    const byte = body[at]!
    if (byte === quote) {
      at = stringEnd(body, at, record)
    } else if (byte === openBrace || byte === openBracket) {
      if (open.length === deepest) throw new BodyProblem(`Record ${record} is nested more than ${deepest} levels deep.`)
      open.push(byte + 2)
    } else if (byte === closeBrace || byte === closeBracket) {
      if (open.pop() !== byte)
        throw new BodyProblem(
          `Record ${record} has a "${String.fromCharCode(byte)}" that closes nothing, at byte ${at}.`,
        )
      if (open.length === 0) return at + 1
    } else if (byte < space) {
      if (byte !== newline && byte !== tab && byte !== 13)
        throw new BodyProblem(`Record ${record} has a control character at byte ${at}.`)
      body[at] = space
    }
  }
  throw new BodyProblem(`Record ${record} is not closed: the body ends too early.`)
}

/** Index of the closing quote. */
function stringEnd(body: Buffer, start: number, record: number): number {
  const { length } = body
  for (let at = start + 1; at < length; at++) {
    const byte = body[at]!
    if (byte === quote) return at
    if (byte === backslash) at++
    else if (byte < space)
      throw new BodyProblem(
        `Record ${record} has a raw control character inside of a text, at byte ${at}. JSON wants it escaped (\\n, \\t).`,
      )
  }
  throw new BodyProblem(`Record ${record} has a text that is not closed: the body ends too early.`)
}

/** Over one comma, which becomes a space, or to the end of the array. */
function skipSeparator(body: Buffer, from: number, records: number): number {
  let at = skipSpace(body, from)
  if (body[at] !== comma) return at
  body[at] = space
  at = skipSpace(body, at + 1)
  if (body[at] === closeBracket) throw misplaced(body, at, records)
  return at
}

function skipSpace(body: Buffer, from: number): number {
  let at = from
  while (at < body.length) {
    const byte = body[at]!
    if (byte !== space && byte !== newline && byte !== 13 && byte !== tab) return at
    body[at++] = space
  }
  return at
}

function bomLength(body: Buffer): number {
  return body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? 3 : 0
}

function lastOf(body: Buffer, from: number, to: number): number {
  let at = to - 1
  while (at > from && body[at] === space) at--
  return at
}

function misplaced(body: Buffer, at: number, record: number): BodyProblem {
  const found = String.fromCharCode(body[at] ?? 0)
  if (found === ',' || found === ']') return new BodyProblem(`There is a comma too many at byte ${at}.`)
  return new BodyProblem(
    `Record ${record} is no JSON object: at byte ${at} stands ${JSON.stringify(found)}. Send an object, an array of objects, or one object per line.`,
  )
}

function unglued(body: Buffer, first: number, end: number, glued: readonly number[]): Buffer {
  const parts: Buffer[] = []
  let from = first
  for (const at of glued) {
    parts.push(body.subarray(from, at), Buffer.of(newline))
    from = at
  }
  return Buffer.concat([...parts, body.subarray(from, end)])
}
