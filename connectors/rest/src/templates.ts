import type { ConnectContext } from '@leat/connector-kit'
import { restFault } from './faults.ts'
import { formatDate, shiftDate } from './dates.ts'
import { isRecord, jsonValue } from './json-value.ts'

/** Everything that placeholders and macros can name while one request is made. */
export interface Scope {
  /** A value of the credential, or undefined. */
  credential(name: string): string | undefined
  /** ISO 8601, UTC. */
  readonly lastSuccessAt: string
  /** The moment that {now} means: the same for all requests of a chain. */
  readonly now: Date
  /** Records of earlier steps by the key of their step. */
  readonly steps: ReadonlyMap<string, unknown>
  readonly dateFormat: string | undefined
  readonly dateUnit: string | undefined
  /** Columns of the row of a lookup. */
  readonly row?: Readonly<Record<string, unknown>>
  /** Reads a lookup of the platform; absent where there are none. */
  readonly lookup?: NonNullable<ConnectContext['lookup']>
}

/** How a value is written where its placeholder stands. */
export type Writing = 'plain' | 'url' | 'json'

const credential = String.raw`\$\{CREDENTIAL\.([^{}]+)\}`
const lastSuccess = String.raw`\$\{(LAST_SUCCESS_AT)\}`
const now = String.raw`\$?\{now\s*([+-]\s*\d+)?\}`
const step = String.raw`\$?\{(step[\w-]*(?:[.[][^{}]*)?)\}`
const variable = String.raw`\$?\{([A-Za-z_][\w.]*)=([^{}]*)\}`
const column = String.raw`\$?\{(?:map\.|record\.)?([A-Za-z_][\w.]*)\}`
const placeholder = new RegExp([credential, lastSuccess, now, step, variable, column].join('|'), 'g')

/**
 * Fills `${CREDENTIAL.name}`, `${LAST_SUCCESS_AT}`, `{now-5}`, `{name=default}`, `{step1.path}` and `{step_step1.path}` (with or without a `$`).
 * Anything else in braces stays as it is: bodies are full of them. `place` names the text in faults.
 */
export function fill(text: string, scope: Scope, place: string, writing: Writing = 'plain'): string {
  if (!text.includes('{')) return text
  return text.replace(placeholder, (whole, secret, last, shift, path, name, standard, key, offset: number) => {
    const write = (value: unknown): string => written(value, writing === 'url' && offset === 0 ? 'plain' : writing)
    if (secret !== undefined) return write(credentialValue(secret, scope, place))
    if (last !== undefined) return write(scope.lastSuccessAt)
    if (path !== undefined) return write(stepValue(path, whole, scope, place))
    if (name !== undefined) return write(standard)
    if (key !== undefined) return columnValue(key, whole, scope, write, place)
    return write(dateText(shift, scope))
  })
}

function credentialValue(name: string, scope: Scope, place: string): string {
  const value = scope.credential(name.trim())
  if (value !== undefined) return value
  throw restFault(
    'value_missing',
    {
      place,
      placeholder: `\${CREDENTIAL.${name}}`,
      why: `give the source a credential ("data_credentials_id") that has "${name}".`,
    },
    { field: 'data_credentials_id' },
  )
}

function dateText(shift: string | undefined, scope: Scope): string {
  const amount = shift === undefined ? 0 : Number(shift.replaceAll(/\s/g, ''))
  return formatDate(shiftDate(scope.now, amount, scope.dateUnit ?? 'dd'), scope.dateFormat)
}

function stepValue(path: string, whole: string, scope: Scope, place: string): unknown {
  const found = stepOf(path, [...scope.steps.keys()])
  if (found === null) {
    const why = `there is no earlier step of this name; there are ${[...scope.steps.keys()].join(', ') || 'none'}.`
    throw restFault('value_missing', { place, placeholder: whole, why }, { field: 'rest.iterations' })
  }
  const record = scope.steps.get(found.key)
  const value = found.path === '' ? record : jsonValue(record, found.path)
  if (value !== undefined && value !== null) return value
  const known = isRecord(record) ? ` It has ${Object.keys(record).slice(0, 10).join(', ')}.` : ''
  const why = `the record of step "${found.key}" has nothing at "${found.path}".${known}`
  throw restFault('value_missing', { place, placeholder: whole, why }, { field: 'rest.iterations' })
}

/** `step1.a.b`, `step_step1.a.b`, `step_1.a` (for a step `1` or `step1`) -> step and path. */
function stepOf(text: string, keys: readonly string[]): { key: string; path: string } | null {
  const names = (key: string): readonly string[] => [`step_${key}`, `step${key}`, key, key.replace(/^step/, 'step_')]
  for (const key of keys.toSorted((left, right) => right.length - left.length))
    for (const name of names(key))
      if (text === name || text.startsWith(`${name}.`) || text.startsWith(`${name}[`))
        return { key, path: text.slice(name.length).replace(/^\./, '') }
  return null
}

/** A bare `{name}` is a macro only where a lookup feeds it; else it belongs to the text. */
function columnValue(key: string, whole: string, scope: Scope, write: (value: unknown) => string, place: string) {
  if (whole.startsWith('$') && scope.row === undefined) {
    const why = 'known are ${CREDENTIAL.<name>}, ${LAST_SUCCESS_AT}, {now}, {name=default} and {step<key>.<path>}.'
    throw restFault('value_missing', { place, placeholder: whole, why })
  }
  const value = scope.row?.[key]
  return value === undefined || value === null ? whole : write(value)
}

function written(value: unknown, writing: Writing): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  if (writing === 'url') return encodeURIComponent(text)
  if (writing === 'json' && typeof value === 'string') return JSON.stringify(value).slice(1, -1)
  return text
}
