import { z } from 'zod'
import type { ConfigSchema } from './contract.ts'

/**
 * What `.meta()` of a config field holds. `secret` marks values that never leave the server, `unused` says why a key of the public API has no effect.
 */
export interface FieldMeta {
  readonly title?: string
  readonly description?: string
  readonly secret?: boolean
  readonly unused?: string
}

export type Field = z.ZodType

/** The fields of a config schema by key. */
export function fieldsOf(schema: ConfigSchema): Readonly<Record<string, Field>> {
  return schema.shape as Record<string, Field>
}

/** Title, description and secret mark of a field, also when it is wrapped (`optional`, `default`, `nullable`). */
export function metaOf(field: Field): FieldMeta {
  const own = (field.meta() ?? {}) as FieldMeta
  const inner = innerOf(field)
  return inner === undefined ? own : { ...metaOf(inner), ...own }
}

export function isSecret(field: Field): boolean {
  return metaOf(field).secret === true
}

function innerOf(field: Field): Field | undefined {
  if (field instanceof z.ZodOptional || field instanceof z.ZodNullable || field instanceof z.ZodDefault)
    return field.unwrap() as Field
  return undefined
}

/** The valid choices of a field, when it is a list of texts. */
export function choicesOf(field: Field): readonly string[] | undefined {
  const inner = innerOf(field)
  if (inner !== undefined) return choicesOf(inner)
  if (field instanceof z.ZodEnum) return field.options.map(String)
  if (field instanceof z.ZodLiteral) return [...field.values].map(String)
  return undefined
}
