import { createHash } from 'node:crypto'

/**
 * A record that carries its own oracle: who reads it anywhere knows which record it is, whether it is whole, and where it stands among the
 * records of its key. Nothing of the platform is needed to judge it.
 */
export interface OracleRecord {
  /** Which generator wrote it. */
  readonly stream: string
  /** 0, 1, 2 … within the stream; each exactly once. */
  readonly seq: number
  /** Records of one key stand in one file, so that their order is promised. */
  readonly key: string
  /** Grows within the key. */
  readonly pos: number
  readonly text: string
  readonly nested: { readonly amount: string; readonly tags: readonly string[] }
  /** Only in files after a change of the schema. */
  readonly extra?: string
  /** Checksum of everything else. */
  readonly sum: string
}

/** Every fourth record is left out by the filter of the derived nexset. */
export const isKept = (seq: number): boolean => seq % 4 !== 0

const words = ['plain', 'größe', '日本語', '🚀 rocket', 'a "quoted" word', 'back\\slash', 'tab\there', '', 'null']

/** The same record for the same arguments, always. */
export function recordOf(stream: string, seq: number, key: string, pos: number, withExtra = false): OracleRecord {
  const salt = createHash('sha256').update(`${stream}/${seq}`).digest('hex')
  const word = words[Number.parseInt(salt.slice(0, 4), 16) % words.length]!
  const body = {
    stream,
    seq,
    key,
    pos,
    text: `${word} ${salt.slice(0, 12)}`,
    nested: {
      amount: `${Number.parseInt(salt.slice(4, 12), 16)}.${salt.slice(12, 14)}`,
      tags: [word, salt.slice(0, 3)],
    },
    ...(withExtra ? { extra: `extra ${salt.slice(0, 5)}` } : {}),
  }
  return { ...body, sum: checksum(body) }
}

/** Over the values, not the text: the order of fields and the spelling of numbers may change on the way. An absent field counts as null. */
export function checksum(record: Omit<OracleRecord, 'sum'>): string {
  const { stream, seq, key, pos, text, nested, extra } = record
  const values = JSON.stringify([stream, seq, key, pos, text, nested?.amount, nested?.tags, extra ?? null])
  return createHash('sha256').update(values).digest('hex').slice(0, 20)
}

/** A line that is not JSON and says which one it is. */
export function badLine(stream: string, number: number): string {
  return `{"stream": "${stream}", "bad": ${number}, "broken`
}
