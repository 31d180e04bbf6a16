import type { DataType, Field, Schema } from '@leat/connector-kit'
import type { Profile } from '../json/profile.ts'
import { inferNumber, inferType } from '../json/profile.ts'
import { columnFor, keyOf } from '../types/keys.ts'
import { mergeType } from '../types/merge.ts'
import { scalar } from '../types/type.ts'

export interface EvolveRequest {
  /** What the records that do not fit show. */
  readonly odd: Profile
  /** Records of the same unit, fitting or not; the broken ones do not count. */
  readonly records: number
  /** True: only columns without a type yet get one (no drift); false: new fields and wider types too. */
  readonly onlyUnknown: boolean
}

/** The schema after the policy `evolve` has seen the records that do not fit. Never narrows. */
export function evolveSchema(schema: Schema, request: EvolveRequest): Schema {
  const fields: Field[] = schema.fields.map((field) => {
    const seen = request.odd.fields.get(keyOf(field.name, schema.fields)) ?? request.odd.fields.get(field.name)
    return seen ? { name: field.name, type: evolveType(field.type, seen, request) } : field
  })
  if (request.onlyUnknown) return { fields }
  const known = new Set(schema.fields.flatMap((field) => [field.name, keyOf(field.name, schema.fields)]))
  for (const [key, seen] of request.odd.fields)
    if (!known.has(key))
      fields.push({
        name: columnFor(
          key,
          fields.map((field) => field.name),
        ),
        type: inferType(seen),
      })
  return { fields }
}

function evolveType(type: DataType, seen: Profile, request: EvolveRequest): DataType {
  if (seen.values === 0) return type
  if (type.kind === 'scalar' && type.name === 'UNKNOWN') return inferType(seen)
  if (type.kind === 'scalar' && (type.name === 'JSON' || type.name === 'VARCHAR')) return type
  const conflicts = seen.values - suiting(type, seen)
  if (!request.onlyUnknown && conflicts > Math.max(seen.values, request.records) / 2)
    return mergeType(type, plainKind(inferType(seen)))
  if (type.kind === 'list' && seen.element)
    return { kind: 'list', element: evolveType(type.element, seen.element, request) }
  if (type.kind === 'struct') return evolveStruct(type.fields, seen, request)
  return request.onlyUnknown || seen.numbers === 0 || !isNumber(type) ? type : widen(type, seen)
}

function evolveStruct(fields: readonly Field[], seen: Profile, request: EvolveRequest): DataType {
  const known = fields.map((field) => {
    const member = seen.fields.get(field.name)
    return member ? { name: field.name, type: evolveType(field.type, member, request) } : field
  })
  if (request.onlyUnknown) return { kind: 'struct', fields: known }
  const names = new Set(fields.map((field) => field.name))
  const added = [...seen.fields].filter(([name]) => !names.has(name))
  if (added.length === 0) return { kind: 'struct', fields: known }
  if (names.size + added.length > 200 || added.some(([name]) => name === '')) return scalar('JSON')
  return mergeType(
    { kind: 'struct', fields: known },
    { kind: 'struct', fields: added.map(([name, member]) => ({ name, type: inferType(member) })) },
  )
}

/** Numbers always widen: a larger number is no error. `seen` are numbers that do not fit. */
function widen(type: DataType, seen: Profile): DataType {
  const whole = type.kind === 'decimal' ? Math.max(type.precision - type.scale, seen.wholeDigits) : 0
  const scale = type.kind === 'decimal' ? Math.max(type.scale, seen.scale) : 0
  if (type.kind === 'decimal' && seen.floats === 0 && whole + scale <= 38)
    return { kind: 'decimal', precision: Math.max(18, whole + scale), scale }
  const wider = mergeType(type, inferNumber(seen))
  return isNumber(wider) ? wider : type
}

/** How many of the values have the kind of the type. */
function suiting(type: DataType, seen: Profile): number {
  if (type.kind === 'list') return seen.arrays
  if (type.kind === 'struct' || type.kind === 'map') return seen.objects
  if (isNumber(type)) return seen.numbers
  if (type.kind === 'scalar' && type.name === 'BOOLEAN') return seen.booleans
  // Dates and times: texts of another kind of time conflict as well.
  return type.kind === 'scalar' && seen.time === type.name ? seen.texts : 0
}

/** A column that gives up its type becomes text or JSON; `mergeType` decides, dates against dates may still widen. */
function plainKind(type: DataType): DataType {
  return type.kind === 'scalar' && type.name === 'UNKNOWN' ? scalar('VARCHAR') : type
}

function isNumber(type: DataType): boolean {
  return (
    type.kind === 'decimal' ||
    (type.kind === 'scalar' && /INT|DOUBLE|FLOAT/.test(type.name) && type.name !== 'INTERVAL')
  )
}
