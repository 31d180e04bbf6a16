import type { DataType, ScalarName, Schema } from '@leat/connector-kit'
import { duckdbType } from './duckdb-type.ts'

export function scalar(name: ScalarName): DataType {
  return { kind: 'scalar', name }
}

/** Equal as types; UNKNOWN and JSON differ although both are stored as JSON. */
export function sameType(a: DataType, b: DataType): boolean {
  if (a.kind === 'scalar' && b.kind === 'scalar') return a.name === b.name
  if (a.kind === 'decimal' && b.kind === 'decimal') return a.precision === b.precision && a.scale === b.scale
  if (a.kind === 'list' && b.kind === 'list') return sameType(a.element, b.element)
  if (a.kind === 'map' && b.kind === 'map') return sameType(a.key, b.key) && sameType(a.value, b.value)
  if (a.kind !== 'struct' || b.kind !== 'struct' || a.fields.length !== b.fields.length) return false
  return a.fields.every((field, index) => {
    const other = b.fields[index]
    return other !== undefined && other.name === field.name && sameType(field.type, other.type)
  })
}

export function sameSchema(a: Schema, b: Schema): boolean {
  return sameType({ kind: 'struct', fields: a.fields }, { kind: 'struct', fields: b.fields })
}

/** What changed, in words, for logs: `added column "discount" DECIMAL(18,2)`. */
export function describeChanges(before: Schema, after: Schema): readonly string[] {
  const known = new Map(before.fields.map((field) => [field.name, field.type]))
  return after.fields.flatMap(({ name, type }) => {
    const old = known.get(name)
    if (!old) return [`added column "${name}" ${shown(type)}`]
    return sameType(old, type) ? [] : [`changed column "${name}" from ${shown(old)} to ${shown(type)}`]
  })
}

/** A type for messages: UNKNOWN by its name, long struct texts cut. */
export function shown(type: DataType): string {
  const text = type.kind === 'scalar' ? type.name : duckdbType(type)
  return text.length > 300 ? `${text.slice(0, 299)}…` : text
}
