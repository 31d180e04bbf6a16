import type { Schema } from '@leat/connector-kit'
import { configFault } from '../config-fault.ts'
import { editColumns, editsOf, findPath, pathOf, read, refuseDuplicates } from './columns.ts'
import type { Operation, Step } from './step.ts'

/** `{fields: [name …]}`: keeps these fields, in this order; a field inside a struct stands under its own last name. */
export const select: Operation = {
  name: 'select',
  keys: ['fields', 'columns'],
  parse(spec) {
    const { paths, field } = pathList(spec)
    return {
      plan(schema: Schema): Step {
        const columns = paths.map((path, index) => {
          const { names, sql, type } = findPath(path, schema, `${field}[${index}]`)
          return { name: names.at(-1) as string, type, sql }
        })
        refuseDuplicates(columns, field)
        return { kind: 'project', columns }
      },
    }
  },
}

/** `{fields: [name …]}`: takes these fields out, nested ones too. */
export const drop: Operation = {
  name: 'drop',
  keys: ['fields', 'columns'],
  parse(spec) {
    const { paths, field } = pathList(spec)
    return {
      plan(schema: Schema): Step {
        const found = paths.map((path, index) => findPath(path, schema, `${field}[${index}]`).names)
        const columns = editColumns(schema, editsOf(found.map((names) => [names, () => null])))
        if (columns.length === 0) throw configFault('nothing_left', field, 'no field would be left')
        return { kind: 'project', columns }
      },
    }
  },
}

function pathList(spec: Parameters<Operation['parse']>[0]): {
  readonly paths: readonly (readonly string[])[]
  readonly field: string
} {
  const { value, field } = read(spec, 'fields', 'columns')
  if (!Array.isArray(value) || value.length === 0)
    throw configFault(
      'fields_missing',
      field,
      `a list like ["id", "customer.name"] is expected, not ${JSON.stringify(value) ?? 'nothing'}`,
    )
  return { paths: value.map((each: unknown, index) => pathOf(each, `${field}[${index}]`)), field }
}
