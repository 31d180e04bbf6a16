import type { DataType, Schema } from '@leat/connector-kit'
import { configFault } from '../config-fault.ts'
import { castTo } from '../expression/cast.ts'
import { ExpressionError } from '../expression/expression-error.ts'
import { typeByName } from '../expression/type-names.ts'
import { duckType } from '../expression/types.ts'
import { editColumns, editsOf, findPath, objectOf, pathOf, read, type Edit } from './columns.ts'
import type { Operation, Spec, Step } from './step.ts'

interface Cast {
  readonly path: readonly string[]
  readonly type: DataType
  readonly field: string
}

/** `{fields: {name: type}}` or `{field, type}`: each field, nested ones too, in its place as another type. */
export const typecast: Operation = {
  name: 'typecast',
  keys: ['fields', 'field', 'path', 'type', 'to'],
  parse(spec) {
    const casts = castsOf(spec)
    return { plan: (schema) => plan(casts, schema) }
  },
}

function castsOf(spec: Spec): readonly Cast[] {
  const fields = read(spec, 'fields')
  if (fields.value !== undefined && fields.value !== null)
    return objectOf(fields.value, fields.field, '{"qty": "bigint"}').map(([path, type]) =>
      castOf(path, type, `${fields.field}.${path}`, `${fields.field}.${path}`),
    )
  const path = read(spec, 'field', 'path')
  const type = read(spec, 'type', 'to')
  if (path.value === undefined || path.value === null)
    throw configFault(
      'fields_missing',
      fields.field,
      'an object like {"qty": "bigint"} is expected, or the keys field and type',
    )
  return [castOf(path.value, type.value, path.field, type.field)]
}

function castOf(path: unknown, type: unknown, pathField: string, typeField: string): Cast {
  const found =
    typeof type === 'string'
      ? typeByName(type)
      : { problem: `a type is expected, like "bigint", not ${JSON.stringify(type) ?? 'nothing'}` }
  if ('problem' in found) throw configFault('type_unknown', typeField, found.problem)
  return { path: pathOf(path, pathField), type: found, field: pathField }
}

function plan(casts: readonly Cast[], schema: Schema): Step {
  const edits = casts.map((each): readonly [readonly string[], Edit] => {
    const { names } = findPath(each.path, schema, each.field)
    return [names, edit(each, names.join('.'))]
  })
  return { kind: 'project', columns: editColumns(schema, editsOf(edits)) }
}

function edit(cast: Cast, name: string): Edit {
  return (sql, field) => {
    const value = castOrFault(sql, field.type, cast)
    const column = { name: field.name, type: value.type, sql: value.sql }
    return value.fails
      ? { ...column, failure: { what: `typecast ${name} to ${duckType(cast.type)}`, inputs: [{ name, sql }] } }
      : column
  }
}

function castOrFault(sql: string, type: DataType, cast: Cast): ReturnType<typeof castTo> {
  try {
    return castTo({ sql, type, fails: false, at: 0 }, cast.type)
  } catch (thrown) {
    if (!(thrown instanceof ExpressionError)) throw thrown
    throw configFault('cast_impossible', cast.field, thrown.message, thrown)
  }
}
