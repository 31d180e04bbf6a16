import type { z } from 'zod'
import type { ConfigSchema, Json, JsonObject } from './contract.ts'
import { applyAliases, partsOf } from './config-aliases.ts'
import { fieldsOf, isSecret, metaOf, type Field } from './config-fields.ts'
import { coerce } from './config-coercion.ts'
import { describeIssues, type ConfigIssue, type ConfigWarning } from './config-issues.ts'
import { Fault } from './faults.ts'
import { idleKeys } from './idle-keys.ts'
import { nearest } from './nearest.ts'

export interface NormalisedConfig {
  /** Keys of the schema only, with their types and defaults. Complete only when `issues` is empty. */
  readonly value: JsonObject
  readonly issues: readonly ConfigIssue[]
  readonly warnings: readonly ConfigWarning[]
}

/**
 * A config as clients write it -> a config as drivers and the engine read it. Applies aliases (`access_key_id` is
 * `access_key`; `bucket+prefix?` joins two keys to `path`), accepts numbers and booleans written as text and choices in
 * another letter case, takes null as "not given", fills defaults, drops unknown keys with a warning each.
 * Never throws for a bad config.
 */
export function normaliseConfig(
  schema: ConfigSchema,
  aliases: Readonly<Record<string, string>> | undefined,
  config: JsonObject,
): NormalisedConfig {
  const fields = fieldsOf(schema)
  const given = Object.fromEntries(Object.entries(config).filter(([, value]) => value !== null && value !== undefined))
  const { resolved, issues } = applyAliases(fields, aliases ?? {}, given)
  const known: Record<string, unknown> = {}
  const unknown: string[] = []
  for (const [key, value] of Object.entries(resolved)) {
    const field = Object.hasOwn(fields, key) ? fields[key] : undefined
    if (field !== undefined) known[key] = coerce(field, value)
    else if (isOpen(schema)) known[key] = value
    else unknown.push(key)
  }
  const names = [
    ...Object.keys(fields),
    ...Object.keys(aliases ?? {}).flatMap((alias) => partsOf(alias).map((part) => part.key)),
  ]
  const parsed = parseTolerantly(schema, known)
  const warnings: ConfigWarning[] = [
    ...[...unknown, ...parsed.unknown].map((key) => ({ key, nearest: nearest(key, names) })),
    ...Object.entries(known).flatMap(([key, value]) => withoutEffect(key, fields[key], value)),
    ...idleKeys(schema, known),
  ]
  if (parsed.error === undefined) return { value: parsed.value as JsonObject, issues, warnings }
  const found = describeIssues(fields, parsed.error.issues, known, unknown)
  const aliased = new Set(issues.map((issue) => issue.field))
  return {
    value: known as JsonObject,
    issues: [...issues, ...found.filter((issue) => !aliased.has(issue.field))],
    warnings,
  }
}

/** A warning for a key on which this version does not act, unless its value asks for nothing. */
function withoutEffect(key: string, field: Field | undefined, value: unknown): ConfigWarning[] {
  const reason = field === undefined ? undefined : metaOf(field).unused
  return reason === undefined || value === false || value === '' ? [] : [{ key, nearest: null, reason }]
}

/** The schema takes keys of the user's own (`.catchall(…)`). */
function isOpen(schema: ConfigSchema): boolean {
  const { catchall } = schema.def
  return catchall !== undefined && catchall._zod.def.type !== 'never'
}

/** Unknown keys inside nested objects are dropped like those at the top. */
function parseTolerantly(
  schema: ConfigSchema,
  known: Record<string, unknown>,
): { value: Record<string, unknown>; error?: z.ZodError; unknown: string[] } {
  const result = schema.safeParse(known)
  if (result.success) return { value: result.data, unknown: [] }
  const nested = result.error.issues.filter((issue) => issue.code === 'unrecognized_keys' && issue.path.length > 0)
  if (nested.length === 0) return { value: known, error: result.error, unknown: [] }
  const pruned = structuredClone(known)
  const unknown: string[] = []
  for (const issue of nested) {
    if (issue.code !== 'unrecognized_keys') continue
    const holder = issue.path.reduce<unknown>((value, step) => (value as Record<PropertyKey, unknown>)[step], pruned)
    for (const key of issue.keys) {
      delete (holder as Record<string, unknown>)[key]
      unknown.push([...issue.path, key].join('.'))
    }
  }
  const again = schema.safeParse(pruned)
  return again.success ? { value: again.data, unknown } : { value: pruned, error: again.error, unknown }
}

/** The normalised config, or a `config.invalid` fault whose message holds every issue. For callers without an HTTP answer. */
export function requireConfig(
  schema: ConfigSchema,
  aliases: Readonly<Record<string, string>> | undefined,
  config: JsonObject,
): JsonObject {
  const { value, issues } = normaliseConfig(schema, aliases, config)
  const first = issues[0]
  if (first === undefined) return value
  const message = issues.map((issue) => issue.message).join(' ')
  throw new Fault({ kind: 'config', code: 'config.invalid', field: first.field, message })
}

/**
 * The part of a credential that may be shown (`credentials_non_secure_data`): keys of the schema that are not marked
 * secret. Unknown keys are left out, because nobody says that they are not secret.
 */
export function withoutSecrets(schema: ConfigSchema, value: JsonObject): JsonObject {
  const fields = fieldsOf(schema)
  return Object.fromEntries(
    Object.entries(value).filter(([key]) => {
      const field = Object.hasOwn(fields, key) ? fields[key] : undefined
      return field !== undefined && !isSecret(field)
    }),
  )
}

/** Every text in the secret fields of a credential, for redaction. Unknown keys count as secret. */
export function secretValues(schema: ConfigSchema, value: JsonObject): readonly string[] {
  const open = withoutSecrets(schema, value)
  return Object.entries(value).flatMap(([key, entry]) => (Object.hasOwn(open, key) ? [] : textsIn(entry)))
}

function textsIn(value: Json): string[] {
  if (typeof value === 'string') return [value]
  if (value === null || typeof value !== 'object') return []
  return Object.values(value).flatMap((entry: Json) => textsIn(entry))
}

/** Keys of a schema whose values never leave the server. */
export function secretKeys(schema: ConfigSchema): readonly string[] {
  return Object.entries(fieldsOf(schema)).flatMap(([key, field]) => (isSecret(field) ? [key] : []))
}
