import type { z } from 'zod'
import type { Json } from './contract.ts'
import { choicesOf, isSecret, metaOf, type Field } from './config-fields.ts'
import { nearest } from './nearest.ts'

/** A value that cannot be used. Becomes a 400 that names the field, the value and the valid choices. */
export interface ConfigIssue {
  /** Key of the schema (nested: joined by a dot). */
  readonly field: string
  /** What was given; never present for secret fields and missing values. */
  readonly value?: Json
  /** For the user: field, value, what is valid, and the next step. */
  readonly message: string
  /** The valid choice, or the key in the config, that is most like what was given. */
  readonly nearest?: string
  readonly choices?: readonly string[]
}

/** A key that is stored by the platform and has no effect. */
export interface ConfigWarning {
  readonly key: string
  /** The key that was probably meant, when no schema knows this one. */
  readonly nearest: string | null
  /** Why it has no effect, when it is a key of the public API. */
  readonly reason?: string
}

/** A value as an error may show it: JSON, cut after 80 characters. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'undefined'
  return text.length > 80 ? `${text.slice(0, 77)}…` : text
}

/** What zod found, in words that a person can act on. `unknown`: keys of the config that no field has, for "did you mean". */
export function describeIssues(
  fields: Readonly<Record<string, Field>>,
  issues: readonly z.core.$ZodIssue[],
  config: Readonly<Record<string, unknown>>,
  unknown: readonly string[],
): ConfigIssue[] {
  return issues.map((issue) => {
    const key = String(issue.path[0] ?? '')
    const name = issue.path.join('.')
    const field = Object.hasOwn(fields, key) ? fields[key] : undefined
    const value = issue.path.reduce<unknown>(
      (at, step) => (at as Record<PropertyKey, unknown> | undefined)?.[step],
      config,
    )
    if (field === undefined) return { field: name, message: issue.message }
    if (value === undefined) return missing(name, field, issue, unknown)
    if (isSecret(field)) return { field: name, message: `"${name}" is not valid: ${reasonOf(issue)}.` }
    return wrong(name, issue, value, issue.path.length === 1 ? choicesOf(field) : undefined)
  })
}

function missing(name: string, field: Field, issue: z.core.$ZodIssue, unknown: readonly string[]): ConfigIssue {
  if (issue.code === 'custom') return { field: name, message: issue.message }
  const meant = nearest(name, unknown)
  const { title, description } = metaOf(field)
  const what = [title, description].filter((text) => text !== undefined).join(': ')
  const choices = choicesOf(field)
  const valid = choices === undefined ? '' : ` Valid: ${choices.join(', ')}.`
  const hint = meant === null ? '' : ` The config has "${meant}"; did you mean "${name}"?`
  const message = `"${name}" is missing${what === '' ? '' : ` (${what})`}.${valid}${hint}`
  return {
    field: name,
    message,
    ...(meant === null ? {} : { nearest: meant }),
    ...(choices === undefined ? {} : { choices }),
  }
}

function wrong(
  name: string,
  issue: z.core.$ZodIssue,
  value: unknown,
  known: readonly string[] | undefined,
): ConfigIssue {
  const choices = issue.code === 'invalid_value' ? issue.values.map(String) : known
  const base = { field: name, value: value as Json }
  if (choices === undefined) return { ...base, message: `"${name}" is ${shown(value)}: ${reasonOf(issue)}.` }
  const near = typeof value === 'string' ? nearest(value, choices) : null
  const hint = near === null ? '' : ` Did you mean "${near}"?`
  const message = `"${name}" is ${shown(value)}, which is not one of ${choices.join(', ')}.${hint}`
  return { ...base, message, choices, ...(near === null ? {} : { nearest: near }) }
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
}

function reasonOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return `expected ${typeNames[issue.expected] ?? issue.expected}`
  if (issue.code === 'invalid_union') return 'it has none of the forms that are allowed here'
  if (issue.code === 'too_small' && issue.origin === 'string') return 'it must not be empty'
  if (issue.code === 'too_small')
    return `it must be ${issue.inclusive === false ? 'more than' : 'at least'} ${String(issue.minimum)}`
  if (issue.code === 'too_big') return `it must be at most ${String(issue.maximum)}`
  return issue.message.replace(/\.$/, '')
}
