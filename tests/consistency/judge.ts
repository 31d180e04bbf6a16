import { checksum, isKept, type OracleRecord } from './records.ts'

/** What somebody who reads the destination finds, compared with what was written. */
export interface Verdict {
  readonly expected: number
  readonly found: number
  readonly lost: readonly string[]
  readonly doubled: readonly string[]
  /** The checksum does not fit, or it is not a record at all. */
  readonly altered: readonly string[]
  /** Stands before an earlier record of its key. */
  readonly misplaced: readonly string[]
  /** Whole, but nobody wrote it, or it should have been filtered. */
  readonly foreign: readonly string[]
}

export interface Expectation {
  readonly stream: string
  /** Records 0 … n - 1 were written. */
  readonly records: number
  /** Only those that pass the filter are due. */
  readonly filtered?: boolean
  /** False for a record that may be missing. */
  readonly isCertain?: (seq: number) => boolean
  /** Not the end: what has not arrived yet is not lost. */
  readonly unfinished?: boolean
}

/** Judges rows in the order in which a reader gets them. Knows nothing of the platform. */
export async function judge(rows: AsyncIterable<unknown>, expectation: Expectation): Promise<Verdict> {
  const { stream, records, filtered = false, unfinished = false, isCertain = () => true } = expectation
  const isDue = (seq: number): boolean => !filtered || isKept(seq)
  const seen = new Uint8Array(records)
  const lastOfKey = new Map<string, number>()
  const doubled: string[] = []
  const altered: string[] = []
  const misplaced: string[] = []
  const foreign: string[] = []
  let found = 0
  for await (const row of rows) {
    found++
    const record = row as OracleRecord
    if (!isWhole(record)) altered.push(JSON.stringify(row)?.slice(0, 300) ?? 'nothing')
    else if (record.stream !== stream || !(record.seq < records) || !isDue(record.seq)) foreign.push(nameOf(record))
    else {
      if (seen[record.seq] !== 0) doubled.push(nameOf(record))
      else if (record.pos <= (lastOfKey.get(record.key) ?? -1)) misplaced.push(nameOf(record))
      seen[record.seq] = 1
      lastOfKey.set(record.key, Math.max(record.pos, lastOfKey.get(record.key) ?? -1))
    }
  }
  const lost: string[] = []
  let expected = 0
  for (let seq = 0; seq < records; seq++) {
    if (!isDue(seq) || !isCertain(seq)) continue
    expected++
    if (seen[seq] === 0 && !unfinished) lost.push(`${stream}/${seq}`)
  }
  return { expected, found, lost, doubled, altered, misplaced, foreign }
}

/** Judges the raw lines in quarantine: each bad line is there once. */
export function judgeQuarantine(raw: readonly string[], stream: string, bad: number): Verdict {
  const seen = new Map<number, number>()
  const altered: string[] = []
  for (const line of raw) {
    const number = /^\{"stream": "([^"]*)", "bad": (\d+), "broken\n?$/.exec(line)
    if (number?.[1] !== stream) altered.push(line.slice(0, 300))
    else seen.set(Number(number[2]), (seen.get(Number(number[2])) ?? 0) + 1)
  }
  const name = (number: number): string => `${stream}/bad ${number}`
  return {
    expected: bad,
    found: raw.length,
    lost: Array.from({ length: bad }, (_, number) => number)
      .filter((number) => !seen.has(number))
      .map(name),
    doubled: [...seen].filter(([, times]) => times > 1).map(([number]) => name(number)),
    altered,
    misplaced: [],
    foreign: [...seen.keys()].filter((number) => number >= bad).map(name),
  }
}

export function findings(verdict: Verdict): readonly string[] {
  const kinds = ['lost', 'doubled', 'altered', 'misplaced', 'foreign'] as const
  return kinds
    .filter((kind) => verdict[kind].length > 0)
    .map((kind) => `${verdict[kind].length} ${kind}, the first: ${verdict[kind].slice(0, 3).join(' · ')}`)
}

export function addVerdicts(verdicts: readonly Verdict[]): Verdict {
  const all = (kind: 'lost' | 'doubled' | 'altered' | 'misplaced' | 'foreign'): string[] =>
    verdicts.flatMap((verdict) => [...verdict[kind]])
  return {
    expected: verdicts.reduce((sum, verdict) => sum + verdict.expected, 0),
    found: verdicts.reduce((sum, verdict) => sum + verdict.found, 0),
    lost: all('lost'),
    doubled: all('doubled'),
    altered: all('altered'),
    misplaced: all('misplaced'),
    foreign: all('foreign'),
  }
}

function isWhole(record: OracleRecord): boolean {
  return (
    typeof record === 'object' &&
    record !== null &&
    Number.isInteger(record.seq) &&
    record.seq >= 0 &&
    checksum(record) === record.sum
  )
}

function nameOf({ stream, seq }: OracleRecord): string {
  return `${stream}/${seq}`
}
