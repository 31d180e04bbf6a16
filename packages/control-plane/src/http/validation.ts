import { nearest } from '@leat/connector-kit'
import type { ProblemDetail } from '@leat/contract'
import type { z } from 'zod'
import { invalid } from './problem.ts'

/** Parses a part of a request, or throws a 400 that names every field, its value and the nearest valid choice. */
export function validate<S extends z.ZodType>(schema: S, value: unknown, part: 'path' | 'query' | 'body'): z.output<S> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw invalid(result.error.issues.flatMap((issue) => describe(issue, value, part)))
}

function describe(issue: z.core.$ZodIssue, root: unknown, part: string): ProblemDetail[] {
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const alternatives = issue.errors.toSorted((a, b) => a.length - b.length)[0] ?? []
    if (alternatives.some((inner) => inner.path.length > 0))
      return alternatives.flatMap((inner) => describe({ ...inner, path: [...issue.path, ...inner.path] }, root, part))
  }
  const field = issue.path.join('.') || part
  const value = issue.path.reduce<unknown>(
    (at, step) => (at as Record<PropertyKey, unknown> | null | undefined)?.[step],
    root,
  )
  if (value === undefined) return [missing(field, issue, root)]
  const choices = choicesOf(issue)
  const near = typeof value === 'string' && choices ? nearest(value, choices) : null
  const show = showable(issue.path) && !(issue.path.length === 0 && typeof value === 'object')
  const said = show ? `"${field}" is ${shown(value)}` : `"${field}" is not valid`
  const reason = choices ? `it must be one of ${choices.join(', ')}` : reasonOf(issue)
  return [
    {
      field,
      ...(show ? { value } : {}),
      message: `${said}: ${reason}.${near ? ` Did you mean "${near}"?` : ''}`,
      ...(near ? { nearest: near } : {}),
    },
  ]
}

function missing(field: string, issue: z.core.$ZodIssue, root: unknown): ProblemDetail {
  const holder = issue.path
    .slice(0, -1)
    .reduce<unknown>((at, step) => (at as Record<PropertyKey, unknown> | undefined)?.[step], root)
  const keys = holder !== null && typeof holder === 'object' && !Array.isArray(holder) ? Object.keys(holder) : []
  const near = nearest(String(issue.path.at(-1) ?? ''), keys)
  const what = issue.code === 'invalid_type' ? ` (${typeNames[issue.expected] ?? issue.expected})` : ''
  const choices = choicesOf(issue)
  return {
    field,
    message: `"${field}" is missing${what}.${choices ? ` Valid: ${choices.join(', ')}.` : ''}${near ? ` There is "${near}"; did you mean "${field}"?` : ''}`,
    ...(near ? { nearest: near } : {}),
  }
}

/** Values of credentials are never repeated in an answer. */
function showable(path: readonly PropertyKey[]): boolean {
  return !path.some((step) => step === 'credentials' || step === 'data_credentials')
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'undefined'
  return text.length > 80 ? `${text.slice(0, 77)}…` : text
}

function choicesOf(issue: z.core.$ZodIssue): string[] | null {
  return issue.code === 'invalid_value' ? issue.values.map(String) : null
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
  record: 'an object',
}

function reasonOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return `expected ${typeNames[issue.expected] ?? issue.expected}`
  if (issue.code === 'invalid_union') return 'it has none of the forms that are allowed here'
  if (issue.code === 'too_small')
    return issue.origin === 'string' || issue.origin === 'array'
      ? 'it must not be empty'
      : `it must be at least ${String(issue.minimum)}`
  if (issue.code === 'too_big') return `it must be at most ${String(issue.maximum)}`
  return issue.message.replace(/\.$/, '')
}
