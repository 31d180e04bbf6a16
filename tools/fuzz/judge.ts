import type { FuzzFile, Part, Piece } from './fuzz-file.ts'

/** What came out of a run. `origin` is the file's name, with the entry of an archive behind it. */
export interface Arrived {
  readonly origin: string
  readonly ordinal: number
  /** Values whose `JSON.stringify` is exact. */
  readonly record: Readonly<Record<string, unknown>>
}

export interface Refused {
  readonly origin: string
  readonly ordinal: number
  readonly code: string
  readonly reason: string
  readonly raw: Uint8Array
}

export interface Outcome {
  readonly arrived: readonly Arrived[]
  readonly refused: readonly Refused[]
}

/** Codes of whole files: their quarantine entry stands for the file, not for a record. */
const wholeFile =
  /^(compression|archive|parquet|format)\.|^json\.(unclosed_array|document_too_large)$|^csv\.no_columns$/

/** Everything that is wrong with the outcome, one line each; empty: nothing was lost, doubled, altered or wrongly refused. */
export function judge(files: readonly FuzzFile[], outcome: Outcome): string[] {
  const arrived = Map.groupBy(outcome.arrived, ({ origin }) => origin)
  const refused = Map.groupBy(outcome.refused, ({ origin }) => origin)
  const wrong: string[] = []
  for (const file of files) {
    const say = (message: string) => wrong.push(`${file.name} (${file.what}): ${message}`)
    if (file.unknowable === true) {
      forget(file.name, arrived, refused)
      continue
    }
    judgeWhole(file, refused.get(file.name) ?? [], say)
    for (const part of file.parts) {
      const origin = `${file.name}${part.suffix}`
      const records = (refused.get(origin) ?? []).filter(({ code }) => !wholeFile.test(code))
      judgePart(part, arrived.get(origin) ?? [], records, say)
    }
    forget(file.name, arrived, refused)
  }
  for (const [origin, records] of [...arrived, ...refused])
    wrong.push(`${origin}: ${records.length} records that no file has`)
  return wrong
}

function forget(name: string, ...outcomes: Map<string, unknown>[]): void {
  for (const outcome of outcomes)
    for (const origin of outcome.keys()) if (origin === name || origin.startsWith(`${name}!`)) outcome.delete(origin)
}

function judgeWhole(file: FuzzFile, refused: readonly Refused[], say: (message: string) => void): void {
  const whole = refused.filter(({ code }) => wholeFile.test(code))
  if (file.spoiled === undefined) {
    if (whole.length > 0) say(`refused as a whole: ${whole[0]!.code} ${whole[0]!.reason}`)
    return
  }
  const [found] = whole
  if (whole.length !== 1 || found === undefined) return say(`is in quarantine ${whole.length} times as a whole`)
  if (!file.spoiled.includes(found.code)) say(`refused with ${found.code} instead of ${file.spoiled.join(' or ')}`)
  if (
    !file.bytes.subarray(0, found.raw.length).equals(found.raw) ||
    found.raw.length < Math.min(file.bytes.length, 1 << 20)
  )
    say(`${found.raw.length} raw bytes are kept, which are not its first bytes`)
}

function judgePart(
  part: Part,
  arrived: readonly Arrived[],
  refused: readonly Refused[],
  say: (message: string) => void,
): void {
  const good = Map.groupBy(arrived, ({ ordinal }) => ordinal)
  const bad = Map.groupBy(refused, ({ ordinal }) => ordinal)
  const last = Math.max(-1, ...good.keys(), ...bad.keys())
  const { least, most } = part.readable ?? { least: part.pieces.length, most: part.pieces.length }
  if (last + 1 > most) say(`record ${last}, where it has ${part.pieces.length}`)
  // The record at which the damage begins is refused as it is.
  const sure = part.readable === undefined ? most : Math.max(least, last)
  for (const [ordinal, piece] of part.pieces.slice(0, sure).entries())
    judgePiece(piece, good.get(ordinal) ?? [], bad.get(ordinal) ?? [], part.loose === true, (message) =>
      say(`record ${ordinal} (${piece.what}) ${message}`),
    )
}

function judgePiece(
  piece: Piece,
  good: readonly Arrived[],
  bad: readonly Refused[],
  loose: boolean,
  say: (message: string) => void,
): void {
  if (good.length + bad.length !== 1) return say(`arrived ${good.length} times and was refused ${bad.length} times`)
  const [arrived, refused] = [good[0], bad[0]]
  if (arrived !== undefined) {
    if (piece.fate === 'refused') return say(`arrived: ${shown(arrived.record)}`)
    for (const [field, expected] of Object.entries(fieldsOf(piece)))
      if (!same(JSON.stringify(arrived.record[field] ?? null), expected))
        say(`has ${field} ${JSON.stringify(arrived.record[field])} instead of ${expected.slice(0, 100)}`)
    return
  }
  if (refused === undefined) return
  if (piece.fate === 'arrives') return say(`was refused: ${refused.code} ${refused.reason.slice(0, 200)}`)
  if (piece.codes !== undefined && !piece.codes.includes(refused.code))
    say(`was refused with ${refused.code} (${refused.reason.slice(0, 100)}) instead of ${piece.codes.join(' or ')}`)
  if (refused.reason.length < 10) say(`was refused without a reason`)
  if (!sameBytes(Buffer.from(refused.raw), piece.text, loose))
    say(`is in quarantine with other bytes: ${shown(Buffer.from(refused.raw).toString())}`)
}

function fieldsOf(piece: Piece): Record<string, string> {
  return { id: 'null', long: 'null', name: 'null', amount: 'null', paid: 'null', ...piece.value }
}

function same(found: string, expected: string): boolean {
  if (found === expected) return true
  if (found.startsWith('"') && expected.startsWith('"')) return JSON.parse(found) === JSON.parse(expected)
  return /^-?\d+\.\d+$/.test(expected) && found !== 'null' && Number(found) === Number(expected)
}

const longest = 32 << 20

function sameBytes(found: Buffer, expected: Buffer, loose: boolean): boolean {
  if (found.equals(expected) || found.equals(Buffer.concat([expected, Buffer.from('\r')]))) return true
  if (expected.length > longest) return found.equals(expected.subarray(0, longest))
  const bare = (bytes: Buffer) => bytes.toString('latin1').replaceAll(/\s/g, '')
  return loose && bare(found) === bare(expected)
}

const shown = (value: unknown): string => JSON.stringify(value).slice(0, 200)
