import type { FuzzFile, Part, Piece } from './fuzz-file.ts'
import { badElement, badLine, goodJson, hugeJson } from './json-pieces.ts'
import type { Random } from './random.ts'

/** Ids of a file: no other file of the run has them. */
export interface Ids {
  next(): number
}

export interface Text {
  readonly text: Buffer
  readonly pieces: readonly Piece[]
  readonly what: string
  /** White space inside of records may change. */
  readonly loose?: boolean
}

/** One record per line. Most of the first ones are good, so that the layout is what it looks like. */
export function jsonLines(random: Random, ids: Ids): Text {
  const count = random.pick([1, 2, 5, 20, 60, 200])
  const pieces: Piece[] = []
  const badness = random.pick([0, 0.02, 0.1, 0.25])
  for (let at = 0; at < count; at++) {
    const mayBeBad = pieces.filter((piece) => piece.fate === 'refused').length * 3 < pieces.length
    pieces.push(mayBeBad && random.chance(badness) ? badLine(random, ids.next()) : goodJson(random, ids.next()))
  }
  return { text: joined(random, pieces), pieces, what: `lines, ${badness} bad` }
}

/** A record longer than the fast path takes, or longer than any may be, among short ones. */
export function hugeLines(random: Random, ids: Ids, megabytes: number): Text {
  const pieces = [goodJson(random, ids.next()), hugeJson(random, ids.next(), megabytes), goodJson(random, ids.next())]
  return { text: joined(random, pieces), pieces, what: `a line of ${megabytes} MB` }
}

function joined(random: Random, pieces: readonly Piece[]): Buffer {
  const ending = random.pick(['\n', '\n', '\r\n'])
  const parts: Buffer[] = []
  for (const piece of pieces) {
    if (random.chance(0.02)) parts.push(Buffer.from(random.pick(['\n', ' \t\n', '\r\n'])))
    parts.push(piece.text, Buffer.from(ending))
  }
  if (random.chance(0.2)) parts.pop()
  return Buffer.concat(parts)
}

/** The file ends inside of a record. */
export function cutLines(random: Random, ids: Ids): Text {
  const whole = jsonLines(random, ids)
  const last = goodJson(random, ids.next())
  const cut = last.text.subarray(0, random.between(1, last.text.length - 1))
  const ended = whole.text.at(-1) === 10 ? whole.text : Buffer.concat([whole.text, Buffer.from('\n')])
  const piece: Piece = {
    text: cut,
    fate: 'refused',
    codes: ['json.malformed', 'utf8.invalid'],
    what: 'cut at the end of the file',
  }
  return { text: Buffer.concat([ended, cut]), pieces: [...whole.pieces, piece], what: 'lines, cut' }
}

/** An array of records, pretty-printed records or documents behind each other. */
export function jsonDocuments(random: Random, ids: Ids): Text {
  const count = random.between(2, 60)
  const kind = random.pick(['array', 'pretty array', 'concatenated', 'pretty'])
  const pieces = Array.from({ length: count }, (_, at) =>
    at > 2 && random.chance(0.1) ? badElement(random, ids.next()) : goodJson(random, ids.next()),
  )
  const pretty = kind.startsWith('pretty')
  const texts = pieces.map(({ text, fate }) => (pretty && fate === 'arrives' ? indented(text) : text.toString()))
  const text = kind.endsWith('array')
    ? `[${pretty ? '\n' : ''}${texts.join(random.pick([',', ', ', ',\n']))}${random.pick(['', '\n'])}]\n`
    : texts.join(pretty ? random.pick(['\n', '\n\n']) : '')
  return { text: Buffer.from(text), pieces, what: `${kind} of JSON`, loose: true }
}

function indented(text: Buffer): string {
  return text.toString().replace(/^\{/, '{\n  ').replace(/\}$/, '\n}')
}

export const partOf = ({ pieces, loose = false }: Text, suffix = ''): Part => ({ suffix, pieces, loose })

/** An array whose end is missing: everything before is read, the file is in quarantine for the rest. */
export function unclosedArray(random: Random, ids: Ids, name: string): FuzzFile {
  const pieces = Array.from({ length: random.between(1, 30) }, () => goodJson(random, ids.next()))
  const text = `[${pieces.map((piece) => piece.text.toString()).join(',\n')}${random.pick(['', ',', '\n'])}`
  return {
    name,
    bytes: Buffer.from(text),
    what: 'array without its end',
    parts: [{ suffix: '', pieces, loose: true }],
    spoiled: ['json.unclosed_array'],
  }
}
