import type { DataType } from '../src/index.ts'
import { ExactNumber, exactly, parseExact } from './exact-json.ts'

/**
 * Whether a reader shows the canonical `expected`. Readers spell differently: numbers may be numbers, bigints or text, times may have a space for the
 * `T`, another offset or fewer zeros, nested values may be text. A `Date` is never taken: it has lost the microseconds.
 */
export function sameValue(type: DataType, expected: unknown, shown: unknown): boolean {
  return canonicalText(type, expected) === canonicalText(type, shown)
}

/** One text per value, equal for all spellings of it. What does not fit the type keeps its own form and so equals nothing. */
export function canonicalText(type: DataType, value: unknown): string {
  if (value === null || value === undefined) return 'null'
  switch (type.kind) {
    case 'decimal':
      return numberText(value)
    case 'scalar':
      return scalarText(type.name, value)
    case 'list': {
      const list = parsed(value)
      return Array.isArray(list) ? `[${list.map((item) => canonicalText(type.element, item)).join()}]` : strange(value)
    }
    case 'struct': {
      const members = parsed(value)
      if (!isObject(members)) return strange(value)
      return `{${type.fields.map((field) => `${JSON.stringify(field.name)}:${canonicalText(field.type, members[field.name])}`).join()}}`
    }
    case 'map': {
      const entries = parsed(value)
      if (!isObject(entries)) return strange(value)
      const texts = Object.entries(entries).map(
        ([key, item]) => `${JSON.stringify(key)}:${canonicalText(type.value, item)}`,
      )
      return `{${texts.sort().join()}}`
    }
  }
}

function scalarText(name: string, value: unknown): string {
  if (/INT/.test(name) && name !== 'INTERVAL') return numberText(value)
  switch (name) {
    case 'BOOLEAN':
      return /^(true|t|1)$/i.test(plain(value))
        ? 'true'
        : /^(false|f|0)$/i.test(plain(value))
          ? 'false'
          : strange(value)
    case 'DOUBLE':
    case 'FLOAT':
      return doubleText(plain(value))
    case 'BLOB':
      return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : plain(value)
    case 'DATE':
      return plain(value)
    case 'TIME':
      return withoutZeros(plain(value))
    case 'TIMESTAMP':
      return withoutZeros(plain(value).replace(' ', 'T'))
    case 'TIMESTAMPTZ':
      return instantText(plain(value))
    case 'UUID':
      return plain(value).toLowerCase()
    case 'JSON':
      return documentText(value)
    default:
      return typeof value === 'string' ? JSON.stringify(value) : strange(value)
  }
}

function numberText(value: unknown): string {
  if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)) return strange(value)
  return exactly(value) ?? strange(value)
}

function doubleText(text: string): string {
  const named: Readonly<Record<string, string>> = {
    nan: 'NaN',
    inf: 'Infinity',
    infinity: 'Infinity',
    '-inf': '-Infinity',
    '-infinity': '-Infinity',
  }
  const name = named[text.toLowerCase()]
  return name ?? (exactly(text) === null ? strange(text) : String(Number(text)))
}

/** Numbers and texts as they are printed; everything else is strange. */
function plain(value: unknown): string {
  if (value instanceof ExactNumber) return value.text
  return typeof value === 'string' ||
    typeof value === 'number' ||
    typeof value === 'bigint' ||
    typeof value === 'boolean'
    ? String(value)
    : strange(value)
}

function withoutZeros(time: string): string {
  return time.replace(/(\.\d*?)0+(?=$|[Z+-])/, '$1').replace(/\.(?=$|[Z+-])/, '')
}

/** In UTC, by hand: a Date has milliseconds only. */
function instantText(text: string): string {
  const match = /^(\d{4,}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(\.\d+)?\s*(Z|UTC|[+-]\d{2}(?::?\d{2})?)$/i.exec(text)
  if (match === null) return strange(text)
  const [, day = '', time = '', fraction = '', zone = 'Z'] = match
  const offset = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone)
  const minutes = offset === null ? 0 : (Number(offset[2]) * 60 + Number(offset[3] ?? 0)) * (offset[1] === '-' ? -1 : 1)
  const year = Number(day.split('-')[0])
  const iso = `${year > 9999 ? `+${String(year).padStart(6, '0')}${day.slice(day.indexOf('-'))}` : day}T${time}Z`
  const utc = new Date(Date.parse(iso) - minutes * 60_000).toISOString().slice(0, -5).replace(/^\+0*/, '')
  return withoutZeros(`${utc}${fraction}Z`)
}

/** Members in one order, numbers exact: 1.1 and 1.10 are the same number. */
function documentText(value: unknown): string {
  const document = typeof value === 'string' ? (parsed(value) ?? value) : value
  if (document instanceof ExactNumber || typeof document === 'number' || typeof document === 'bigint')
    return numberText(document)
  if (Array.isArray(document)) return `[${document.map(memberText).join()}]`
  if (!isObject(document)) return JSON.stringify(document) ?? 'null'
  const members = Object.entries(document).map(([key, item]) => `${JSON.stringify(key)}:${memberText(item)}`)
  return `{${members.sort().join()}}`
}

/** A text inside a document is a text, not a document of its own. */
function memberText(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : documentText(value)
}

/** Nested values may come as the text of their JSON. */
function parsed(value: unknown): unknown {
  if (typeof value !== 'string') return value
  try {
    return parseExact(value)
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function strange(value: unknown): string {
  const shown =
    typeof value === 'bigint' ? `${value}n` : value instanceof Date ? `Date(${value.getTime()})` : JSON.stringify(value)
  return `?${typeof value} ${shown ?? ''}`
}
