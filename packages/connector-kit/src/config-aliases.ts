import { isDeepStrictEqual } from 'node:util'
import type { Json } from './contract.ts'
import { coerce } from './config-coercion.ts'
import { isSecret, type Field } from './config-fields.ts'
import { shown, type ConfigIssue } from './config-issues.ts'

interface AliasPart {
  readonly key: string
  readonly optional: boolean
}

/**
 * The keys that an alias reads. `bucket+prefix?` joins the values by `/` (the one with `?` may be missing) and
 * `**` stands for itself: `path?+**+file_pattern`.
 */
export function partsOf(alias: string): readonly AliasPart[] {
  return alias
    .split('+')
    .filter((part) => part !== '**')
    .map((part) => ({ key: part.replace(/\?$/, ''), optional: part.endsWith('?') }))
}

/** Replaces aliases by their keys. An alias and its key with different values is an issue: nobody can tell which one counts. */
export function applyAliases(
  fields: Readonly<Record<string, Field>>,
  aliases: Readonly<Record<string, string>>,
  given: Readonly<Record<string, unknown>>,
): { resolved: Record<string, unknown>; issues: ConfigIssue[] } {
  const resolved: Record<string, unknown> = { ...given }
  const issues: ConfigIssue[] = []
  const used = new Set<string>()
  for (const [alias, key] of Object.entries(aliases)) {
    const parts = partsOf(alias)
    if (parts.some((part) => !part.optional && resolved[part.key] === undefined)) continue
    for (const part of parts) used.add(part.key)
    const value = parts.length === 1 && !alias.includes('+') ? resolved[alias] : joined(alias, resolved)
    const present = resolved[key]
    if (present !== undefined && !sameValue(fields[key], present, value))
      issues.push(conflict(alias, key, fields[key], present, value))
    else resolved[key] = value
  }
  for (const alias of Object.keys(aliases)) {
    for (const { key } of partsOf(alias)) {
      if (!Object.hasOwn(given, key) || Object.hasOwn(fields, key)) continue
      if (!used.has(key)) issues.push(alone(alias, key, aliases[alias] ?? ''))
      delete resolved[key]
    }
  }
  return { resolved, issues }
}

function joined(alias: string, values: Readonly<Record<string, unknown>>): string {
  return alias
    .split('+')
    .map((part) => (part === '**' ? part : values[part.replace(/\?$/, '')]))
    .filter((value) => value !== undefined)
    .map((value) => String(value).replaceAll(/^\/+|\/+$/g, ''))
    .filter((value) => value !== '')
    .join('/')
}

function sameValue(field: Field | undefined, left: unknown, right: unknown): boolean {
  if (field === undefined) return isDeepStrictEqual(left, right)
  return isDeepStrictEqual(coerce(field, left), coerce(field, right))
}

function conflict(alias: string, key: string, field: Field | undefined, present: unknown, value: unknown): ConfigIssue {
  const names = alias.replaceAll('?', '').replaceAll('+**', '').replaceAll('+', ' with ')
  if (field === undefined || isSecret(field))
    return { field: key, message: `"${key}" and "${names}" mean the same and have different values. Keep one of them.` }
  const message = `"${key}" is ${shown(present)}, but "${names}", which means the same, is ${shown(value)}. Keep one of them.`
  return { field: key, value: present as Json, message }
}

function alone(alias: string, key: string, target: string): ConfigIssue {
  const needed = partsOf(alias)
    .filter((part) => !part.optional && part.key !== key)
    .map((part) => `"${part.key}"`)
  return {
    field: key,
    message: `"${key}" counts only together with ${needed.join(' and ')}. Give both, or give "${target}" instead.`,
  }
}
