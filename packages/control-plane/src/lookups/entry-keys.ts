import type { LookupEntry, ProblemDetail } from '@leat/contract'
import { invalid } from '../http/problem.ts'

/** A b-tree takes keys of up to 2,700 bytes. */
const mostKeyBytes = 1024
const mostEntryBytes = 16 * 1024
const mostPatterns = 100
/** So many wrong entries are named; a list of a hundred thousand helps nobody. */
const mostDetails = 10

export interface EntryKeys {
  readonly exact: readonly string[]
  /** For LIKE. */
  readonly patterns: readonly string[]
}

/** `a,b_*`: keys with commas between, `*` for any text. A backslash before a comma, an asterisk or a backslash takes its meaning away. */
export function readEntryKeys(text: string): EntryKeys {
  const exact = new Set<string>()
  const patterns = new Set<string>()
  for (const key of text.match(/(?:\\[\\,*]|[^,])+/g) ?? []) {
    const steps: string[] = key.match(/\\[\\,*]|[^]/g) ?? []
    const literal = (step: string): string => (step.length > 1 ? step.slice(1) : step)
    if (!steps.includes('*')) exact.add(steps.map(literal).join(''))
    else patterns.add(steps.map((step) => (step === '*' ? '%' : literal(step).replace(/[\\%_]/, '\\$&'))).join(''))
  }
  if (exact.size + patterns.size === 0 || patterns.size > mostPatterns)
    throw invalid([
      {
        field: 'entry_keys',
        value: text.slice(0, 80),
        message: `The path names ${exact.size + patterns.size === 0 ? 'no key' : `${patterns.size} patterns with *`}. Give keys with commas between, of which at most ${mostPatterns} may hold an asterisk: /data_maps/7/entries/a,b_*.`,
      },
    ])
  return { exact: [...exact], patterns: [...patterns] }
}

/**
 * Entries by their keys; of two with the same key the later one. `field` is where the request has them. Throws a 400 that names the first
 * entries without a key that can be stored.
 */
export function byKey(entries: readonly LookupEntry[], primaryKey: string, field: string): Map<string, LookupEntry> {
  const found = new Map<string, LookupEntry>()
  const wrong: ProblemDetail[] = []
  for (const [index, entry] of entries.entries()) {
    const key = keyOf(entry, primaryKey)
    const problem = key === null ? needsKey(entry, primaryKey) : (keyProblem(key) ?? entryProblem(entry))
    if (problem === null) found.set(key!, entry)
    else if (wrong.push(detail(problem, `${field}.${index}`, entry, primaryKey)) === mostDetails) break
  }
  if (wrong.length > 0) throw invalid(wrong)
  return found
}

/** The text by which an entry is found: that of its JSON. Null when it has none. */
function keyOf(entry: LookupEntry, primaryKey: string): string | null {
  const value = Object.hasOwn(entry, primaryKey) ? entry[primaryKey] : null
  return ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : null
}

interface WrongEntry {
  /** It is about the key, not about the whole. */
  readonly ofKey: boolean
  readonly says: string
}

function needsKey(entry: LookupEntry, primaryKey: string): WrongEntry {
  const says = `the key of an entry, in the field "${primaryKey}", is a text, a number or true or false`
  return { ofKey: Object.hasOwn(entry, primaryKey), says }
}

function keyProblem(key: string): WrongEntry | null {
  if (key === '') return { ofKey: true, says: 'a key must not be empty' }
  if (Buffer.byteLength(key) <= mostKeyBytes) return null
  return {
    ofKey: true,
    says: `a key has at most ${mostKeyBytes} bytes in UTF-8, and this one ${Buffer.byteLength(key)}`,
  }
}

function entryProblem(entry: LookupEntry): WrongEntry | null {
  const json = JSON.stringify(entry)
  const bytes = Buffer.byteLength(json)
  if (bytes > mostEntryBytes)
    return { ofKey: false, says: `an entry has at most ${mostEntryBytes} bytes, and this one ${bytes}` }
  // The parser of the request has rounded them already: what was meant is not known any more.
  if (/\d{16}|\de\+/.test(json) && holdsRounded(entry))
    return {
      ofKey: false,
      says: 'it holds a whole number beyond 2^53, which JSON does not carry exactly: send it as a text',
    }
  return null
}

function holdsRounded(value: unknown): boolean {
  if (typeof value === 'number') return Number.isInteger(value) && !Number.isSafeInteger(value)
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsRounded)
}

function detail({ ofKey, says }: WrongEntry, field: string, entry: LookupEntry, primaryKey: string): ProblemDetail {
  if (!ofKey) return { field, message: `"${field}" is not valid: ${says}.` }
  const value = entry[primaryKey]
  const shown = JSON.stringify(value).slice(0, 80)
  const place = `${field}.${primaryKey}`
  return { field: place, value: shown.length < 80 ? value : shown, message: `"${place}" is ${shown}: ${says}.` }
}
