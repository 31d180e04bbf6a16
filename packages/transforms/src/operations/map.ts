import type { Schema } from '@leat/connector-kit'
import { configFault } from '../config-fault.ts'
import type { Node } from '../expression/ast.ts'
import { structOf } from '../expression/types.ts'
import { quoteName } from '../quote.ts'
import { compiled, computed, expressionOf, objectOf, outputName, read, refuseDuplicates } from './columns.ts'
import type { Column, Operation, Step } from './step.ts'

type Target = { readonly name: string; readonly field: string } & (
  { readonly node: Node; readonly source: string } | { readonly inner: readonly Target[] }
)

/** `{fields: {target: expression}}`: the output has exactly these fields, in this order. An object as a target's value makes a struct. */
export const map: Operation = {
  name: 'map',
  keys: ['fields', 'mapping'],
  parse(spec) {
    const fields = read(spec, 'fields', 'mapping')
    const targets = parseTargets(fields.value, fields.field)
    return { plan: (schema) => plan(targets, fields.field, schema) }
  },
}

function parseTargets(value: unknown, field: string): readonly Target[] {
  return objectOf(value, field, '{"total": "qty * price"}').map(([name, wanted]): Target => {
    const inner = `${field}.${name}`
    const target = { name: outputName(name, inner), field: inner }
    if (typeof wanted === 'object' && wanted !== null) return { ...target, inner: parseTargets(wanted, inner) }
    const source = typeof wanted === 'string' ? wanted : constant(wanted, inner)
    return { ...target, node: expressionOf(source, inner), source }
  })
}

function constant(value: unknown, field: string): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return String(value)
  throw configFault('expression_missing', field, 'an expression is expected, as text')
}

function plan(targets: readonly Target[], field: string, schema: Schema): Step {
  const columns = targets.map((target) => columnOf(target, schema))
  refuseDuplicates(columns, field)
  return { kind: 'project', columns }
}

function columnOf(target: Target, schema: Schema): Column {
  if ('node' in target)
    return computed(
      target.name,
      compiled(target.node, target.source, schema, target.field),
      `map ${target.name}: ${target.source}`,
    )
  const inner = target.inner.map((each) => columnOf(each, schema))
  refuseDuplicates(inner, target.field)
  const failures = inner.flatMap((each) => each.failure ?? [])
  const column = {
    name: target.name,
    type: structOf(inner.map(({ name, type }) => ({ name, type }))),
    sql: `struct_pack(${inner.map((each) => `${quoteName(each.name)} := ${each.sql}`).join(', ')})`,
  }
  return failures.length === 0
    ? column
    : {
        ...column,
        failure: {
          what: failures.map((each) => each.what).join('; '),
          inputs: failures.flatMap((each) => each.inputs),
        },
      }
}
