import type { DataType, Schema } from '@leat/connector-kit'
import type { CompiledTransform } from './api.ts'
import { configFault } from './config-fault.ts'
import { duckType } from './expression/types.ts'
import { schemaOf, type Column, type Failure, type ParsedOperation, type Step } from './operations/step.ts'
import { quoteName, quoteText } from './quote.ts'

const error = '"_leat_error"'
const shownLength = 80
const shownInputs = 6

/** Plans each operation on what the one before leaves, and writes the steps as nested SELECTs. */
export function compilePipeline(operations: readonly ParsedOperation[], parent: Schema): CompiledTransform {
  for (const { name } of parent.fields)
    if (name.toLowerCase().startsWith('_leat_'))
      throw configFault(
        'name_reserved',
        'operations',
        `the parent has a field "${name}"; names that begin with _leat_ belong to the platform`,
      )
  const steps: Step[] = []
  let schema = parent
  for (const operation of operations) {
    const step = operation.plan(schema)
    steps.push(step)
    if (step.kind !== 'filter') schema = schemaOf(step.columns)
  }
  const fails = steps.some(canFail)
  return {
    schema,
    select: (relation) => steps.reduce(strict, start(relation, parent, [])),
    tolerantSelect: fails ? (relation, carry = []) => tolerantSelect(steps, schema, relation, parent, carry) : null,
    changesCardinality: steps.some((step) => step.kind === 'unnest'),
    unfilteredCount: (relation, { tolerant: refusing = false } = {}) => {
      const records =
        refusing && fails
          ? tolerantSelect(steps, schema, relation, parent, [], 'keep all')
          : steps.filter((step) => step.kind !== 'filter').reduce(strict, start(relation, parent, []))
      return `SELECT count(*) AS rows FROM (${records})`
    },
  }
}

function canFail(step: Step): boolean {
  return step.kind === 'filter'
    ? step.failure !== undefined
    : step.columns.some((column) => column.failure !== undefined)
}

function start(relation: string, parent: Schema, more: readonly string[]): string {
  return `SELECT ${[...parent.fields.map((field) => quoteName(field.name)), ...more].join(', ')} FROM ${relation} AS "_leat_rows"`
}

function strict(input: string, step: Step): string {
  if (step.kind === 'filter') return `SELECT * FROM (${input}) WHERE ${step.sql}`
  const columns = step.columns.map((column) => {
    const sql = step.kind === 'unnest' && column.name === step.name ? unnest(column.sql, column.type, null) : column.sql
    return `${sql} AS ${quoteName(column.name)}`
  })
  return `SELECT ${columns.join(', ')} FROM (${input})`
}

/** A record that was refused already stays one record, so that it is refused once. */
function unnest(list: string, element: DataType, refused: string | null): string {
  const nothing = `CAST([NULL] AS ${duckType(element)}[])`
  const some = refused === null ? `len(${list}) > 0` : `${refused} IS NULL AND len(${list}) > 0`
  return `unnest(CASE WHEN ${some} THEN ${list} ELSE ${nothing} END)`
}

function tolerantSelect(
  steps: readonly Step[],
  output: Schema,
  relation: string,
  parent: Schema,
  carry: readonly string[],
  filters: 'drop' | 'keep all' = 'drop',
): string {
  const carried = carry.map(quoteName)
  const first = start(relation, parent, [...carried, `CAST(NULL AS VARCHAR) AS ${error}`])
  const last = steps.reduce((input, step) => tolerant(input, step, carried, filters), first)
  const columns = [...output.fields.map((field) => quoteName(field.name)), ...carried, error]
  return `SELECT ${columns.join(', ')} FROM (${last})`
}

function tolerant(input: string, step: Step, carried: readonly string[], filters: 'drop' | 'keep all'): string {
  if (step.kind === 'filter') return tolerantFilter(input, step, filters)
  const failing = step.columns.filter((column) => column.failure !== undefined)
  const tries = failing.map((column, index) => `${attempt(column.sql)} AS "_leat_try${index}"`)
  const tried = tries.length === 0 ? input : `SELECT *, ${tries.join(', ')} FROM (${input})`
  const reason =
    failing.length === 0
      ? error
      : `coalesce(${error}, CASE ${failing.map((column, index) => `WHEN "_leat_try${index}" IS NULL THEN ${reasonOf(column.failure as Failure)}`).join(' ')} END)`
  const valueOf = (column: Column): string => {
    const index = failing.indexOf(column)
    return index === -1 ? column.sql : `struct_extract("_leat_try${index}", 'v')`
  }
  const columns = step.columns.map(
    (column) =>
      `${step.kind === 'unnest' && column.name === step.name ? unnest(valueOf(column), column.type, error) : valueOf(column)} AS ${quoteName(column.name)}`,
  )
  return `SELECT ${[...columns, ...carried, `${reason} AS ${error}`].join(', ')} FROM (${tried})`
}

function tolerantFilter(input: string, step: Extract<Step, { kind: 'filter' }>, filters: 'drop' | 'keep all'): string {
  if (step.failure === undefined)
    return filters === 'keep all' ? input : `SELECT * FROM (${input}) WHERE ${error} IS NOT NULL OR ${step.sql}`
  const tried = `SELECT *, ${attempt(step.sql)} AS "_leat_try" FROM (${input})`
  const judged = `SELECT * EXCLUDE ("_leat_try") REPLACE (CASE WHEN ${error} IS NULL AND "_leat_try" IS NULL THEN ${reasonOf(step.failure)} ELSE ${error} END AS ${error}), struct_extract("_leat_try", 'v') AS "_leat_keep" FROM (${tried})`
  const dropped = filters === 'drop' ? ` WHERE ${error} IS NOT NULL OR "_leat_keep"` : ''
  return `SELECT * EXCLUDE ("_leat_keep") FROM (${judged})${dropped}`
}

/**
 * A struct around the value, NULL when it could not be computed. DuckDB 1.5 moves subexpressions that occur twice out of TRY, where
 * they raise; it does not look into a CASE, and random() keeps it from folding the CASE away.
 */
function attempt(sql: string): string {
  return `CASE WHEN ${error} IS NULL AND random() < 2 THEN TRY(struct_pack("v" := ${sql})) END`
}

/** `compute total: qty * price: cannot be computed for qty = 9223372036854775807, price = 2`. */
function reasonOf(failure: Failure): string {
  const shown = failure.inputs
    .slice(0, shownInputs)
    .flatMap((input, index) => [
      quoteText(`${index === 0 ? '' : ', '}${input.name} = `),
      `coalesce(left(CAST(${input.sql} AS VARCHAR), ${shownLength}), 'null')`,
    ])
  return `concat(${[quoteText(`${failure.what}: cannot be computed for `), ...(shown.length === 0 ? [quoteText('this record')] : shown)].join(', ')})`
}
