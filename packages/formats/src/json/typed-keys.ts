import type { DataType, Field, Schema } from '@leat/connector-kit'
import { keyOf } from '../types/keys.ts'

/** What a value must look like for DuckDB to read it with a number or boolean type without bending it. Numbers as in scanner/tokens.as. */
export const tokenKinds = { whole: 1, fraction: 2, decimal: 3, boolean: 4, anything: 5 } as const
export type TokenKind = keyof typeof tokenKinds

export interface TypedKey {
  readonly kind: TokenKind
  /** Digits behind the point; 0 for other kinds. */
  readonly scale: number
}

/**
 * Keys whose values are read with their type, because a look at the bytes (`TokenScan`) can tell that the reader bends nothing. The look sees names, no
 * nesting: a key counts only where all fields of its name have the same kind. Free-form JSON may hold any key: then there is none.
 */
export function typedKeysOf(schema: Schema): ReadonlyMap<string, TypedKey> {
  const found = new Map<string, TypedKey>()
  const named = fieldsOf(schema)
  if (named === null) return new Map()
  for (const [key, type] of named) {
    const kind = kindOf(type)
    const before = found.get(key)
    if (before === undefined) found.set(key, kind)
    else if (before.kind !== kind.kind || before.scale !== kind.scale) found.set(key, anything)
  }
  return new Map(unique(found))
}

const anything: TypedKey = { kind: 'anything', scale: 0 }

/** Keys and types at any depth; null where keys can be anything. */
function fieldsOf(schema: Schema): readonly (readonly [string, DataType])[] | null {
  const found: (readonly [string, DataType])[] = []
  const visit = (fields: readonly Field[], top: boolean): boolean =>
    fields.every((field) => {
      found.push([top ? keyOf(field.name, fields) : field.name, field.type])
      return visitType(field.type)
    })
  const visitType = (type: DataType): boolean => {
    if (type.kind === 'list') return visitType(type.element)
    if (type.kind === 'struct') return visit(type.fields, false)
    return type.kind !== 'map' && !(type.kind === 'scalar' && type.name === 'JSON')
  }
  return visit(schema.fields, true) && found.length <= mostKeys ? found : null
}

/** Half of the slots of the scanner's table, and up to three spellings of a key. */
const mostKeys = 160

const wholeTypes: ReadonlySet<string> = new Set([
  'TINYINT',
  'SMALLINT',
  'INTEGER',
  'BIGINT',
  'UTINYINT',
  'USMALLINT',
  'UINTEGER',
])

function kindOf(type: DataType): TypedKey {
  if (type.kind === 'decimal') {
    if (type.scale > 0) return type.scale <= 12 ? { kind: 'decimal', scale: type.scale } : anything
    return type.precision <= 18 ? { kind: 'whole', scale: 0 } : anything
  }
  if (type.kind !== 'scalar') return anything
  if (wholeTypes.has(type.name)) return { kind: 'whole', scale: 0 }
  if (type.name === 'DOUBLE') return { kind: 'fraction', scale: 0 }
  return type.name === 'BOOLEAN' ? { kind: 'boolean', scale: 0 } : anything
}

/** The scanner knows a key by its length and its last 8 bytes: two that look the same to it must be of one kind. */
function unique(keys: ReadonlyMap<string, TypedKey>): (readonly [string, TypedKey])[] {
  const looks = new Map<string, Set<string>>()
  for (const [key, { kind, scale }] of keys)
    for (const spelling of spellingsOf(key)) {
      const look = lookOf(spelling)
      looks.set(look, (looks.get(look) ?? new Set()).add(`${kind} ${scale}`))
    }
  return [...keys].map(([key, typed]) => [
    key,
    spellingsOf(key).some((spelling) => looks.get(lookOf(spelling))!.size > 1) ? anything : typed,
  ])
}

function lookOf(spelling: string): string {
  const bytes = Buffer.from(spelling)
  return `${bytes.length} ${bytes.subarray(-8).toString('hex')}`
}

/** The ways in which serialisers write a key: as it is, or with escapes beyond ASCII. One with other escapes is a doubt. */
export function spellingsOf(key: string): readonly string[] {
  const plain = JSON.stringify(key).slice(1, -1)
  const escape = (upper: boolean): string =>
    plain.replace(/[^\u0020-\u007e]/g, (unit) => {
      const code = unit.charCodeAt(0).toString(16).padStart(4, '0')
      return `\\u${upper ? code.toUpperCase() : code}`
    })
  return [...new Set([plain, escape(false), escape(true)])]
}
